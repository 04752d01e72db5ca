"""What must hold of evidence, tried at length: any flipped byte is found, no kill and no full disk leaves a half.

``python tests/benchmarks/torture_evidence.py [--places N] [--large EXPORT] [--kills N] [--seed N]``, from the project's
folder. Each part can be left out by a 0.

- Flips every byte of a small package and ``--places`` random ones of a large one (of the sample, or of ``--large``), as
  a folder and as a zip, each on its own, and checks that it is found and, in the folder, named.
- Kills ``--kills`` times each a program that writes cases, exports and packages, and checks that no acknowledged
  annotation is lost and no half file stands under a final name.
- Lets the disk be full after every so many bytes, for a case, an export, a report and a package, and checks that the
  old file is intact and nothing is left behind.

Ends with exit status 1 where one of these fails. A large package is not hashed whole for each place: of the altered
file only what lies up to the end of the altered block is, by SHA-256 from where it was before that block. Should that
differ, so does the whole (or SHA-256 has a collision); everything else is the check as it is. ``--whole`` places are
checked without this.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from auditviewer.core.case import create_case, open_case
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.evidence import verify
from auditviewer.core.evidence.package import write_package
from auditviewer.core.evidence.verify import verify_package
from auditviewer.core.query import QueryResult, run_query
from auditviewer.core.reading import read_exports
from auditviewer.core.report import build_report
from auditviewer.core.writing import FORMATS, write_events
from auditviewer.core.writing.files import write_file
from auditviewer.paths import resource_path
from tests.builders import event

BLOCK = 1 << 20


def export_of(folder: Path, n: int = 3) -> Path:
    """Write an export of a few events."""
    path = folder / f"{n}.csv"
    rows = [event(i) for i in range(n)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def log_of(*paths: Path) -> QueryResult:
    """Return all events of some exports."""
    return run_query(read_exports(list(paths), uses_cache=False))


# -- flipped bytes ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def flipped(path: Path, at: int, bit: int) -> Iterator[None]:
    """Flip one bit of a file, and flip it back."""
    for _ in (0, 1):
        with path.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << bit]))
        if not _:
            yield


class KnownDigests:
    """The digests of a large package's files, which know of each block how the hash stood after it."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.where: dict[str, tuple[Path, int, int]] = {}
        files = verify.Files(str(package))
        if package.is_dir():
            self.where = {name: (package / name, 0, size) for name, size in files.sizes.items()}
        else:
            infos, at = files._zip.infolist() if files._zip else [], 0
            for header, name, size in verify.zip_headers([(i.filename, i.file_size, i.CRC) for i in infos]):
                at += len(header)
                if name:
                    self.where[name.partition("/")[2]] = (package, at, size)
                at += size
        self.states = {name: self._states(*place) for name, place in self.where.items()}
        self.altered: tuple[Path, int] | None = None

    def _states(self, path: Path, start: int, size: int) -> list[Any]:
        digest, states = hashlib.sha256(), [hashlib.sha256()]
        with path.open("rb") as file:
            file.seek(start)
            for at in range(0, size, BLOCK):
                digest.update(file.read(min(BLOCK, size - at)))
                states.append(digest.copy())
        return states

    def __call__(self, *_: Any) -> dict[str, tuple[str, int]]:
        """Stand in for the check's own hashing."""
        found = {name: (self.states[name][-1].hexdigest(), size) for name, (_, _, size) in self.where.items()}
        assert self.altered is not None
        path, at = self.altered
        for name, (own, start, size) in self.where.items():
            if own == path and start <= at < start + size:
                block = (at - start) // BLOCK
                state = self.states[name][block].copy()
                with path.open("rb") as file:
                    file.seek(start + block * BLOCK)
                    state.update(file.read(min(BLOCK, size - block * BLOCK)))
                if state.digest() != self.states[name][block + 1].digest():
                    found[name] = (state.hexdigest(), size)
        return found


def check_flips(
    package: Path, places: list[tuple[Path, int]], rng: random.Random, known: KnownDigests | None, n_events: int
) -> str | None:
    """Return what a flipped byte did not bring to light, None for nothing."""
    with contextlib.ExitStack() as stack:
        if known is not None:
            stack.enter_context(mock.patch.object(verify, "_digests", known))
            for counter in ("_count_csv", "_count_lines"):  # a gift to the forger: the counts never differ
                stack.enter_context(mock.patch.object(verify, counter, return_value=n_events))
        for path, at in places:
            if known is not None:
                known.altered = (path, at)
            bit = rng.randrange(8)
            with flipped(path, at, bit):
                found = verify_package(str(package))
            name = path.relative_to(package).as_posix() if package.is_dir() else ""
            named = {where for where, _ in found.problems}
            if found.holds or (name and name not in named and name not in verify.UNLISTED):
                return f"byte {at} of {path}, bit {bit}: found {sorted(named)}"
    return None


