"""Shapes of JSON exports: each gives the same events, with the place of every record's own text."""

from __future__ import annotations

import pytest

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.reading.json_source import looks_like_json
from auditviewer.core.table import CellKind

from .json_exports import cells_of, read_bytes, record

A, B, C = record("a"), record("b"), record("c")
PRETTY = A.replace(",", ",\n    ").replace("{", "{\n    ").replace("}", "\n  }")
SHAPES = {
    "array": (f"[{A},{B},{C}]", "json"),
    "array, one a line": (f"[\n{A},\n{B},\n{C}\n]\n", "json"),
    "array, comma first": (f"[\n {A}\n,{B}\n,{C}]", "json"),
    "pretty-printed array": (f"[\r\n  {PRETTY},\r\n  {B},\r\n  {C}\r\n]", "json"),
    "JSON Lines": (f"{A}\n{B}\n{C}\n", "jsonl"),
    "JSON Lines, CRLF, no last one": (f"{A}\r\n{B}\r\n{C}", "jsonl"),
    "JSON Lines with blank lines": (f"\n{A}\n\n\n{B}\n \n{C}\n\n", "jsonl"),
    "JSON text sequence (RFC 7464)": (f"\x1e{A}\n\x1e{B}\n\x1e{C}\n", "jsonl"),
    "pretty-printed sequence": (f"\x1e{PRETTY}\n\x1e{B}\n\x1e{C}\n", "jsonl"),
    "concatenated": (f"{A}{B} {C}", "json"),
    "pretty-printed, concatenated": (f"{PRETTY}\n{B}\n{C}", "json"),
    "items": (f'{{"items": [{A}, {B}, {C}], "next": null}}', "json"),
    "value, other members first": (f'{{"@odata.context":"x","count":3,"value":[{A},{B},{C}]}}', "json"),
    "data.items": (f'{{"data":{{"total":3,"items":[{A},{B},{C}]}},"ok":true}}', "json"),
    "two arrays in one object": (f'{{"page1":[{A},{B}],"other":[1,2],"page2":[{C}]}}', "json"),
    "pages one after the other": (f'{{"items":[{A}]}}\n{{"items":[{B},{C}]}}\n', "json"),
    "arrays one after the other": (f"[{A}]\n[{B},{C}]", "json"),
}


