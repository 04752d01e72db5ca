"""EventTable: what was read, never changed; only this room knows how cells are stored.

Storage. A *part* is what one reading process wrote: an Arrow table over memory-mapped IPC, one row per event
that it read. Its columns are named by role so that no column of an export can collide with ours:

- ``c:NAME``  the text of column NAME, ``large_string``, or ``dictionary<uint8|uint16|int32, large_string>``
  whose dictionary entry 0 is null: code 0 means "missing" (absent or null). Indices are never null. A plain
  ``large_string`` column has an Arrow null where the cell is missing.
- ``k:NAME``  `CellKind` as uint8, only where not every cell of the column is a STRING.
- ``p:record`` ``p:line`` ``p:offset`` ``p:length``  int64: record number (from 1), line (from 1), byte offset
  and byte length of the record in its source.
- ``p:id``  uint64: a number for the Id, equal for equal Ids, 0 where there is none; only readers' parts have it.
- ``p:source``  uint16: index into the part's sources.
- ``p:instant``  int64: ticks of 100 ns since 0001-01-01T00:00:00Z, `NO_INSTANT` when there is none.

The table is its parts one after the other, less the rows that were collapsed as exact duplicates.
A *position* is an index in the table, a *row number* (in this room only) an index in the concatenated parts.

`part` is one part and its cells, `layout` the parts one after the other, `places` where records stand in their
sources, `categories` the one column that is worked out, and `event_table` the table that all others use.
"""

from auditviewer.core.account import Notice, Place, Reject, Source
from auditviewer.core.codes import Codes
from auditviewer.core.event_flags import EventFlag
from auditviewer.core.table.event_table import EventTable
from auditviewer.core.table.part import (
    NOTHING_COLLAPSED,
    CellKind,
    Collapsed,
    Mask,
    Part,
    Positions,
)

__all__ = [
    "NOTHING_COLLAPSED",
    "CellKind",
    "Codes",
    "Collapsed",
    "EventFlag",
    "EventTable",
    "Mask",
    "Notice",
    "Part",
    "Place",
    "Positions",
    "Reject",
    "Source",
]
