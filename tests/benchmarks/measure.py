"""Measuring side by side: contenders in turn, medians, ratios, and whether all give the same answer."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROUNDS = 5


@dataclass
class Outcome:
    """What one piece of work took: seconds (or another figure) a contender, our target, and whether all agree."""

    work: str
    medians: dict[str, float]
    target: str
    limit: float
    against: tuple[str, ...]
    unit: str = "ms"
    agree: str = "yes"
    notes: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Ours over the best of the peers that the target names."""
        best = min(self.medians[name] for name in self.against if name in self.medians)
        return self.medians["ours"] / best if best else float("nan")

    @property
    def is_met(self) -> bool:
        """Whether the ratio is within the target."""
        return self.ratio <= self.limit

    def row(self) -> str:
        """Return the line of the Markdown table."""
        scale = {"ms": 1e3, "s": 1.0, "MB": 1e-6}[self.unit]
        digits = 2 if self.unit == "s" else 1 if scale * max(self.medians.values()) > 10 else 2
        figures = ", ".join(
            f"{name} {value * scale:.{digits}f}" for name, value in self.medians.items() if name != "ours"
        )
        ours = f"{self.medians['ours'] * scale:.{digits}f} {self.unit}"
        verdict = "met" if self.is_met else "**missed**"
        return f"| {self.work} | {ours} | {figures} | {self.ratio:.2f} | {self.target} | {verdict} | {self.agree} |"


HEADER = "| work | ours | peers | ratio | target | | same answer |\n| --- | --- | --- | --- | --- | --- | --- |"


def in_turn(
    contenders: Mapping[str, Callable[[], Any]], answer: Callable[[str, Any], Any] | None = None, rounds: int = ROUNDS
) -> tuple[dict[str, float], str]:
    """Run the contenders in turn, ``rounds`` times after a warm-up; return median seconds and whether they agree.

    ``answer`` turns what a contender returned into something that compares; None compares nothing.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    answers: dict[str, Any] = {}
    for round_number in range(rounds + 1):
        for name, work in contenders.items():
            gc.collect()
            start = time.perf_counter()
            result = work()
            taken = time.perf_counter() - start
            if round_number:
                times[name].append(taken)
            elif answer is not None:
                answers[name] = answer(name, result)
            del result
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    return medians, _agreement(answers)


def _agreement(answers: Mapping[str, Any]) -> str:
    if not answers:
        return "not compared"
    ours = answers.get("ours")
    differing = [name for name, value in answers.items() if value != ours]
    return "yes" if not differing else f"NO: {', '.join(f'{n} {answers[n]!r}' for n in differing)}, ours {ours!r}"


def in_process_of_its_own(code: str, *arguments: str, timeout: float = 600) -> dict[str, Any]:
    """Run Python code in a fresh interpreter; it prints one JSON object as its last line, which is returned.

    Raises
    ------
    RuntimeError
        The code failed; with what it printed.
    """
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def anonymous_bytes() -> int:
    """Return this process's anonymous resident memory, which the page cache is not part of."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
