"""The first records of a file while the whole is read: at once, of every shape, and nothing but whole records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import pytest

from auditviewer.core.reading import read_exports, read_preview
from auditviewer.core.reading.preview import PREVIEW_BYTES
from tests.core.reading.exports import HEADER, id_of, line_of

N_EVENTS = 20_000
RECORDS = [{"Id": id_of(i), "Timestamp": "2026-01-05T00:00:00Z", "Target": f"tä{i}"} for i in range(N_EVENTS)]
CSV = HEADER + "\n" + "".join(line_of(i, f"tä{i}", '"{""a"":\n1}"') for i in range(N_EVENTS))

SHAPES = {
    "csv": CSV.encode(),
    "csv by CR": CSV.replace("\n", "\r").encode(),
    "csv in UTF-16": CSV.encode("utf-16"),
    "csv in UTF-16 without BOM": CSV.encode("utf-16-be"),
    "csv in UTF-32": CSV.encode("utf-32"),
    "csv in Windows-1252": CSV.encode("cp1252"),
    "json": json.dumps(RECORDS, ensure_ascii=False).encode(),
    "json in UTF-16": json.dumps(RECORDS).encode("utf-16"),
    "json wrapped": json.dumps({"total": N_EVENTS, "items": RECORDS}).encode(),
    "json pretty": json.dumps(RECORDS, indent=2).encode(),
    "json lines": "\n".join(map(json.dumps, RECORDS)).encode(),
    "json one after the other": " ".join(map(json.dumps, RECORDS)).encode(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_first_records_of_every_shape_show_to_the_letter(shape, tmp_path):
    path = tmp_path / "export"
    path.write_bytes(SHAPES[shape])
    table = read_preview([path])
    assert table is not None
    assert table.is_preview
    n = len(table)
    assert 200 <= n < N_EVENTS
    assert table.page(range(n), ["Id", "Target"]) == [[id_of(i) for i in range(n)], [f"tä{i}" for i in range(n)]]


@pytest.mark.parametrize("shape", ["csv", "json", "json lines"])
def test_a_preview_of_a_small_file_is_all_of_it(shape, tmp_path):
    path = tmp_path / "export"
    texts = {"csv": HEADER + "\n" + line_of(1) + line_of(2, end=""), "json": json.dumps(RECORDS[:2])}
    path.write_text(texts.get(shape, "\n".join(map(json.dumps, RECORDS[:2]))))
    table = read_preview([path])
    assert table is not None
    whole = read_exports([path], uses_cache=False)
    assert table.page(range(2), table.columns) == whole.page(range(2), whole.columns)


def test_a_letter_that_the_bounded_look_cuts_in_two_does_not_change_the_encoding(tmp_path):
    lines = HEADER + "\n" + "".join(line_of(i) for i in range(100))
    for shift in range(3):
        rest = id_of(100) + ",2026-01-05T00:00:00Z," + "x" * (PREVIEW_BYTES - len(lines) - 60 - shift) + "ä" * 2000
        path = tmp_path / f"export-{shift}"
        path.write_text(lines + rest + ",\n")
        table = read_preview([path])
        assert table is not None
        assert (len(table), table.sources[0].encoding) == (100, "utf-8")


def test_text_inside_a_field_that_the_bounded_look_cuts_never_shows_as_events(tmp_path):
    inside = "".join(line_of(i, "text") for i in range(100, 5000))
    path = tmp_path / "export"
    path.write_text(HEADER + "\n" + line_of(1) + line_of(2, f'"\n{inside}"') + line_of(3))
    table = read_preview([path])
    assert table is not None
    assert table.page(range(len(table)), ["Id"]) == [[id_of(1)]]


def test_a_folder_shows_its_first_export(tmp_path):
    (tmp_path / "a-picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "export.csv").write_text(HEADER + "\n" + line_of(7))
    table = read_preview([tmp_path])
    assert table is not None
    assert table.text(0, "Id") == id_of(7)


@pytest.mark.parametrize("data", [b"", b"\n\n", bytes(range(256)) * 4000, b"a,b\n1,2\n", b"\x1f\x8b\x08" + bytes(50)])
def test_what_shows_nothing_at_once_is_left_to_the_reading(data, tmp_path):
    path = tmp_path / "export"
    path.write_bytes(data)
    assert read_preview([path]) is None


def test_paths_without_a_file_behind_them_have_no_preview(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "pipe", tmp_path / "loop", tmp_path / "none", tmp_path / ("x" * 300)):
        assert read_preview([path]) is None
    assert read_preview([]) is None


def test_a_preview_leaves_nothing_behind_and_the_source_as_it_was(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    path = tmp_path / "export"
    path.write_bytes(SHAPES["csv"])
    before = path.stat()
    table = read_preview([path])
    assert list(temporary.iterdir()) == []
    assert (path.stat().st_mtime_ns, path.stat().st_size) == (before.st_mtime_ns, before.st_size)
    assert table is not None
    assert table.text(len(table) - 1, "CustomValues") == '{"a":\n1}'


def test_a_preview_needs_neither_pandas_nor_plots(tmp_path):
    path = tmp_path / "export"
    path.write_bytes(SHAPES["csv"])
    code = (
        "import sys, pathlib; from auditviewer.core.reading import read_preview; "
        "assert len(read_preview([pathlib.Path(sys.argv[1])])); "
        "unwanted = ('pandas', 'pyqtgraph', 'PySide6', 'auditviewer.core.reading.open_log'); "
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
