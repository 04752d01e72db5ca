"""What the tool knows: reading, querying, diffing, writing. No Qt, no printing, no clock unless passed in."""

import os

# numpy starts a thread a core for linear algebra when it is imported (30 ms of both cores); nothing here does any.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
