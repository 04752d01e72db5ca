"""What was chosen for a written file, and what can be said of it afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class WriteChoices:
    """What a user can choose about a written file."""

    is_formula_safe: bool = False
    """CSV: put an apostrophe before values that a spreadsheet would run as a formula. XLSX is always safe."""
    has_info: bool = False
    """Write ``NAME.info.json`` beside the file: sources, filter, counts, choices and digest."""


@dataclass
class Notes:
    """What the format could not hold, counted while writing."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, sentence: str, count: int = 1) -> None:
        """Count ``count`` more values of which the sentence is true."""
        if count:
            self.counts[sentence] += count

    def lines(self) -> tuple[str, ...]:
        """Return the sentences with their counts."""
        return tuple(f"{sentence} ({count:,})" for sentence, count in self.counts.items())


@dataclass(frozen=True)
class WriteReport:
    """A file that was written: where, how much, its digest, and what it could not hold."""

    path: Path
    format: str
    events: int
    size_bytes: int
    sha256: str
    choices: WriteChoices
    notes: tuple[str, ...] = ()
    info_path: Path | None = None

    def describe(self) -> str:
        """Return the report in one line."""
        return f"{self.events:,} events, {self.size_bytes:,} bytes, SHA-256 {self.sha256}"
