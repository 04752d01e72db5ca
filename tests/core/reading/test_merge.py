"""Several sources as one log: what collapses, what stays, what is flagged, and that the account adds up."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditviewer.core.reading import contents, store
from auditviewer.core.reading.merge import SourceRead, merge
from auditviewer.core.table import EventFlag, EventTable, Source
from tests.core.reading.exports import HEADER, id_of, line_of, read_bytes

Record = tuple[int, str]
"""The number of an Id, and the target that makes its content."""

REPEATED, CONFLICTING, DUPLICATED = EventFlag.REPEATED, EventFlag.CONFLICTING, EventFlag.DUPLICATED


def log_of(folder: Path, *sources: bytes) -> EventTable:
    """Return the sources, each the bytes of an export, merged."""
    readings = []
    for i, data in enumerate(sources):
        read = read_bytes(folder, data, f"export-{i}")
        made = read.made
        source = Source(
            f"/exports/{i}", None, made.format, read.encoding, None, len(data), hashlib.sha256(data).hexdigest(),
            made.records, made.events, 0, made.rejected, made.columns,
        )  # fmt: skip
        readings.append(SourceRead(source, read.table.parts, tuple(made.rejects)))
    return merge(readings)


def csv_of(*records: Record) -> bytes:
    return (HEADER + "\n" + "".join(line_of(number, target) for number, target in records)).encode()


def shown(table: EventTable) -> list[Record]:
    cells = table.page(range(len(table)), ["Id", "Target"])
    return [(int(str(i)[-12:]), str(t)) for i, t in zip(*cells, strict=True)]


def flags(table: EventTable) -> list[EventFlag]:
    return [table.event_flags(i) for i in range(len(table))]


def places(table: EventTable) -> list[list[tuple[str, int]]]:
    """Return, for each event, the sources and records where it stood."""
    return [[(p.source.path[-1], p.record) for p in table.places(i)] for i in range(len(table))]


def test_the_same_event_in_two_sources_shows_once_and_remembers_both_places(tmp_path):
    table = log_of(tmp_path, csv_of((1, "a"), (2, "b")), csv_of((2, "b"), (3, "c")))
    assert shown(table) == [(1, "a"), (2, "b"), (3, "c")]
    assert flags(table) == [EventFlag(0), DUPLICATED, EventFlag(0)]
    assert places(table) == [[("0", 1)], [("0", 2), ("1", 1)], [("1", 2)]]
    assert [(s.records, s.loaded, s.duplicates) for s in table.sources] == [(2, 2, 0), (2, 1, 1)]
    assert [(n.code, n.count) for n in table.notices] == [("duplicates", 1)]


def test_a_record_repeated_within_one_source_stays_and_is_flagged(tmp_path):
    table = log_of(tmp_path, csv_of((1, "a"), (1, "a"), (2, "b")))
    assert shown(table) == [(1, "a"), (1, "a"), (2, "b")]
    assert flags(table) == [REPEATED, REPEATED, EventFlag(0)]
    assert [(n.code, n.count) for n in table.notices] == [("repeated_records", 2)]


def test_the_same_id_with_other_content_stays_in_all_versions(tmp_path):
    table = log_of(tmp_path, csv_of((1, "a"), (2, "x")), csv_of((1, "b")), csv_of((1, "c")))
    assert shown(table) == [(1, "a"), (2, "x"), (1, "b"), (1, "c")]
    assert flags(table) == [CONFLICTING, EventFlag(0), CONFLICTING, CONFLICTING]
    assert [(n.code, n.count) for n in table.notices] == [("conflicting_ids", 3)]


@pytest.mark.parametrize(
    "order", list(itertools.permutations([((1, "a"),), ((1, "a"), (1, "a")), ((1, "a"), (1, "a"), (1, "a"))]))
)
def test_a_repeat_stays_whichever_source_comes_first(tmp_path, order):
    table = log_of(tmp_path, *(csv_of(*records) for records in order))
    assert shown(table) == [(1, "a")] * 3
    assert all(REPEATED in flag for flag in flags(table))
    assert sum(s.duplicates for s in table.sources) == 3


def test_each_copy_in_a_later_source_belongs_to_its_own_copy_in_the_first(tmp_path):
    table = log_of(tmp_path, csv_of((1, "a"), (1, "a")), csv_of((1, "a"), (1, "a")))
    assert places(table) == [[("0", 1), ("1", 1)], [("0", 2), ("1", 2)]]
    assert flags(table) == [REPEATED | DUPLICATED] * 2


def test_columns_are_matched_by_name_in_any_order_and_letter_case(tmp_path):
    row = f"t,,2026-01-05T00:00:00.0000000Z,{id_of(1)}\n"
    table = log_of(tmp_path, csv_of((1, "t")), f"target,customValues,timestamp,id\n{row}".encode())
    assert shown(table) == [(1, "t")]
    assert [s.duplicates for s in table.sources] == [0, 1]


def test_an_object_of_a_json_source_is_the_same_as_its_text_in_a_csv_source(tmp_path):
    state = '{"a": 1.0, "a": 2}'
    csv = f"{HEADER}\n" + line_of(1, "t", '"' + state.replace('"', '""') + '"')
    record = f'{{"Id": "{id_of(1)}", "Timestamp": "2026-01-05T00:00:00.0000000Z", "Target": "t", "CustomValues": '
    as_object, as_text = record + state + "}", record + json.dumps(state) + "}"
    for source in (as_object, as_text):
        assert [s.duplicates for s in log_of(tmp_path, csv.encode(), source.encode()).sources] == [0, 1]
    other = record + state.replace("1.0", "1.00") + "}"
    assert [s.duplicates for s in log_of(tmp_path, csv.encode(), other.encode()).sources] == [0, 0]


def test_null_empty_and_absent_are_three_contents(tmp_path):
    start = f'{{"Id": "{id_of(1)}", "Timestamp": "2026-01-05T00:00:00Z"'
    records = (start + "}", start + ', "Target": null}', start + ', "Target": ""}')
    table = log_of(tmp_path, *(record.encode() for record in records))
    assert len(table) == 3
    assert flags(table) == [CONFLICTING] * 3


def test_a_number_in_a_text_column_is_not_the_text_of_it(tmp_path):
    start = f'{{"Id": "{id_of(1)}", "Timestamp": "2026-01-05T00:00:00Z", "Target": '
    assert len(log_of(tmp_path, (start + "7}").encode(), (start + '"7"}').encode())) == 2


def test_events_without_an_id_never_collapse(tmp_path):
    data = f"{HEADER}\n,2026-01-05T00:00:00Z,t,\n".encode()
    table = log_of(tmp_path, data, data)
    assert len(table) == 2
    assert flags(table) == [EventFlag(0)] * 2


def test_an_unknown_column_makes_another_content(tmp_path):
    extra = f"{HEADER},Extra\n{line_of(1, end='')},\n".encode()
    assert len(log_of(tmp_path, csv_of((1, "t")), extra)) == 2


def test_a_source_without_events_takes_part(tmp_path):
    table = log_of(tmp_path, f"{HEADER}\n".encode(), csv_of((1, "a")), f"{HEADER}\n".encode())
    assert shown(table) == [(1, "a")]
    assert [s.records for s in table.sources] == [0, 1, 0]


def test_events_are_compared_in_pieces_when_there_is_much_text(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "_BYTES_AT_ONCE", 1)
    records = [(i, f"target {i}") for i in range(40)]
    changed = [(i, "another" if i == 31 else f"target {i}") for i in range(40)]
    table = log_of(tmp_path, csv_of(*records), csv_of(*changed))
    assert len(table) == 41
    assert [i for i, flag in enumerate(flags(table)) if CONFLICTING in flag] == [31, 40]


def test_ids_that_only_share_a_number_are_different_events(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "hash_texts", lambda ids: np.ones(len(ids), np.uint64))
    table = log_of(tmp_path, csv_of((1, "a"), (2, "a"), (3, "b")), csv_of((2, "a"), (3, "c")))
    assert shown(table) == [(1, "a"), (2, "a"), (3, "b"), (3, "c")]
    assert flags(table) == [EventFlag(0), DUPLICATED, CONFLICTING, CONFLICTING]


_records = st.lists(st.tuples(st.integers(1, 3), st.sampled_from("ab")), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sources=st.lists(_records, min_size=1, max_size=4))
def test_the_account_adds_up_and_every_record_has_its_place(tmp_path_factory, sources):
    table = log_of(tmp_path_factory.mktemp("log"), *(csv_of(*records) for records in sources))
    for source, records in zip(table.sources, sources, strict=True):
        assert source.records == source.loaded + source.duplicates + source.rejected == len(records)
    assert len(table) == sum(s.loaded for s in table.sources)
    stood = sorted(place for of_event in places(table) for place in of_event)
    assert stood == sorted((str(i), n + 1) for i, records in enumerate(sources) for n in range(len(records)))
    for (first, *_), record in zip(places(table), shown(table), strict=True):
        assert sources[int(first[0])][first[1] - 1] == record
    most: Counter[Record] = Counter()
    for records in sources:
        most |= Counter(records)
    assert Counter(shown(table)) == most
    assert np.array_equal(np.sort(table.collapsed.positions), table.collapsed.positions)
    for record, flag in zip(shown(table), flags(table), strict=True):
        assert (REPEATED in flag) == (most[record] > 1)
        assert (CONFLICTING in flag) == (len({r for r in most if r[0] == record[0]}) > 1)
