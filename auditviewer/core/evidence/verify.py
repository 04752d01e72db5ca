"""Check an evidence package with nothing but this file and Python 3.8 or later.

    python3 -I verify.py [PACKAGE] [--key KEY] [--seal SHA256] [--json]

PACKAGE is the folder or the .zip; without it, the folder that this file lies in. KEY is the signer's public key: a PEM
file, its 64 hexadecimal digits, or its fingerprint as read out. SHA256 is the seal that was kept outside the package.
Exit status: 0 all holds; 1 something does not, each thing on a line; 2 wrong usage.

What a package is
    A bag (BagIt, RFC 8493). Beside its manifests, ``statement.json`` says what is in it: every file with its size and
    SHA-256, the sources, the query, the counts. ``seal.json`` holds the time, the SHA-256 of the statement and, when it
    is signed, an Ed25519 signature (RFC 8032) over these. Both are canonical JSON (RFC 8785), so that each of their
    bytes counts; so is each byte of the manifests and of a .zip, which are made again here and compared.
The journal of a case
    ``data/journal.jsonl``, where there is one: each line an act, with the SHA-256 of the act before and that of its own
    canonical JSON without ``digest``. The statement names the last one, the head.
Disclosed records
    Each record of a source is a leaf of a Merkle tree (hashing of RFC 6962, section 2.1); the statement names its root.
    A record's own leaf holds its number and the root of a tree over its fields, each with a salt of 128 bits. No proof
    covers the column's name of a field that is withheld, nor a pseudonym.

Run it as ``python3 -I``: without that, Python would take modules from the folder that the program lies in.

This file imports nothing of the program that made the package, so that it can be read and trusted on its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Tuple  # noqa: UP035

STATEMENT, SEAL, MANIFEST, TAG_MANIFEST = "statement.json", "seal.json", "manifest-sha256.txt", "tagmanifest-sha256.txt"
BAGIT_TEXT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
KIND = "auditviewer-evidence/1"
JOURNAL, CASE, REPORT = "data/journal.jsonl", "data/case.avcase", "data/report.html"
RECORDS = "data/records.jsonl"
EVENTS = ("data/events.csv", "data/events.jsonl")
UNLISTED = (STATEMENT, SEAL, TAG_MANIFEST)
"""What the statement cannot list, since each of them holds its digest or that of what does."""
_CHUNK = 1 << 20
_LARGEST_JSON = 1 << 30
_LENGTHS = {"salt": 16, "digest": 32}
_NOTHING = (2, 3)  # kinds of a field without a text: null, and not there
_UNREADABLE = (
    OSError, EOFError, KeyError, ValueError, RuntimeError, NotImplementedError, struct.error, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip


# -- canonical JSON and Merkle trees -------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """Return a value of texts, whole numbers, booleans, None, lists and dicts as canonical JSON (RFC 8785)."""
    return _canonical(value).encode("utf-8")


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(key)}:{_canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 1 << 53):
        raise ValueError(f"{value} has no place in canonical JSON here")
    return json.dumps(value, ensure_ascii=False)


def parse_canonical(data: bytes) -> Any:
    """Return what canonical JSON says; raises `ValueError` for anything that is not canonical to the byte."""
    value = json.loads(data.decode("utf-8"))
    if canonical(value) != data:
        raise ValueError("it is not canonical JSON (RFC 8785)")
    return value


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: list[bytes]) -> bytes:
    """Return the root over hashes of leaves, SHA-256 of nothing for none (RFC 6962, section 2.1)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    while len(leaves) > 1:
        above = [node_hash(leaves[i], leaves[i + 1]) for i in range(0, len(leaves) - 1, 2)]
        leaves = above + leaves[len(leaves) & ~1 :]
    return leaves[0]


def root_from_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Return the root that a leaf's inclusion proof leads to (RFC 9162, section 2.1.3.2); raises `ValueError`."""
    if not 0 <= index < size:
        raise ValueError("the record number is not in the source")
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return found


def field_leaf(salt: bytes, column: str, kind: int, text: str | None) -> bytes:
    """Return the hash of one field: salt, the lengths of what follows, kind, column and text."""
    name, value = column.encode(), (text or "").encode()
    return leaf_hash(salt + struct.pack(">BIQ", kind, len(name), len(value)) + name + value)


