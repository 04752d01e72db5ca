"""What must hold of evidence, tried at length: every byte of a package, and a kill at any moment of writing.

``python tests/benchmarks/torture_evidence.py [--places N] [--kills N] [--seed N]``, from the project's folder. Flips
each byte of a small package and ``--places`` random ones of a larger one, as a folder and as a zip, and checks that it
is found and named; kills ``--kills`` times each a program that writes a case, an export and a package, and checks that
no acknowledged annotation is lost and no half file stands under a final name. Ends with exit status 1 where one does.
"""

from __future__ import annotations

import argparse
import csv
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from auditviewer.core.case import create_case, open_case
from auditviewer.core.evidence import verify
from auditviewer.core.evidence.package import write_package
from auditviewer.core.evidence.verify import verify_package
from auditviewer.core.query import run_query
from auditviewer.core.reading import read_exports
from auditviewer.paths import resource_path
from tests.builders import event

WRITERS = {
    "case": """
import sys; from pathlib import Path
from auditviewer.core.case import open_case
case = open_case(Path(sys.argv[2], "c.avcase"), "ada", lambda: "now")
print("ready", flush=True)
for n in range(10**6):
    case.do("note", text=str(n), targets=[["workflow", "w"]]); print(n, flush=True)
""",
    "export": """
import sys; from pathlib import Path
from auditviewer.core.reading import read_exports
from auditviewer.core.writing import FORMATS, write_events
import numpy as np
table = read_exports([Path(sys.argv[1])], uses_cache=False); everything = np.arange(len(table))
print("ready", flush=True)
for n in range(10**6):
    spec = FORMATS[n % 3]; write_events(Path(sys.argv[2], f"{n}{spec.suffix}"), spec, table, everything)
""",
    "package": """
import sys; from pathlib import Path
from auditviewer.core.reading import read_exports
from auditviewer.core.query import run_query
from auditviewer.core.evidence.package import write_package
result = run_query(read_exports([Path(sys.argv[1])], uses_cache=False))
print("ready", flush=True)
for n in range(10**6):
    write_package(Path(sys.argv[2], f"{n}" + (".zip" if n % 2 else "")), result, "2026")
""",
}


def small_export(folder: Path, n: int = 3) -> Path:
    """Write an export of a few events."""
    path = folder / "a.csv"
    rows = [event(i) for i in range(n)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def flip(path: Path, at: int, bit: int) -> None:
    """Flip one bit of a file."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def check_flips(package: Path, places: list[tuple[Path, int]], rng: random.Random) -> str | None:
    """Return what a flipped byte did not bring to light, None for nothing."""
    for path, at in places:
        bit = rng.randrange(8)
        flip(path, at, bit)
        found = verify_package(str(package))
        flip(path, at, bit)
        name = path.relative_to(package).as_posix() if package.is_dir() else ""
        named = {where for where, _ in found.problems}
        if found.holds or (name and name not in named and name not in verify.UNLISTED):
            return f"byte {at} of {path}, bit {bit}: found {sorted(named)}"
    return None


def try_flips(folder: Path, n_places: int, rng: random.Random) -> str | None:
    """Flip every byte of a small package, and some of a larger one."""
    small = run_query(read_exports([small_export(folder)], uses_cache=False))
    large = run_query(read_exports([resource_path("sample")], uses_cache=False))
    for result, kind in ((small, "small"), (large, "large")):
        for suffix in ("", ".zip"):
            package = write_package(folder / f"{kind}{suffix}", result, "2026").path
            files = [p for p in package.rglob("*") if p.is_file()] if package.is_dir() else [package]
            sizes = [p.stat().st_size for p in files]
            if kind == "small":
                places = [(p, at) for p, size in zip(files, sizes, strict=True) for at in range(size)]
            else:
                chosen = rng.choices(files, sizes, k=n_places // 2)
                places = [(p, rng.randrange(p.stat().st_size)) for p in chosen]
            start = time.monotonic()
            if wrong := check_flips(package, places, rng):
                return wrong
            what = f"{len(places):,} places of a {kind} package ({sum(sizes):,} bytes, {suffix or 'folder'})"
            print(f"{what}: all found, {time.monotonic() - start:.0f} s", flush=True)
    return None


def try_kills(folder: Path, n_kills: int, rng: random.Random) -> str | None:
    """Kill writers at random moments, and look at what they leave."""
    source = small_export(folder, 2000)
    checks: dict[str, Callable[[Path, list[str]], str | None]] = {
        "case": _case_problem, "export": _export_problem, "package": _package_problem
    }  # fmt: skip
    for name, code in WRITERS.items():
        for number in range(n_kills):
            with tempfile.TemporaryDirectory() as place:
                own = Path(place)
                if name == "case":
                    create_case(own / "c.avcase", "c", "ada", lambda: "now").close()
                child = subprocess.Popen(
                    [sys.executable, "-c", code, str(source), place], stdout=subprocess.PIPE, text=True
                )
                assert child.stdout is not None
                child.stdout.readline()
                time.sleep(rng.random() * (0.1 if name == "case" else 0.3))
                child.send_signal(signal.SIGKILL)
                said = child.communicate()[0].split()
                if wrong := checks[name](own, said):
                    return f"kill {number} of {name}: {wrong}"
        print(f"{n_kills:,} kills while writing a {name}: nothing lost, nothing half", flush=True)
    return None


def _case_problem(folder: Path, said: list[str]) -> str | None:
    with open_case(folder / "c.avcase", "ada", lambda: "now") as case:
        kept = sum(len(notes) for notes in case.state.notes.values())
        acknowledged = int(said[-1]) + 1 if said else 0
        is_sound = not case.problems and kept - acknowledged in (0, 1)
        return None if is_sound else f"{kept} kept, {acknowledged} acknowledged, {case.problems}"


def _export_problem(folder: Path, _: list[str]) -> str | None:
    whole: dict[str, bytes] = {}
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        data = path.read_bytes()
        if whole.setdefault(path.suffix, data) != data or not data.endswith(b"\n"):
            return f"{path.name} is half"
    return None


def _package_problem(folder: Path, _: list[str]) -> str | None:
    for path in folder.iterdir():
        if not path.name.startswith(".") and not path.name.endswith(".txt") and not verify_package(str(path)).holds:
            return f"{path.name} does not hold"
    return None


def main() -> int:
    """Try it all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--places", type=int, default=1000)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        for attempt, n in ((try_kills, given.kills), (try_flips, given.places)):
            if wrong := attempt(Path(folder), n, rng):
                print(f"NOT FOUND: {wrong}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