@pytest.mark.parametrize(("text", "format"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("is_fast", [False, True])
def test_every_shape_gives_the_same_events(tmp_path, text, format, is_fast):
    read, table = read_bytes(tmp_path, text.encode(), is_fast=is_fast)
    assert (read.format, read.records, read.events, read.rejected) == (format, 3, 3, 0)
    assert looks_like_json(text)
    assert cells_of(table, "Target")[:2] == ["a", "b"]
    assert cells_of(table, "EventType") == ["user:created"] * 3


@pytest.mark.parametrize("text", [text for text, _ in SHAPES.values()], ids=SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_place_is_that_of_the_records_own_bytes_in_the_source(tmp_path, text, encoding):
    text = text.replace("Created", "Créé ✓ 😀" if encoding != "cp1252" else "Créé")
    data = text.encode(encoding)
    _, table = read_bytes(tmp_path, data)
    name = encoding.replace("-sig", "").replace("utf-16", "utf-16-le").replace("utf-32", "utf-32-le")
    for position in range(3):
        place = table.place(position)
        own = data[place.offset : place.offset + place.length].decode(name.replace("-le-le", "-le"))
        assert own.startswith("{") and own.endswith("}") and f'"{table.text(position, "Target")}"' in own
        assert place.record == position + 1
        assert place.line == 1 + text[: text.index(own)].count("\n")


def test_a_record_on_several_lines_among_json_lines_is_a_record(tmp_path):
    text = f"{A}\n{B}\n" * 5 + PRETTY + f"\n{C}\n"
    read, table = read_bytes(tmp_path, text.encode())
    assert (read.format, read.records, read.rejected) == ("jsonl", 12, 0)
    assert table.place(11).line == 18


def test_one_object_is_one_event(tmp_path):
    read, table = read_bytes(tmp_path, A.encode())
    assert (read.format, read.records, len(table)) == ("json", 1, 1)


def test_an_event_with_a_list_of_events_in_a_state_is_an_event(tmp_path):
    text = A.replace('"a"', f'"a","CustomValues":[{B},{C}]')
    read, table = read_bytes(tmp_path, text.encode())
    assert read.records == 1
    assert table.text(0, "CustomValues") == f"[{B},{C}]"


def test_members_belong_to_columns_in_any_letter_case_and_unknown_ones_are_kept(tmp_path):
    first = '{"ID":"1","timestamp":"x","workflowId":"w","Extra":"e","extra":"f"}'
    text = f'[{first},{{"Id":"2","TimeStamp":"y","WORKFLOWID":"w"}}]'
    read, table = read_bytes(tmp_path, text.encode())
    assert read.columns == ("Id", "Timestamp", "WorkflowId", "Extra", "extra")
    assert cells_of(table, "Id") == ["1", "2"]
    assert cells_of(table, "extra") == ["f", None]
    assert table.kind(1, "extra") is CellKind.ABSENT
    assert {n.code for n in read.notices} == {"missing_columns", "unknown_columns"}


VALUES = {
    '"text"': (CellKind.STRING, "text"),
    '""': (CellKind.STRING, ""),
    '"null"': (CellKind.STRING, "null"),
    "null": (CellKind.NULL, None),
    "true": (CellKind.JSON, "true"),
    "1.0e+5": (CellKind.JSON, "1.0e+5"),
    "-0": (CellKind.JSON, "-0"),
    "9" * 5000: (CellKind.JSON, "9" * 5000),
    '{ "b" : 1.50, "a":[ ], "b":2 }': (CellKind.JSON, '{ "b" : 1.50, "a":[ ], "b":2 }'),
    "[1,\t2 ]": (CellKind.JSON, "[1,\t2 ]"),
    r'"a\"b\\c\/d\n\u00e9\ud83d\ude00\u0000"': (CellKind.STRING, 'a"b\\c/d\né😀\x00'),
    r'"{\"a\":\"\\u00e9\"}"': (CellKind.STRING, r'{"a":"\u00e9"}'),
    r'"\ud800"': (CellKind.ESCAPED, "\ud800"),
    r'"é\udc00\ud800 "': (CellKind.ESCAPED, "é\udc00\ud800 "),
    '"  é\u2028\u202e "': (CellKind.STRING, "  é\u2028\u202e "),
    '{"a":"\\ud800"}': (CellKind.JSON, '{"a":"\\ud800"}'),
}


@pytest.mark.parametrize("is_fast", [False, True])
def test_every_value_is_kept_to_the_letter(tmp_path, is_fast):
    lines = [record(str(i))[:-1] + f',"Extra":{value}}}' for i, value in enumerate(VALUES)]
    read, table = read_bytes(tmp_path, "\n".join([*lines, record("last")]).encode(), is_fast=is_fast)
    assert read.rejected == 0
    for position, (kind, text) in enumerate(VALUES.values()):
        assert (table.kind(position, "Extra"), table.text(position, "Extra")) == (kind, text)
    assert table.kind(len(VALUES), "Extra") is CellKind.ABSENT


@pytest.mark.parametrize("text", ['{"a":1}', "[1,2]", "[[]]", '{"error":"unauthorised","details":[]}', "{}", "[{}]",
                                  '{"a":1}\n{"a":2}', "[" * 100_000, '{"a":' * 100_000])  # fmt: skip
def test_json_that_is_no_export_gets_one_clear_sentence(tmp_path, text):
    assert looks_like_json(text)
    with pytest.raises(UnreadableExportError, match="is JSON, but not an audit export"):
        read_bytes(tmp_path, text.encode())


@pytest.mark.parametrize("text", ["[]", " [ ] ", '{"items":[]}', '{"data":{"items":[]}}', '{"count":0,"value":[ ]}'])
def test_an_empty_export_is_an_export(tmp_path, text):
    read, table = read_bytes(tmp_path, text.encode())
    assert (read.records, len(table), read.rejected) == (0, 0, 0)


@pytest.mark.parametrize("text", ["Id,Timestamp\n1,2", "sep=;\n", "<html>", "plain", "", '"Id","Timestamp"', "{1}"])
def test_what_is_no_json_does_not_look_like_it(text):
    assert not looks_like_json(text)
