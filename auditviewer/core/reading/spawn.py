"""Processes that read: started, listened to, and killed when the work is cancelled or takes too long.

A reading process gets JSON requests, one a line, on its standard input, and answers each with JSON lines on its output:
``{"done": n, "total": n}`` as it goes, then ``{"result": ...}`` or ``{"error": [sentence, hint]}``. It ends when its
standard input is closed, so that it never outlives the program.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from auditviewer.core.errors import NotAnExportError, UnreadableExportError
from auditviewer.core.reading.memory import MEMORY_OVER_FILE, memory_limit, own_memory

POLL_SECONDS = 0.05
CHILD_FLAG = "--reading-child"
MIN_DEADLINE_SECONDS = 120.0
SLOWEST_BYTES_PER_SECOND = 200_000
"""A reader slower than this is taken to hang."""


class ReadingProcess:
    """One reading process and what it said so far.

    It starts at once, so that it is ready when its request is known; `send` gives it that, `wait` takes the answer,
    and then it is ready for the next.
    """

    def __init__(self) -> None:
        self.done = self.total = 0
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._child = subprocess.Popen(
            child_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._label, self._deadline, self._memory_limit = "", 0.0, 0
        self._errors = b""
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._drain)]
        for thread in self._threads:
            thread.start()

    def send(self, request: dict[str, Any], label: str, deadline_seconds: float) -> None:
        """Give the child a request; one at a time."""
        self.done = self.total = 0
        self._label, self._deadline = label, time.monotonic() + deadline_seconds
        with contextlib.suppress(OSError):  # whoever opens it says why not
            self._memory_limit = memory_limit(os.stat(request["path"]).st_size)
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):  # the child died at once; `wait` says so
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()  # kept open: its end tells the child that we are gone

    def wait(self, on_progress: Callable[[], None]) -> Any:
        """Return the result of the request; ``on_progress`` is called all the while and may raise to kill the child.

        Raises
        ------
        UnreadableExportError
            The child said so, crashed, or took longer than its deadline; after the last two it is gone.
        """
        try:
            answer = self._next_answer(on_progress)
        except BaseException:
            self.kill()
            raise
        if answer is None:
            self.kill()
            raise UnreadableExportError(self._crash_sentence(), "Other files are not affected.")
        if "error" in answer:
            raise (NotAnExportError if answer.get("is_foreign") else UnreadableExportError)(*answer["error"])
        return answer["result"]

    @property
    def is_alive(self) -> bool:
        """Whether it can take another request."""
        return self._child.poll() is None

    def dismiss(self) -> None:
        """End the child, which has nothing left to do, without waiting until the system has taken its memory back."""
        if self._child.poll() is None:
            self._child.kill()
        try:
            threading.Thread(target=self.kill, name="dismissed reader").start()
        except RuntimeError:  # the program is about to end, and starts no more threads
            self.kill()

    def kill(self) -> None:
        """End the child, whatever it does, and wait until it is gone."""
        if self._child.poll() is None:
            self._child.kill()
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.close()
        self._child.wait()
        for thread in self._threads:
            thread.join(5)
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()

    def _next_answer(self, on_progress: Callable[[], None]) -> dict[str, Any] | None:
        while True:
            try:
                return self._answers.get(timeout=POLL_SECONDS)
            except queue.Empty:
                on_progress()
                self._check_memory()
                if time.monotonic() > self._deadline:
                    raise UnreadableExportError(
                        f"{self._label} was given up: it took longer than any export of its size should.",
                        "Try it alone; if it happens again, the file is damaged.",
                    ) from None

    def _check_memory(self) -> None:
        if own_memory(self._child.pid) > self._memory_limit:
            raise UnreadableExportError(
                f"{self._label} was given up: reading it takes more than {MEMORY_OVER_FILE >> 20:,} MiB of memory"
                " beyond its size.",
                "Unpack it if it is compressed, or split it.",
            )

    def _listen(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if "done" in said:
                self.done, self.total = said["done"], said["total"]
            else:
                self._answers.put(said)
        self._answers.put(None)

    def _drain(self) -> None:
        assert self._child.stderr is not None
        while chunk := self._child.stderr.read(4096):
            self._errors = (self._errors + chunk)[-4000:]

    def _crash_sentence(self) -> str:
        code = self._child.returncode
        last = self._errors.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        if "MemoryError" in last[0] or "bad_alloc" in last[0] or code in (-9, 137):
            return f"{self._label} needs more memory than reading may take, or its reader was killed."
        if code in (-7, 135):
            return f"{self._label} became shorter while it was read."
        return f"The reader of {self._label} failed (code {code}{': ' + last[0] if last[0] else ''})."


def child_command() -> list[str]:
    """Return the command that starts a reading process, from a checkout or a bundle alike."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_FLAG]
    return [sys.executable, "-m", "auditviewer.core.reading.child"]


def deadline_for(size_bytes: int) -> float:
    """Return the seconds that reading a file of that size may take at the very most."""
    return MIN_DEADLINE_SECONDS + size_bytes / SLOWEST_BYTES_PER_SECOND
