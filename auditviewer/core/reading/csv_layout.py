"""What a CSV file looks like before its records: delimiter, lines to skip, header, columns. Told by content."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass

from auditviewer.core.instants import parse_instant
from auditviewer.core.schema import COLUMN_NAMES, canonical_name
from auditviewer.core.table import Notice

DELIMITERS = (",", ";", "\t", "|")
MAX_LEADING_LINES = 25
_SURE_FROM = 3
"""A line with that many known names is a header; one with fewer only when it has no other names and none follows."""
_SPACE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029)))
SPACE = _SPACE + "\u202f\u205f\u3000\ufeff"
"""What may stand around a name in a header: what Unicode calls white space, and a byte-order mark."""
csv.field_size_limit(2**31 - 1)  # the module's own limit of 131,072 characters is for all readers of a process
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?")
# Letters of other scripts that look like the Latin letters of the product's headers.
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТХаеорсухіѕԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧοɡӏ",
    "ABEKMHOPCTXaeopcyxisdABEZHIKMNOPTYXogl",
)


@dataclass(frozen=True)
class CsvLayout:
    """How to read a CSV content: its delimiter, its columns, and where its records begin."""

    delimiter: str
    columns: tuple[str, ...]
    """One name a field: the product's spelling where it is known, the header's own text otherwise; all distinct."""
    header: tuple[str, ...] | None
    """The header's fields as they stand; None when the file has no header."""
    skipped_lines: int
    """Physical lines before the header (before the first record when there is none)."""
    notices: tuple[Notice, ...] = ()

    @property
    def header_key(self) -> tuple[str, ...] | None:
        """What a repeated header is told by."""
        return None if self.header is None else fold_header(self.header)


def fold_header(fields: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return the fields of a header in the form in which two headers are compared."""
    return tuple(field.strip(SPACE).lower() for field in fields)


def is_header_row(folded: tuple[str, ...]) -> bool:
    """Return whether most of a record's fields, folded, are names of the product's columns."""
    known = sum(field in FOLDED_NAMES for field in folded)
    return known >= 2 and 2 * known > len(folded)


FOLDED_NAMES = frozenset(fold_header(COLUMN_NAMES))


def find_layout(lines: list[str], name: str) -> CsvLayout | None:
    """Return the layout told by the first physical lines of a content, None when they are no audit export."""
    notices: list[Notice] = []
    start, forced = 0, None
    match = re.fullmatch(r"\ufeff?sep=([!-~\t])\r?\n?", lines[0], re.IGNORECASE) if lines else None
    if match and _may_delimit(match[1]):
        forced, start = match[1], 1
        notices.append(Notice("sep_line", "The first line names the delimiter (sep=); it is not a record.", 1, name))
    weak: tuple[int, str, list[str]] | None = None
    for at in range(start, min(len(lines), start + MAX_LEADING_LINES)):
        found = _header_at(lines[at], forced)
        if found is None:
            continue
        known, delimiter, header = found
        weak = weak or (at, delimiter, header)
        if known >= _SURE_FROM:
            weak = at, delimiter, header
            break
    if weak is None:
        return _headerless(lines, start, forced, name, notices)
    at, delimiter, header = weak
    notices += _leading_notices(lines[start:at], name)
    columns, of_header = columns_of(header, name)
    return CsvLayout(delimiter, columns, tuple(header), at, (*notices, *of_header))


def _may_delimit(character: str) -> bool:
    """Return whether a file may be cut at a character: letters, digits and quotes make no delimiter."""
    return not character.isalnum() and character != '"'


def _header_at(line: str, forced: str | None) -> tuple[int, str, list[str]] | None:
    """Return known names, delimiter and fields when the line is a header: most known columns, three or all."""
    best: tuple[int, str, list[str]] | None = None
    for delimiter in (forced,) if forced else DELIMITERS:
        fields = _split(line, delimiter)
        if fields is None:
            continue
        known = len({canonical_name(_plain(f)) for f in fields} - {None})
        if (known >= _SURE_FROM or (known and known == len(fields))) and (best is None or known > best[0]):
            best = (known, delimiter, fields)
    return best


def _split(line: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if rows and rows[0] else None


def _plain(field: str) -> str:
    return unicodedata.normalize("NFKC", field.lstrip("\ufeff")).translate(_LOOKALIKES).strip()


_REPEATED_NAMED = 20


def columns_of(header: list[str], name: str) -> tuple[tuple[str, ...], list[Notice]]:
    """Return one distinct name for each field of a header, and what the user should know of them."""
    columns: dict[str, None] = {}  # in order; a hostile header may have many thousands
    numbers: dict[str, int] = {}
    notices: list[Notice] = []
    n_repeated = 0
    for field in header:
        text = field.lstrip("\ufeff")
        column = canonical_name(text)
        if column is None and (column := canonical_name(_plain(text))) is not None:
            notices.append(
                Notice("lookalike_header", f"A header is spelled with look-alike letters; taken as {column}.", 1, name)
            )
        column = column if column is not None else text
        if column in columns:
            base, number = column, numbers.get(column, 2)
            while (column := f"{base} ({number})") in columns:
                number += 1
            numbers[base] = number + 1
            n_repeated += 1
            if n_repeated <= _REPEATED_NAMED:
                words = f"The column “{base}” stands twice; the later one is “{column}”."
                notices.append(Notice("repeated_column", words, 1, name))
        columns[column] = None
    if n_repeated > _REPEATED_NAMED:
        words = "Further columns have the name of one before them; they are told apart by a number."
        notices.append(Notice("repeated_column", words, n_repeated - _REPEATED_NAMED, name))
    notices += _column_notices(list(columns), name)
    return tuple(columns), notices


def _column_notices(columns: list[str], name: str) -> list[Notice]:
    missing = [c for c in COLUMN_NAMES if c not in columns]
    unknown = [c for c in columns if c not in COLUMN_NAMES]
    notices = []
    if missing:
        notices.append(
            Notice("missing_columns", f"The export lacks the columns {', '.join(missing)}.", len(missing), name)
        )
    if unknown:
        shown = ", ".join(unknown[:10]) + (" ..." if len(unknown) > 10 else "")
        notices.append(Notice("unknown_columns", f"Columns the reference lacks are kept: {shown}.", len(unknown), name))
    return notices


def _leading_notices(lines: list[str], name: str) -> list[Notice]:
    n = len(lines)
    return [Notice("leading_lines", f"{n} lines before the header are not records.", n, name)] if n else []


def _headerless(lines: list[str], start: int, forced: str | None, name: str, notices: list[Notice]) -> CsvLayout | None:
    """Recognise records of all 17 columns in the product's order by their values."""
    for at in range(start, min(len(lines), start + MAX_LEADING_LINES)):
        for delimiter in (forced,) if forced else DELIMITERS:
            fields = _first_fields(lines[at], delimiter)
            if (
                len(fields) >= 4
                and _UUID.fullmatch(fields[0].lstrip("\ufeff"))
                and parse_instant(fields[2]) is not None
            ):
                notice = Notice(
                    "missing_header",
                    "The file has no header; its fields were taken as the 17 columns in the product's order.",
                    1,
                    name,
                )
                leading = _leading_notices(lines[start:at], name)
                return CsvLayout(delimiter, COLUMN_NAMES, None, at, (*notices, *leading, notice))
    return None


def _first_fields(line: str, delimiter: str) -> list[str]:
    """Return the leading fields of a line that may go on inside quotes on the next."""
    try:
        rows = list(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []
    return rows[0] if rows else []