def record_leaf(number: int, fields: list[bytes]) -> bytes:
    """Return the hash of a record in its source's tree, from its number (from 1) and the hashes of its fields."""
    return leaf_hash(b"record" + struct.pack(">QI", number, len(fields)) + tree_root(fields))


# -- Ed25519 (RFC 8032), only what it takes to check --------------------------------------------------------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_Point = Tuple[int, int, int, int]  # noqa: UP006 - this stands when the file is read, and Python 3.8 knows no other
"""x, y, z, t in extended coordinates"""


def _add(a: _Point, b: _Point) -> _Point:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    three, four = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _point_of(data: bytes) -> _Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        raise ValueError("no point")
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        raise ValueError("no point")
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE = _point_of((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether an Ed25519 signature over a message is the key's (RFC 8032, section 5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        key, nonce = _point_of(public_key), _point_of(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= _ORDER or _times(8, key)[0] == 0:  # a key of small order would let one signature stand for every message
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % _ORDER
    left, right = _times(s, _BASE), _add(nonce, _times(challenge, key))
    return all((left[i] * right[2] - right[i] * left[2]) % _P == 0 for i in (0, 1))


def fingerprint_of(public_key: bytes) -> str:
    """Return a public key's SHA-256 in groups of four digits, to be read out."""
    digits = hashlib.sha256(public_key).hexdigest()
    return " ".join(digits[i : i + 4] for i in range(0, 64, 4))


def public_key_of_pem(text: str) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in PEM (RFC 8410); raises `ValueError`."""
    import base64

    body = "".join(line for line in text.splitlines() if line and not line.startswith("-----"))
    data = base64.b64decode(body, validate=True)
    if len(data) != 44 or not data.startswith(bytes.fromhex("302a300506032b6570032100")):
        raise ValueError("it is no Ed25519 public key")
    return data[12:]


# -- files of a package ---------------------------------------------------------------------------------------


class Files:
    """The files of a package by their names within it, with what is odd about how they are kept.

    Raises
    ------
    ValueError
        It cannot be read as a package at all.
    """

    def __init__(self, path: str) -> None:
        self.odd: list[tuple[str, str]] = []
        self.is_sound = True
        """Whether the files can be read for what they are: an archive of another structure may unpack without end."""
        self.sizes: dict[str, int] = {}
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        self._top = ""
        if os.path.isdir(path):
            self._walk()
        elif os.path.isfile(path):
            self._read_zip()
        else:
            raise ValueError(f"There is no package at {path}")

    def open(self, name: str) -> IO[bytes]:
        """Return a file opened for reading."""
        if self._zip is not None:
            return self._zip.open(self._top + name)
        return open(os.path.join(self._path, *name.split("/")), "rb")

    def read(self, name: str) -> bytes:
        """Return a small file's bytes."""
        if self.sizes[name] > _LARGEST_JSON:
            raise ValueError("it is too large")
        with self.open(name) as file:
            return file.read()

    def _walk(self) -> None:
        folders = set()

        def unreadable(error: OSError) -> None:
            self.odd.append((os.path.relpath(str(error.filename), self._path), "cannot be read"))

        for folder, below, names in os.walk(self._path, onerror=unreadable):
            inside = os.path.relpath(folder, self._path).replace(os.sep, "/")
            prefix = "" if inside == "." else inside + "/"
            folders.add(prefix)
            for name in sorted(names + [b for b in below if os.path.islink(os.path.join(folder, b))]):
                full = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(full).st_mode):
                    self.sizes[prefix + name] = os.lstat(full).st_size
                else:
                    self.odd.append((prefix + name, "is not a regular file"))
        needed = {name[: i + 1] for name in self.sizes for i, c in enumerate(name) if c == "/"} | {""}
        self.odd += [(folder, "is an empty folder that does not belong here") for folder in sorted(folders - needed)]

    def _read_zip(self) -> None:
        try:
            self._zip = zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ValueError(f"{self._path} cannot be read as a package: {error}.") from None
        infos = self._zip.infolist()
        self._top = infos[0].filename.split("/")[0] + "/" if infos else ""
        for info in infos:
            if not info.filename.startswith(self._top) or info.filename.endswith("/"):
                self.odd.append((info.filename, "does not belong here"))
            self.sizes[info.filename[len(self._top) :]] = info.file_size
        names = [info.filename for info in infos]
        if names != sorted(set(names)):
            self.odd.append(("the archive", "names a file twice, or not in order"))
        if self._top in ("/", "./", "../") or ":" in self._top or "\\" in "".join(names):
            self.odd.append(("the archive", "would be unpacked elsewhere than in a folder of its own"))
        self._check_structure([(i.filename, i.file_size, i.CRC) for i in infos])

    def _check_structure(self, entries: list[tuple[str, int, int]]) -> None:
        """Compare every byte of the archive that is not a file's own with what it must be."""
        size = os.path.getsize(self._path)
        with open(self._path, "rb") as file:
            at = 0
            for expected, name, n_data in zip_headers(entries):
                file.seek(at)
                if file.read(len(expected)) != expected:
                    self.odd.append((name or "the archive", "stands in an altered archive structure"))
                    self.is_sound = False
                    return
                at += len(expected) + n_data
        if at != size:
            self.odd.append(("the archive", f"is {size:,} bytes long and should be {at:,}"))


def zip_headers(entries: list[tuple[str, int, int]]) -> Iterator[tuple[bytes, str, int]]:
    """Yield (bytes of a header, file name, bytes of data after it) for an archive of stored files (APPNOTE 6.3).

    Parameters
    ----------
    entries
        Name, size and CRC-32 of each file. The same entries give the same bytes: no times, no permissions but 0644.
    """
    central, offset = [], 0
    for name, size, crc in entries:
        raw = name.encode()
        is_large = size >= 0xFFFFFFFF
        extra = struct.pack("<HHQQ", 1, 16, size, size) if is_large else b""
        short = 0xFFFFFFFF if is_large else size
        local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0x800, 0, 0, 0x21, crc, short, short, len(raw), len(extra))
        local += raw + extra
        far = offset >= 0xFFFFFFFF
        wide = (struct.pack("<QQ", size, size) if is_large else b"") + (struct.pack("<Q", offset) if far else b"")
        more = struct.pack("<HH", 1, len(wide)) + wide if wide else b""
        central.append(
            struct.pack(
                "<IHHHHHHIIIHHHHHII", 0x02014B50, 0x032D, 45, 0x800, 0, 0, 0x21, crc, short, short, len(raw),
                len(more), 0, 0, 0, 0o100644 << 16, 0xFFFFFFFF if far else offset,
            )
            + raw + more
        )  # fmt: skip
        yield local, name, size
        offset += len(local) + size
    directory = b"".join(central)
    end = struct.pack(
        "<IQHHIIQQQQ", 0x06064B50, 44, 0x032D, 45, 0, 0, len(central), len(central), len(directory), offset
    )
    end += struct.pack("<IIQI", 0x07064B50, 0, offset + len(directory), 1)
    end += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    yield directory + end, "", 0


