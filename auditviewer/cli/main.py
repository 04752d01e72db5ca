"""``auditviewer``: arguments, one error handler, exit codes.

Exit status: 0 all read; 1 done, but records were rejected or a package does not hold; 2 wrong usage; 3 a source could
not be read at all, or a file could not be written; 130 stopped by Ctrl+C; 129 and 143 told to end by SIGHUP and
SIGTERM.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

COMMANDS = (
    "summary",
    "export",
    "workflows",
    "diff",
    "changes",
    "case",
    "sample",
    "report",
    "recheck",
    "replay",
    "package",
    "verify",
    "key",
    "cache",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--version"]:
        from auditviewer import __version__

        print(f"auditviewer {__version__}")
        return 0
    if arguments[:1] == ["--reading-child"]:
        from auditviewer.core.reading.child import main as read

        return read()
    if argv is None and arguments and arguments[0] in COMMANDS:
        _end_tidily()
    return _run(arguments)


def _end_tidily() -> None:
    """Let the signals that would end the program at once end it as an error does: nothing half done is left behind."""
    import signal

    for name in ("SIGHUP", "SIGTERM"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup has it ignored
            signal.signal(number, lambda told, _: sys.exit(128 + told))


def _run(arguments: list[str]) -> int:
    from auditviewer.core.errors import AuditViewerError, Cancelled

    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
        return status
    except AuditViewerError as error:
        return _complain(str(error), error.exit_code)
    except UnicodeEncodeError:
        return _complain("An argument holds bytes that are not valid UTF-8; type it again.", 2)
    except (KeyboardInterrupt, Cancelled):
        return _complain("Stopped.", 130)
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever read the output has gone; nothing more to say
        return 0


def _dispatch(arguments: list[str]) -> int:
    """Run a command, or open the window on the files.

    The first argument is a command when it is one's name; a file of such a name is opened as ``./summary``.
    """
    if arguments and arguments[0] in COMMANDS:
        import importlib

        module = importlib.import_module(f"auditviewer.cli.commands.{arguments[0]}")
        status: int = module.run(arguments[1:])
        return status
    from auditviewer.cli.commands import window

    return window.run(arguments)


def _complain(sentence: str, status: int) -> int:
    from auditviewer.core.display import fit_to_print

    print(f"auditviewer: {fit_to_print(sentence)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
