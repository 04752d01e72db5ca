"""``auditviewer key``: make the key that packages are signed with, and show its public half."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditviewer.cli.arguments import Parser, default_key_path, read_passphrase, write_line
from auditviewer.core.evidence.keys import is_protected, make_key, open_key, public_path_of


def run(arguments: Sequence[str]) -> int:
    """Make or show a key; return the exit status."""
    parser = Parser(prog="auditviewer key", description="The key that packages are signed with.", allow_abbrev=False)
    parser.add_argument("action", choices=["new", "show"], nargs="?", default="show")
    parser.add_argument("--file", type=Path, metavar="KEY", help="where the key is kept; your own folder when omitted")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line is the passphrase")
    parser.add_argument("--no-passphrase", action="store_true", help="new: keep the key without one")
    chosen = parser.parse_args(list(arguments))
    path = chosen.file or default_key_path()
    if chosen.action == "new":
        passphrase = None if chosen.no_passphrase else read_passphrase(chosen.passphrase_file, is_new=True)
        key = make_key(path, passphrase)
    else:
        key = open_key(path, read_passphrase(chosen.passphrase_file) if is_protected(path) else None)
    write_line(f"Private key  {path} (give it to nobody)")
    write_line(f"Public key   {public_path_of(path)}")
    write_line(f"             {key.public.hex()}")
    write_line(f"Fingerprint  {key.fingerprint}")
    return 0