# -- checking ---------------------------------------------------------------------------------------------------


class Verification:
    """What was found: ``problems`` as (file or part, sentence), ``facts`` to tell, ``notes`` to know."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self.facts: dict[str, Any] = {}
        self.notes: list[str] = []
        self.statement: dict[str, Any] = {}

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def wrong(self, where: str, sentence: str) -> None:
        """Note something that does not hold."""
        self.problems.append((where, sentence))


def verify_package(
    path: str, key: str | None = None, seal: str | None = None, tell: Callable[[int], None] = lambda _: None
) -> Verification:
    """Check everything that a package itself can show.

    Parameters
    ----------
    key
        The signer's public key as PEM text, hexadecimal digits or fingerprint; None checks the signature with the key
        that stands in the package, which says only that somebody signed.
    seal
        The SHA-256 that was kept outside.
    tell
        Gets the number of bytes read so far.
    """
    found = Verification()
    try:
        files = Files(path)
    except ValueError as error:
        found.wrong(path, str(error))
        return found
    for name, sentence in files.odd:
        found.wrong(name, sentence)
    if not files.is_sound:
        return found
    digests = _digests(files, found, tell)
    sealed = _check_seal(files, found, key, seal)
    statement = _parsed(files, STATEMENT, found)
    if not isinstance(statement, dict) or statement.get("type") != KIND:
        found.wrong(STATEMENT, "is missing or is no statement of an evidence package")
        return found
    if sealed and sealed.get("statement_sha256") != digests.get(STATEMENT, ("",))[0]:
        found.wrong(STATEMENT, "is not the one that was sealed")
    found.statement = statement
    if seal is None and key is None:
        found.notes.append(
            "Nothing from outside was compared: who alters a package can seal it again. Give what was kept by --seal "
            "or --key."
        )
    try:
        _check_form(statement, found)
        _check_files(statement, digests, found)
        _check_tags(files, statement, digests, found)
        _check_counts(files, statement, found)
        _check_journal(files, statement, found)
        _check_disclosure(files, statement, found)
    except (TypeError, AttributeError, IndexError, *_UNREADABLE) as error:
        found.wrong(STATEMENT, f"cannot be understood ({type(error).__name__}: {error})")
    return found


def _parsed(files: Files, name: str, found: Verification) -> Any:
    if name not in files.sizes:
        return None
    try:
        return parse_canonical(files.read(name))
    except _UNREADABLE as error:
        found.wrong(name, f"cannot be read: {error}")
        return None


def _digests(files: Files, found: Verification, tell: Callable[[int], None]) -> dict[str, tuple[str, int]]:
    """Return SHA-256 and size of every file."""
    digests, done = {}, 0
    for name in sorted(files.sizes):
        digest, size = hashlib.sha256(), 0
        try:
            with files.open(name) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    done += len(chunk)
                    tell(done)
        except _UNREADABLE as error:
            found.wrong(name, f"cannot be read: {error}")
            continue
        digests[name] = (digest.hexdigest(), size)
    return digests


def _check_seal(files: Files, found: Verification, key: str | None, outside: str | None) -> dict[str, Any] | None:
    sealed = _parsed(files, SEAL, found)
    if not isinstance(sealed, dict):
        found.wrong(SEAL, "is missing or cannot be read")
        return None
    rest = {name: value for name, value in sealed.items() if name != "digest"}
    if set(rest) - {"signature"} != {"made", "program", "statement_sha256"}:
        found.wrong(SEAL, "does not hold what a seal holds, no less and no more")
    if sealed.get("digest") != hashlib.sha256(canonical(rest)).hexdigest():
        found.wrong(SEAL, "does not have the digest that it names")
    seal = hashlib.sha256(canonical(sealed)).hexdigest()
    found.facts.update(seal=seal, made=sealed.get("made"), program=sealed.get("program"))
    if outside is not None and "".join(outside.split()).lower() != seal:
        found.wrong(SEAL, f"is not what was sealed: its SHA-256 is {seal}")
    try:
        _check_signature(rest, found, key)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        found.wrong(SEAL, f"holds a signature that cannot be understood ({error})")
    return sealed


def _check_signature(sealed: dict[str, Any], found: Verification, key: str | None) -> None:
    signature = sealed.get("signature")
    if signature is None:
        if key is not None:
            found.wrong(SEAL, "is not signed")
        found.notes.append("The package is not signed: who made it, it does not show.")
        return
    digits = signature["public_key"], signature["value"]
    is_plain = all(set(text) <= set("0123456789abcdef") for text in digits)
    if set(signature) != {"algorithm", "public_key", "value"} or signature["algorithm"] != "Ed25519" or not is_plain:
        found.wrong(SEAL, "holds a signature in another form than this program's")
    public = bytes.fromhex(signature["public_key"])
    message = canonical({name: value for name, value in sealed.items() if name != "signature"})
    if not is_signed_by(public, bytes.fromhex(signature["value"]), message):
        found.wrong(SEAL, "does not carry a valid signature")
    found.facts["signed_by"] = fingerprint_of(public)
    if key is None:
        found.notes.append("Whose key signed is not checked: compare its fingerprint, or give the key by --key.")
    elif not is_key(key, public):
        found.wrong(SEAL, "is signed by another key than the one given")


def is_key(given: str, public_key: bytes) -> bool:
    """Return whether PEM text, hexadecimal digits or a fingerprint stand for a public key; raises `ValueError`."""
    if "-----BEGIN" in given:
        return public_key_of_pem(given) == public_key
    digits = "".join(given.split()).lower().replace(":", "")
    return digits in (public_key.hex(), hashlib.sha256(public_key).hexdigest())


def _check_form(statement: dict[str, Any], found: Verification) -> None:
    """Compare the files that a statement lists with those that something in it, or in this check, speaks for."""
    names = {entry["path"] for entry in statement["files"]}
    needed, allowed = {"bagit.txt", "bag-info.txt", MANIFEST, "verify.py"}, {JOURNAL, CASE, REPORT}
    if statement["disclosure"] is None:
        needed.update(EVENTS)
        needed.update(source["path"] for source in statement["sources"] if source["path"] is not None)
        if statement["query"]["saved"] is None:
            found.wrong(STATEMENT, "does not say its query")
        if len({source["path"] is None for source in statement["sources"]}) > 1:
            found.wrong(STATEMENT, "leaves out some of its sources")
        if (JOURNAL in names) != (CASE in names):
            found.wrong(CASE, "is there without its journal, or the journal without it")
    else:
        needed.add(RECORDS)
        allowed = set()
        told = [source[name] for source in statement["sources"] for name in ("name", "member", "path")]
        if statement["query"] != {"words": "(withheld)", "options": None, "saved": None} or any(told):
            found.wrong(STATEMENT, "says more of a disclosure than its records show")
    for name in sorted(needed - names):
        found.wrong(name, "is missing in the statement")
    for name in sorted(names - needed - allowed):
        found.wrong(name, "is a file that does not belong into a package")


def _check_files(statement: dict[str, Any], digests: dict[str, tuple[str, int]], found: Verification) -> None:
    listed = {entry["path"]: entry for entry in statement["files"]}
    if len(listed) != len(statement["files"]):
        found.wrong(STATEMENT, "lists a file twice")
    for name, entry in listed.items():
        if name not in digests:
            found.wrong(name, "is missing")
        elif digests[name] != (entry["sha256"], entry["bytes"]):
            found.wrong(name, "is not the file that was packaged")
    for name in digests:
        if name not in listed and name not in UNLISTED:
            found.wrong(name, "does not belong to the package")


def _check_tags(
    files: Files, statement: dict[str, Any], digests: dict[str, tuple[str, int]], found: Verification
) -> None:
    """Compare the files of the bag with what the statement says that they must be."""
    expected = tag_files(statement)
    expected[TAG_MANIFEST] = manifest_text(
        (name, digests[name][0]) for name in (*tag_names(statement), STATEMENT) if name in digests
    )
    for name, text in expected.items():
        if name not in files.sizes:
            found.wrong(name, "is missing")
        elif files.read(name) != text:
            found.wrong(name, "is not what the statement calls for")


def tag_names(statement: dict[str, Any]) -> list[str]:
    """Return the names of the listed files beside the payload."""
    return [entry["path"] for entry in statement["files"] if not entry["path"].startswith("data/")]


def tag_files(statement: dict[str, Any]) -> dict[str, bytes]:
    """Return the bytes of ``bagit.txt``, ``bag-info.txt`` and the payload manifest that a statement calls for."""
    payload = [entry for entry in statement["files"] if entry["path"].startswith("data/")]
    info = (
        f"External-Description: Evidence from an audit log: {statement['counts']['events']} events\n"
        f"Payload-Oxum: {sum(entry['bytes'] for entry in payload)}.{len(payload)}\n"
        f"Bag-Software-Agent: {statement['program']}\n"
    )
    return {
        "bagit.txt": BAGIT_TEXT.encode(),
        "bag-info.txt": info.encode(),
        MANIFEST: manifest_text((entry["path"], entry["sha256"]) for entry in payload),
    }


def manifest_text(digests: Iterable[tuple[str, str]]) -> bytes:
    """Return a manifest as BagIt and ``sha256sum -c`` read it, by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests)).encode()


