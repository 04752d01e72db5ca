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
from auditviewer.core.reading.digest import RunningDigest
from auditviewer.core.reading.memory import MEMORY_OVER_FILE

NICENESS = 10
"""How far reading gives way to the window, and to whatever else the user does, where all cores are busy."""
_LIBRARY_BYTES = 3 << 30
"""Address space that the libraries reserve without using it."""


def main() -> int:
    """Read what the requests on standard input name, one after the other; answer on standard output."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(max(NICENESS - os.nice(0), 0))
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # nothing else may speak on the line
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        request = requests.get()
        try:
            answer = _answer(request, Progress(_Teller(out)))
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)  # not by the interpreter's own way out, which trips over the thread that listens
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _answer(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    try:
        _limit_memory(request)
        return {"result": _run(request, progress)}
    except AuditViewerError as error:
        return {"error": [error.sentence, error.hint], "is_foreign": isinstance(error, NotAnExportError)}
    except MemoryError:
        return {"error": [f"{request['path']} needs more memory than reading may take.", "Split it, or report it."]}
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            words = f"There is no room on the disk for what is read from {request['path']}."
            return {"error": [words, "Make room in the cache folder and in the temporary folder."]}
        return {"error": [f"{request['path']} could not be read: {error.strerror or error}.", "Try again."]}


def _run(request: dict[str, Any], progress: Progress) -> Any:
    sys.setswitchinterval(0.0005)  # most of the work is outside Python's lock: whoever waits for it has little to do
    path = Path(request["path"])
    digest = RunningDigest(path)  # on another core, while this one loads the libraries
    import pyarrow as pa

    from auditviewer.core.reading.read_source import read_source

    # First touch of memory is dear: this pool gives out again what was used before. A second is what it keeps it for;
    # with ten, 5,000,000 events took 0.2 GB more.
    with contextlib.suppress(NotImplementedError):  # Windows has no jemalloc
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(1_000)
    return read_source(path, Path(request["folder"]), progress, digest)


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