def try_flips(
    folder: Path, n_places: int, rng: random.Random, large: Path, n_whole: int, forms: tuple[str, ...]
) -> str | None:
    """Flip every byte of a small package, and some of a larger one."""
    for kind, source in (("small", export_of(folder)), ("large", large)):
        result = log_of(source)
        for suffix in forms:
            package = write_package(folder / f"{kind}{suffix}", result, "2026").path
            files = [p for p in package.rglob("*") if p.is_file()] if package.is_dir() else [package]
            sizes = [p.stat().st_size for p in files]
            known = None
            if kind == "small":
                places = [(p, at) for p, size in zip(files, sizes, strict=True) for at in range(size)]
            else:
                chosen = rng.choices(files, sizes, k=n_places // len(forms))
                places = [(p, rng.randrange(p.stat().st_size)) for p in chosen]
                known = KnownDigests(package)
            start = time.monotonic()
            if wrong := check_flips(package, places, rng, known, len(result)):
                return wrong
            what = f"{len(places):,} places of a {kind} package ({sum(sizes):,} bytes, {suffix or 'folder'})"
            print(f"{what}: all found, {time.monotonic() - start:.0f} s", flush=True)
            if kind == "large":
                if wrong := check_flips(package, places[:n_whole], rng, None, len(result)):
                    return wrong
                print(f"{n_whole} of these with the whole package hashed again: all found", flush=True)
                if not verify_package(str(package)).holds:
                    return f"{package} does not hold after all was flipped back"
    return None


# -- kills -------------------------------------------------------------------------------------------------------


def write_cases(folder: Path, _result: QueryResult, acknowledge: Callable[[int], None]) -> None:
    """Note one thing after the other in one case, and make others beside it."""
    with open_case(folder / "c.avcase", "ada", lambda: "now") as case:
        for n in range(10**6):
            case.do("note", text=str(n) * (1 + n % 7 * 400), targets=[["workflow", "w"]])
            acknowledge(n)
            if n % 8 == 7:
                create_case(folder / f"{n}.avcase", "t", "ada", lambda: "now").close()


def write_exports(folder: Path, result: QueryResult, acknowledge: Callable[[int], None]) -> None:
    """Write one export after the other."""
    for n in range(10**6):
        spec = FORMATS[n % len(FORMATS)]
        write_events(folder / f"{n}{spec.suffix}", spec, result.table, result.source_order)
        acknowledge(n)


def write_packages(folder: Path, result: QueryResult, acknowledge: Callable[[int], None]) -> None:
    """Write one package after the other."""
    for n in range(10**6):
        write_package(folder / (f"{n}.zip" if n % 2 else str(n)), result, "2026")
        acknowledge(n)


def case_problem(folder: Path, acknowledged: int) -> str | None:
    """Return what is lost of a case, or half."""
    for is_read_only in (True, False):
        with open_case(folder / "c.avcase", "ada", lambda: "now", is_read_only) as case:
            kept = sum(len(notes) for notes in case.state.notes.values())
            if case.problems or kept - acknowledged not in (0, 1):
                return f"{kept} kept, {acknowledged} acknowledged, {case.problems}"
    for path in folder.glob("[0-9]*.avcase"):
        with open_case(path, "ada", lambda: "now") as case:
            if len(case.journal) != 1 or case.problems:
                return f"{path.name} is half"
    return None


def export_problem(folder: Path, _: int) -> str | None:
    """Return which export is half."""
    whole: dict[str, bytes] = {}
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        data = path.read_bytes()
        if whole.setdefault(path.suffix, data) != data or len(data) < 1000:
            return f"{path.name} is half"
    return None


def package_problem(folder: Path, _: int) -> str | None:
    """Return which package does not hold."""
    for path in folder.iterdir():
        if not path.name.startswith(".") and not path.name.endswith(".txt") and not verify_package(str(path)).holds:
            return f"{path.name} does not hold"
    return None


KILLED: dict[str, tuple[Callable[..., None], Callable[[Path, int], str | None], float]] = {
    "cases": (write_cases, case_problem, 0.08),
    "exports": (write_exports, export_problem, 0.4),
    "packages": (write_packages, package_problem, 0.4),
}
"""What is written: by what, what finds a half, and how many seconds a writer lives at most."""


def try_kills(folder: Path, n_kills: int, rng: random.Random, only: str | None = None) -> str | None:
    """Kill writers at random moments, and look at what they leave."""
    result = log_of(export_of(folder, 2000))
    for name, (write, problem, longest) in KILLED.items():
        if only not in (None, name):
            continue
        start = time.monotonic()
        for number in range(n_kills):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                own = Path(place)
                create_case(own / "c.avcase", "c", "ada", lambda: "now").close()
                if name != "cases":
                    (own / "c.avcase").unlink()
                acknowledged = killed_after(rng.random() * longest, write, own, result)
                if wrong := problem(own, acknowledged):
                    return f"kill {number} of {name}: {wrong}"
        print(f"{n_kills:,} kills while writing {name}: nothing lost, nothing half, {time.monotonic() - start:.0f} s")
    return None


def killed_after(seconds: float, write: Callable[..., None], folder: Path, result: QueryResult) -> int:
    """Kill a writer after some time; return how many things it said to be done."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with contextlib.suppress(BaseException):
            os.write(writing, b"r")
            write(folder, result, lambda _n: os.write(writing, b"."))
        os._exit(1)
    os.close(writing)
    os.read(reading, 1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = b""
    while more := os.read(reading, 1 << 16):
        said += more
    os.close(reading)
    return said.count(b".")


# -- a full disk -------------------------------------------------------------------------------------------------


def try_full_disk(folder: Path, n_sizes: int) -> str | None:
    """Let no file grow beyond some size, for many sizes, and look at what is left."""
    result = log_of(export_of(folder, 300))
    html = build_report(result)

    def on_case(place: Path) -> None:
        with open_case(place / "old", "ada", lambda: "now") as case:
            for _ in range(50):
                case.do("note", text="x" * 10_000, targets=[["workflow", "w"]])

    writers: dict[str, Callable[[Path], object]] = {
        "export": lambda place: write_events(place / "old", FORMATS[0], result.table, result.source_order),
        "workbook": lambda place: write_events(place / "old", FORMATS[4], result.table, result.source_order),
        "report": lambda place: write_file(place / "old", lambda out: out.write(html.encode())),
        "package": lambda place: write_package(place / "new", result, "2026"),
        "archive": lambda place: write_package(place / "new.zip", result, "2026"),
        "case": on_case,
    }
    for name, write in writers.items():
        n_full = 0
        for size in sorted({1, 511, 4096, *(int(1.35**i) for i in range(n_sizes))}):
            with tempfile.TemporaryDirectory(dir=folder) as where:
                place = Path(where)
                if name == "case":
                    create_case(place / "old", "t", "ada", lambda: "now").close()
                else:
                    (place / "old").write_bytes(b"old")
                outcome = with_limit(size, lambda write=write, place=place: write(place))  # type: ignore[misc]
                n_full += outcome != "written"
                if outcome not in ("written", "said") or (wrong := left_behind(place, name, outcome)):
                    return f"{name} at {size} bytes: {outcome}, {wrong if outcome in ('written', 'said') else ''}"
        print(f"{n_full} disks full at different bytes while writing a {name}: said, and the old as it was", flush=True)
    return None


def left_behind(place: Path, name: str, outcome: str) -> str | None:
    """Return what is wrong with what a writer left."""
    names = {p.name for p in place.iterdir() if not p.name.endswith(".lock")}
    if name == "case":
        with open_case(place / "old", "ada", lambda: "now") as case:
            return f"{case.problems}" if case.problems or not names <= {"old"} else None
    if outcome == "said" and (names != {"old"} or (place / "old").read_bytes() != b"old"):
        return f"{names} are left"
    return None


def with_limit(size: int, write: Callable[[], object]) -> str:
    """Return "written", "said" (one sentence) or what else came of writing under a limit of a file's size."""
    child = os.fork()
    if not child:
        code = 3
        with contextlib.suppress(BaseException):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            try:
                write()
                code = 0
            except AuditViewerError:
                code = 1
        os._exit(code)
    return {0: "written", 1: "said"}.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "crashed")


def main() -> int:
    """Try it all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--places", type=int, default=1000)
    options.add_argument("--large", type=Path, default=None, metavar="EXPORT")
    options.add_argument("--forms", choices=["folder", "zip", "both"], default="both")
    options.add_argument("--whole", type=int, default=3)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--killed", choices=list(KILLED), default=None)
    options.add_argument("--sizes", type=int, default=45)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument(
        "--folder", type=Path, default=None, help="where to write; a large package needs its size twice"
    )
    given = options.parse_args()
    rng = random.Random(given.seed)
    forms = {"folder": ("",), "zip": (".zip",), "both": ("", ".zip")}[given.forms]
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        tries: list[Callable[[], str | None]] = []
        if given.sizes:
            tries.append(lambda: try_full_disk(Path(folder), given.sizes))
        if given.kills:
            tries.append(lambda: try_kills(Path(folder), given.kills, rng, given.killed))
        if given.places:
            large = given.large or resource_path("sample")
            tries.append(lambda: try_flips(Path(folder), given.places, rng, large, given.whole, forms))
        for attempt in tries:
            if wrong := attempt():
                print(f"NOT FOUND: {wrong}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