def _check_counts(files: Files, statement: dict[str, Any], found: Verification) -> None:
    counts, sources = statement["counts"], statement["sources"]
    for source in sources:
        if source["records"] != source["loaded"] + source["duplicates"] + source["rejected"]:
            found.wrong(STATEMENT, f"has a source {source['number']} whose records do not add up")
        if source["path"] is not None:
            listed = {entry["path"]: entry["sha256"] for entry in statement["files"]}
            if listed.get(source["path"]) != source["sha256"]:
                found.wrong(source["path"], "is not the source that the statement names")
    for name in ("records", "rejected"):
        if counts[name] != sum(source[name] for source in sources):
            found.wrong(STATEMENT, f"counts other {name} than its sources have")
    if [source["number"] for source in sources] != list(range(1, len(sources) + 1)):
        found.wrong(STATEMENT, "does not number its sources one after the other")
    if set(statement) != {"type", "program", "sources", "query", "counts", "disclosure", "journal", "files"}:
        found.wrong(STATEMENT, "does not hold what a statement holds, no less and no more")
    if counts["events_opened"] != sum(source["loaded"] for source in sources):
        found.wrong(STATEMENT, "counts other events than its sources loaded")
    for name, count in (("data/events.csv", _count_csv), ("data/events.jsonl", _count_lines)):
        if name in files.sizes:
            with files.open(name) as file:
                n = count(file)
            if n != counts["events"]:
                found.wrong(name, f"holds {n:,} events, and the statement counts {counts['events']:,}")
    found.facts.update(events=counts["events"], sources=len(sources), query=statement["query"]["words"])


