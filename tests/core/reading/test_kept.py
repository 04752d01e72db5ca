"""Whether a log was kept is told before anything of it is read."""

from __future__ import annotations

import os
import subprocess
import sys

from auditviewer.core.reading import read_exports
from auditviewer.core.reading.cache import Cache
from auditviewer.core.reading.kept import is_kept
from tests.core.reading.exports import HEADER, line_of


def test_a_log_is_kept_when_each_of_its_files_is_and_only_as_it_was(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for number, path in enumerate((first, second)):
        path.write_text(HEADER + "\n" + line_of(number))
    assert not is_kept([first])
    read_exports([first])
    assert is_kept([first]) and not is_kept([first, second]) and not is_kept([tmp_path])
    read_exports([second])
    assert is_kept([first, second]) and is_kept([tmp_path])
    os.utime(first, ns=(1, 1))
    assert not is_kept([first]) and is_kept([second])
    Cache().clear()
    assert not is_kept([second])


def test_what_is_not_there_was_not_kept(tmp_path):
    assert not is_kept([tmp_path / "none"]) and not is_kept([tmp_path]) and not is_kept([])


def test_telling_it_imports_no_reader(tmp_path):
    code = (
        "import sys, pathlib; from auditviewer.core.reading.kept import is_kept; is_kept([pathlib.Path(sys.argv[1])]); "
        "print([name for name in ('pyarrow', 'auditviewer.core.reading.csv_source') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
