"""auditviewer: reads exported audit logs offline and turns them into answers and evidence.

The map of the package:

- ``core``  what the tool knows; no Qt. Exports are read (``core.reading``) into an ``EventTable``
  (``core.table``); a ``Query`` (``core.query``) narrows it to a ``QueryResult``; views, workflows,
  timeline, writers all take that result.
- ``gui``   how it looks and listens; all of Qt. ``gui.session`` is the one owner of change.
- ``cli``   the command line over the same core, without Qt.
- ``paths`` where our own files live.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""numpy starts a thread a core for linear algebra, which nothing here does: half of the time of its import."""

__version__ = "0.1.0"