def _count_csv(file: IO[bytes]) -> int:
    """Return how many records follow the header (RFC 4180): ends of lines that stand outside quotes."""
    n, is_quoted = 0, False
    while chunk := file.read(_CHUNK):
        for part in chunk.replace(b'""', b"").split(b'"'):  # two quotes beside each other change nothing
            if not is_quoted:
                n += part.count(b"\n")
            is_quoted = not is_quoted
        is_quoted = not is_quoted  # between two chunks there is no quote
    return n - 1


def _count_lines(file: IO[bytes]) -> int:
    n = 0
    while chunk := file.read(_CHUNK):
        n += chunk.count(b"\n")
    return n


def _check_journal(files: Files, statement: dict[str, Any], found: Verification) -> None:
    """Compare each act of a case's journal with the one before, and the last with the statement."""
    stated = statement["journal"]
    if (stated is not None) != (JOURNAL in files.sizes):
        found.wrong(JOURNAL, "is there, or is missing, other than the statement says")
        return
    if stated is None:
        return
    previous, n = "0" * 64, 0
    with files.open(JOURNAL) as file:
        for n, line in enumerate(file, start=1):
            try:
                act = parse_canonical(line[:-1])
                rest = {name: value for name, value in act.items() if name != "digest"}
                if act["number"] != n or act["previous"] != previous:
                    raise ValueError("it does not follow on the one before")
                if hashlib.sha256(canonical(rest)).hexdigest() != act["digest"] or not line.endswith(b"\n"):
                    raise ValueError("it was altered")
                previous = act["digest"]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                found.wrong(JOURNAL, f"does not hold at act {n:,}: {error}")
                return
    if stated != {"acts": n, "head": previous}:
        found.wrong(JOURNAL, "does not end with the act that the statement names")
    found.facts["journal"] = f"{n:,} acts, head {previous}"


