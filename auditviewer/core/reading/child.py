"""The reading process: takes requests, reads, answers. Nothing that it does can hurt the program."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, TextIO

from auditviewer.core.errors import AuditViewerError, NotAnExportError
from auditviewer.core.progress import Progress, Step
from auditviewer.core.reading import spawn
from auditviewer.core.reading.memory import MEMORY_OVER_FILE

NICENESS = 5
"""How far reading gives way to the window, and to whatever else the user does, where all cores are busy."""
_LIBRARY_BYTES = 3 << 30
"""Address space that the libraries reserve without using it."""


def main(argv: list[str] | None = None) -> int:
    """Read what the requests on standard input name, one after the other; answer on standard output."""
    task = (sys.argv[1:] if argv is None else argv)[0]
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(max(NICENESS - os.nice(0), 0))
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # nothing else may speak on the line
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    if task == "range":
        import auditviewer.core.reading.csv_source  # noqa: F401 - while the request is still being made out
    while True:
        request = requests.get()
        if task == "source":
            spawn.start_standby(request["path"])
        try:
            answer = _answer(task, request, Progress(_Teller(out)))
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)  # not by the interpreter's own way out, which trips over the thread that listens
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _answer(task: str, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    try:
        _limit_memory(request)
        return {"result": _run(task, request, progress)}
    except AuditViewerError as error:
        return {"error": [error.sentence, error.hint], "is_foreign": isinstance(error, NotAnExportError)}
    except MemoryError:
        return {"error": [f"{request['path']} needs more memory than reading may take.", "Split it, or report it."]}
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            words = f"There is no room on the disk for what is read from {request['path']}."
            return {"error": [words, "Make room in the cache folder and in the temporary folder."]}
        return {"error": [f"{request['path']} could not be read: {error.strerror or error}.", "Try again."]}


def _run(task: str, request: dict[str, Any], progress: Progress) -> Any:
    if task == "range":
        from auditviewer.core.reading.csv_source import read_second_range

        return read_second_range(request, progress)
    from auditviewer.core.reading.read_source import read_source

    return read_source(Path(request["path"]), Path(request["folder"]), progress)


class _Teller:
    """Tells how far reading is, at most some forty times a second."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = 0.0

    def __call__(self, step: Step) -> None:
        import time

        now = time.monotonic()
        if now - self._last > 0.025:
            self._last = now
            self._out.write(json.dumps({"done": step.done, "total": step.total}) + "\n")
            self._out.flush()


def _listen(requests: queue.Queue[dict[str, Any]]) -> None:
    """Take requests as they come; end with the program that sends them, whatever is under way."""
    with contextlib.suppress(Exception):
        for line in sys.stdin:
            requests.put(json.loads(line))
    os._exit(0)


def _limit_memory(request: dict[str, Any]) -> None:
    """Bound the address space: what the file maps to, the budget over it, and what libraries only reserve."""
    try:
        import resource

        size = os.stat(request["path"]).st_size
        limit = 3 * size + MEMORY_OVER_FILE + _LIBRARY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):
        pass  # a system without such limits; the deadline still holds


if __name__ == "__main__":
    sys.exit(main())
