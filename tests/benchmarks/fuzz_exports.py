"""Real-looking exports in all shapes that are read, and damage to them, for the fuzzers."""

from __future__ import annotations

import random

CELLS = (
    "", "a", "NA", "null", "0042", " x ", "é", "😀", "line\nline", "line\r\nline", 'say "so"', "a,b", "\t",
    "\x00", "\x1f",
    "=1+1", "\u2028", "\ufeff", "x" * 300, '{"a":[1,{"b":"}"}]}', "2026-01-05T10:00:00.1234567Z", "\\", '\\"',
    "\\u00e9",
)  # fmt: skip
JSON_VALUES = (
    "null", "true", "0", "-1.5e+3", "1E400", "-0", "[]", "{}", '{"a": 1.0, "a": [null, "]"]}', "[[1],\n[2]]",
    r'"\ud800"', r'"\u00e9"', r'"\ud83d\ude00"', r'{"k":{"k":[{"k":"\ud83d"}]}}', r'"\\"', r'"\""', "9" * 400,
    r'"a\/b\n"', "[" * 600 + "]" * 600,
)  # fmt: skip
BAD_JSON_VALUES = (
    "NaN", "01", "[1,]", '{"a"}', '"\t"', "1.", "1e", "-", "+1", "Infinity", "nul", "[" * 600, r'"\x"', r'"\u12"',
)  # fmt: skip
DAMAGE = (
    b"",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xc3",
    b" ",
    b"1",
    b";",
)
COLUMNS = ("Id", "Timestamp", "EventType", "Target", "CustomValues", "Extra")
NAMES = (*COLUMNS, "id", "OriginalState", r"\u0049d", r"\ud800", "", r"a\"b")


HEADERS = (
    COLUMNS, tuple(name.upper() for name in COLUMNS), tuple(f" {name} " for name in COLUMNS), COLUMNS[::-1],
    ("Id", "Timestamp", "Target", "Target", "Own", ""), ("Id", "Timestamp", "EventType", "Таrget", "x", "y"),
    COLUMNS[:4], ("Id", "Timestamp"), (*COLUMNS, *(f"x{i}" for i in range(20))),
)  # fmt: skip
TITLES = ("Audit log of Example", "# made, on, Monday", "", "Target", 'The "audit log', "Total,1")


def csv_export(rng: random.Random) -> bytes:
    """Return a CSV export of some rows, before damage; sometimes glued, titled, or of another delimiter."""
    delimiter = rng.choice([",", ",", ",", ";", "\t", "|"])
    end = rng.choice(["\n", "\r\n", "\n", "\r", None])
    lines = [rng.choice(TITLES) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    if rng.random() < 0.1:
        lines.insert(0, f"sep={delimiter}")
    for number in range(rng.choice([1, 1, 1, 1, 2, 3, 6])):
        names = rng.choice(HEADERS) if number or rng.random() < 0.4 else COLUMNS
        mark = "\ufeff" if rng.random() < 0.1 else ""
        lines.append(mark + delimiter.join(_quoted(name, delimiter, rng) for name in names))
        lines += _rows(rng, delimiter, len(names))
    if rng.random() < 0.1:
        lines.append(rng.choice(TITLES))
    text = "".join(line + (end or rng.choice(["\n", "\r\n", "\r"])) for line in lines)
    return text.encode() if rng.random() < 0.7 else text.rstrip("\r\n").encode()


def _rows(rng: random.Random, delimiter: str, n_columns: int) -> list[str]:
    rows = []
    for number in range(rng.randint(0, 12)):
        time = "2026-01-05T10:00:00Z" if rng.random() < 0.6 else rng.choice(CELLS)
        cells = [str(number), time, *(rng.choice(CELLS) for _ in range(n_columns - 2))][:n_columns]
        rows.append(delimiter.join(_quoted(cell, delimiter, rng) for cell in cells))
    return rows


def _quoted(cell: str, delimiter: str, rng: random.Random) -> str:
    needs = any(ch in cell for ch in ("\r", "\n", delimiter)) or cell.startswith('"')
    if needs or rng.random() < 0.3:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def json_export(rng: random.Random) -> bytes:
    """Return a JSON export of some records in one of its shapes, before damage."""
    spellings = [
        (rng.sample(NAMES, rng.randint(3, 6)), rng.choice(["", " ", "\n  "])) for _ in range(rng.randint(1, 3))
    ]
    records = []
    for _ in range(rng.randint(1, 30)):
        keys, space = rng.choice(spellings)
        records.append("{" + ",".join(f'{space}"{key}":{space}{_value(rng)}' for key in keys) + space + "}")
    between = rng.choice(["\n", "\r\n", "", ",", ",\n", "\n\x1e", "\n\ufeff"])
    text = between.join(records)
    if "," in between:
        shapes = ["[%s]", '{"n":1,"items":[%s],"m":{}}', '{"data":{"value":[\n%s\n]}}', "[%s][]", '{"a":[%s],"b":[{}]}']
        text = rng.choice(shapes).replace("%s", text)
    elif "\x1e" in between:
        text = f"\x1e{text}\n"
    return (rng.choice(["", "", "", "\ufeff"]) + text).encode()


def _value(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(BAD_JSON_VALUES if rng.random() < 0.03 else JSON_VALUES)
    return '"' + rng.choice(CELLS).translate({c: f"\\u{c:04x}" for c in (*range(32), 34, 92)}) + '"'


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with a few of them replaced, removed, doubled or cut off."""
    found = bytearray(data)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
        at = rng.randrange(len(found) + 1)
        match rng.randrange(8):
            case 0:
                del found[at:]
            case 1:
                start = rng.randrange(len(found) + 1)
                found[at:at] = found[start : start + rng.randrange(80)]
            case _:
                found[at : at + rng.randrange(3)] = rng.choice(DAMAGE)
    return bytes(found)