def _check_disclosure(files: Files, statement: dict[str, Any], found: Verification) -> None:
    disclosure = statement["disclosure"]
    if disclosure is None:
        return
    trees = {tree["source"]: tree for tree in disclosure["trees"]}
    sources = {source["number"]: source for source in statement["sources"]}
    if set(disclosure) != {"trees", "ranges", "records"} or len(trees) != len(disclosure["trees"]):
        found.wrong(STATEMENT, "holds a disclosure of another form")
    for number, tree in trees.items():
        of_source = {"source": number, **{name: sources[number][name] for name in ("sha256", "records")}}
        if {**of_source, "root": tree["root"]} != tree:
            found.wrong(STATEMENT, f"has a tree of another source than its source {number}")
    shown = _proven_records(files, trees, found)
    ranges = [
        {"source": source, "first": first, "last": last}
        for source in sorted(shown)
        for first, last in _runs(sorted(shown[source]))
        if last > first
    ]
    for span in disclosure["ranges"]:
        if span not in ranges:
            found.wrong(RECORDS, f"leaves out records of the range {span['first']:,} to {span['last']:,}")
            break
    if disclosure["ranges"] != ranges:
        found.wrong(STATEMENT, "names other ranges than its records make")
    n = sum(map(len, shown.values()))
    is_once = all(len(set(numbers)) == len(numbers) for numbers in shown.values())
    if n != disclosure["records"] or n != statement["counts"]["events"] or not is_once:
        found.wrong(RECORDS, "does not hold each disclosed record once")
    found.facts["disclosed_records"] = n
    whole = [f"source {s['source']}, records {s['first']:,} to {s['last']:,}" for s in ranges]
    if whole:
        more = f"; and {len(whole) - 20:,} more ranges" if len(whole) > 20 else ""
        found.facts["disclosed_whole"] = "; ".join(whole[:20]) + more
    found.notes.append(
        "That a root stands for the records of its source, who has the source can tell; until then it is the maker's "
        "word, and so are pseudonyms and the names of withheld columns."
    )


def _proven_records(files: Files, trees: dict[int, dict[str, Any]], found: Verification) -> dict[int, list[int]]:
    """Return the numbers of the records whose proofs hold, by source."""
    shown: dict[int, list[int]] = {}
    with files.open(RECORDS) as file:
        for at, line in enumerate(file, start=1):
            try:
                record = parse_canonical(line.rstrip(b"\n"))
                source, number, fields = record["source"], record["record"], record["fields"]
                if set(record) != {"source", "record", "fields", "proof"} or type(source) is not int:
                    raise ValueError("it is no record of this form")
                if type(number) is not int or len({field["column"] for field in fields}) != len(fields):
                    raise ValueError("it has no number, or a column twice")
                leaf = record_leaf(number, [leaf_of(field) for field in fields])
                proof = [_bytes_of({"digest": digest}, "digest") for digest in record["proof"]]
                if root_from_proof(leaf, number - 1, trees[source]["records"], proof).hex() != trees[source]["root"]:
                    raise ValueError("its proof does not lead to the root of its source")
                shown.setdefault(source, []).append(number)
            except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
                found.wrong(RECORDS, f"has no proven record on line {at:,}: {error}")
    return shown


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each run of sorted numbers that follow each other."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] > numbers[at - 1] + 1:
            yield numbers[start], numbers[at - 1]
            start = at


def leaf_of(field: dict[str, Any]) -> bytes:
    """Return the leaf of a field as it is disclosed: nothing in it may stand beside what the leaf covers.

    Raises
    ------
    ValueError
        It has another form. A salt of another length could take in the beginning of what it stands before.
    """
    if not isinstance(field["column"], str):
        raise ValueError("a column has no name")
    if set(field) in ({"column", "digest"}, {"column", "digest", "pseudonym"}):
        if not isinstance(field.get("pseudonym", ""), str):
            raise ValueError("a pseudonym is no text")
        return _bytes_of(field, "digest")
    kind, text = field["kind"], field["text"]
    if set(field) != {"column", "kind", "salt", "text"} or type(kind) is not int or not 0 <= kind <= 4:
        raise ValueError("a field says something else than its leaf")
    if not isinstance(text, str if kind not in _NOTHING else type(None)):
        raise ValueError("a field has a text of another kind")
    return field_leaf(_bytes_of(field, "salt"), field["column"], kind, text)


def _bytes_of(holder: dict[str, Any], name: str) -> bytes:
    data = bytes.fromhex(holder[name])
    if len(data) != _LENGTHS[name] or data.hex() != holder[name]:
        raise ValueError(f"a {name} is of another length or form")
    return data


# -- as a program ---------------------------------------------------------------------------------------------


def report_lines(found: Verification) -> list[str]:
    """Return what was found as lines for people."""
    lines = [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in found.facts.items()]
    lines += [f"Note: {note}" for note in found.notes]
    lines += [f"DOES NOT HOLD: {where} {sentence}." for where, sentence in found.problems]
    lines.append("The package holds." if found.holds else f"The package does NOT hold: {len(found.problems)} problems.")
    return lines


def as_json(found: Verification) -> dict[str, Any]:
    """Return what was found as JSON values."""
    problems = [{"where": where, "problem": sentence} for where, sentence in found.problems]
    return {"holds": found.holds, "problems": problems, "facts": found.facts, "notes": found.notes}


def main() -> int:
    """Run the check from the command line."""
    parser = argparse.ArgumentParser(description="Check an evidence package.")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("package", nargs="?", default=here, help="the folder or the .zip; this one if omitted")
    parser.add_argument("--key", help="the signer's public key: a PEM file, hexadecimal digits, or the fingerprint")
    parser.add_argument("--seal", help="the seal (SHA-256) that was kept outside the package")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    key = given.key
    if key is not None and os.path.isfile(key):
        with open(key, encoding="ascii", errors="replace") as file:
            key = file.read()
    found = verify_package(given.package, key, given.seal)
    if found.statement.get("disclosure") is None:
        found.notes.append("That the query gives these events from the sources, “auditviewer verify” checks.")
    lines = [json.dumps(as_json(found), indent=2)] if given.json else report_lines(found)
    if not given.json:
        lines = ["".join(c if c.isprintable() else "?" for c in line) for line in lines]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
