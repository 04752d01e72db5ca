"""Hostile CSV: every file has a known account and known values, whichever reader reads it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

import pytest

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.reading import csv_source, read_source
from auditviewer.core.reading.csv_layout import columns_of
from auditviewer.core.schema import COLUMN_NAMES
from tests.core.reading.exports import (
    COLUMNS,
    HEADER,
    TIME,
    Bad,
    Event,
    Other,
    Piece,
    event,
    expect,
    id_of,
    line_of,
    read_bytes,
)

H = Other(HEADER + "\n")


@dataclass(frozen=True)
class Case:
    """A hostile file as marked pieces, and what else must be said of it."""

    name: str
    pieces: list[Piece]
    notices: set[str] = field(default_factory=set)
    encoding: str = "utf-8"
    bom: bytes = b""
    columns: tuple[str, ...] = COLUMNS
    shown_encoding: str | None = None


def wide(name: str, encoding: str, bom: bytes, **more: object) -> Case:
    pieces: list[Piece] = [
        H, event(1, "Ünïcode 😀"), event(2, "a\nb", '{"k": "v, w"}'), Bad("too,few\n", "field_count"), event(3, "端"),
    ]  # fmt: skip
    notices = set() if bom else {"encoding"}
    return Case(name, pieces, notices | {"missing_columns"}, encoding, bom, **more)  # type: ignore[arg-type]


GOOD = event(9)
BOM = "\ufeff"

CASES = [
    Case("plain", [H, event(1), event(2)]),
    Case("quoted_everything", [H, event(1, quoted=True), event(2, "", quoted=True)]),
    Case("quoted_header", [Other('"Id","Timestamp","Target","CustomValues"\n'), event(1)]),
    Case("embedded_comma", [H, event(1, "a,b")]),
    Case("embedded_lf", [H, event(1, "a\nb"), event(2)]),
    Case("embedded_crlf", [H, event(1, "a\r\nb"), event(2)]),
    Case("embedded_lone_cr", [H, event(1, "a\rb"), event(2)]),
    Case("embedded_blank_lines", [H, event(1, "\n\n\n"), event(2)]),
    Case("embedded_header", [H, event(1, f"x\n{HEADER}\ny"), event(2)]),
    Case("doubled_quotes", [H, event(1, '"'), event(2, '""a""'), event(3, '","')]),
    Case("json_in_a_field", [H, event(1, "t", '{"a": "b, \\"c\\"\\n"}'), event(2, "t", "[]")]),
    Case("quote_in_unquoted_field", [H, Event(line_of(1, 'say "hi"'), (id_of(1), TIME, 'say "hi"', "")), GOOD]),
    Case("quote_at_the_end_of_an_unquoted_field", [H, Event(line_of(1, '5"'), (id_of(1), TIME, '5"', "")), GOOD]),
    Case("space_before_a_quote", [H, Event(line_of(1, ' "a"'), (id_of(1), TIME, ' "a"', "")), GOOD]),
    Case("text_after_a_closing_quote", [H, event(1), Bad(line_of(2, '"a"b'), "text_after_quote"), GOOD]),
    Case("space_after_a_closing_quote", [H, Bad(line_of(2, '"a" '), "text_after_quote"), GOOD]),
    Case("backslash_escapes_nothing", [H, Bad(line_of(2, '"a\\"b"'), "text_after_quote"), GOOD]),
    Case("unclosed_quote_on_the_last_line", [H, event(1), Bad(line_of(2, '"open'), "unclosed_quote")]),
    Case("unclosed_quote_without_an_end", [H, event(1), Bad(line_of(2, '"open', end=""), "unclosed_quote")]),
    Case("unclosed_quote_before_good_ones", [H, Bad(line_of(1, '"open'), "unclosed_quote"), event(2), GOOD],
         {"resumed"}),
    Case("quote_alone_at_the_end", [H, event(1), Bad('"', "unclosed_quote")]),
    Case("unclosed_quote_closed_by_the_next_record",
         [H, event(1), Bad(line_of(2, '"open'), "text_after_quote"), event(3, quoted=True), GOOD], {"resumed"}),
    Case("nul_in_a_value", [H, event(1, "a\0b"), GOOD]),
    Case("nul_alone_in_a_value", [H, event(1, "\0"), GOOD]),
    Case("nul_in_the_id", [H, Event(f"\0,{TIME},t,\n", ("\0", TIME, "t", "")), GOOD]),
    Case("lines_of_a_nul_alone", [H, event(1), *(Bad("\0\n", "field_count") for _ in range(3000))]),
    Case("values_full_of_nuls", [H, *(event(i, "\0" * 200) for i in range(40))]),
    Case("control_characters", [H, event(1, "\x01\x1b[31m\x7f\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), GOOD]),
    Case("invalid_utf8_in_one_record",
         [H, event(1, "é"), Bad(line_of(2).encode().replace(b",t,", b",\xff\xfe,"), "invalid_encoding"),
          event(3, "ü")]),
    Case("overlong_utf8", [H, event(1, "é"), Bad(line_of(2).encode().replace(b",t,", b",\xc0,"), "invalid_encoding"),
         GOOD]),
    Case("surrogate_in_utf8",
         [H, event(1, "éé€€"), Bad(line_of(2).encode().replace(b",t,", b",\xed\xa0\x80,"), "invalid_encoding"), GOOD]),
    Case("invalid_utf8_inside_quotes",
         [H, event(1, "éé"), Bad(line_of(2, '"a\nb\nc"').encode().replace(b"b", b"\xff"), "invalid_encoding"), GOOD]),
    Case("half_a_character_at_the_end",
         [H, event(1, "éé"), Bad(line_of(2, "t", "x", end="").encode() + b"\xc3", "invalid_encoding")]),
    Case("bom", [H, event(1), GOOD], bom=codecs.BOM_UTF8, shown_encoding="utf-8 with BOM"),
    Case("bom_twice", [Other(BOM), H, event(1)], bom=codecs.BOM_UTF8),
    Case("bom_and_quoted_header", [Other('"Id","Timestamp","Target","CustomValues"\n'), event(1)], bom=codecs.BOM_UTF8),
    Case("bom_within_a_value", [H, event(1, f"a{BOM}b"), GOOD]),
    Case("bom_before_a_record_in_the_middle", [H, event(1), Other(BOM), event(2), GOOD], {"byte_order_mark"}),
    Case("bom_before_a_quoted_record", [H, Other(BOM), event(2, "a,b", quoted=True), GOOD], {"byte_order_mark"}),
    Case("bom_before_a_continued_line", [H, event(1, f"a\n{BOM}b"), GOOD]),
    Case("ragged_short", [H, event(1), Bad("a,b\n", "field_count"), GOOD]),
    Case("ragged_long", [H, event(1), Bad(line_of(2, "t", "x,y"), "field_count"), GOOD]),
    Case("ragged_both_ways", [H, Bad("a,b,c\n", "field_count"), Bad("a,b,c,d,e\n", "field_count"), GOOD]),
    Case("trailing_delimiter", [H, Bad(line_of(1, "t", ","), "field_count"), GOOD]),
    Case("whitespace_line", [H, event(1), Bad("   \n", "field_count"), GOOD]),
    Case("header_again", [H, event(1), Bad(HEADER + "\n", "repeated_header"), GOOD]),
    Case("header_again_with_bom", [H, event(1), Other(BOM), Bad(HEADER + "\n", "repeated_header"), GOOD]),
    Case("header_again_in_other_case", [H, event(1), Bad(HEADER.upper() + "\n", "repeated_header"), GOOD]),
    Case("header_again_quoted",
         [H, event(1), Bad('"Id","Timestamp","Target","CustomValues"\n', "repeated_header"), GOOD]),
    Case("header_again_with_spaces", [H, event(1), Bad(HEADER.replace(",", "\xa0, ") + "\n", "repeated_header"), GOOD]),
    Case("header_at_once_again", [H, Bad(HEADER + "\n", "repeated_header"), event(1)]),
    Case("header_at_the_end", [H, event(1), Bad(HEADER, "repeated_header")]),
    Case("header_again_in_another_order",
         [H, event(1), Bad("Timestamp,Id,CustomValues,Target\n", "repeated_header"),
          Event(f"{TIME},{id_of(2)},c,t\n", (id_of(2), TIME, "t", "c")), Bad(HEADER + "\n", "repeated_header"), GOOD],
         {"other_header"}),
    Case("missing_header",
         [Event(",".join([id_of(1), "x", TIME, *"abcdefghijklmn"]) + "\n", (id_of(1), "x", TIME, *"abcdefghijklmn"))],
         {"missing_header"}, columns=COLUMN_NAMES),
    Case("missing_header_with_bom",
         [Event(",".join([id_of(1), "x", TIME, *"abcdefghijklmn"]) + "\n", (id_of(1), "x", TIME, *"abcdefghijklmn"))],
         {"missing_header"}, columns=COLUMN_NAMES, bom=codecs.BOM_UTF8),
    Case("missing_header_and_a_large_first_field",
         [Event(",".join([id_of(1), "x", TIME, *"abcdefghijklm", "z" * 300_000]) + "\n",
                (id_of(1), "x", TIME, *"abcdefghijklm", "z" * 300_000))],
         {"missing_header"}, columns=COLUMN_NAMES),
    Case("sep_line", [Other("sep=;\n"), Other(HEADER.replace(",", ";") + "\n"),
                      Event(f"{id_of(1)};{TIME};a,b;\n", (id_of(1), TIME, "a,b", ""))], {"sep_line"}),
    Case("sep_line_with_bom_and_crlf", [Other("SEP=,\r\n"), H, event(1)], {"sep_line"}, bom=codecs.BOM_UTF8),
    Case("sep_line_that_names_a_quote", [Other('sep="\n'), H, event(1)], {"leading_lines"}),
    Case("sep_line_that_names_a_letter", [Other("sep=é\n"), H, event(1)], {"leading_lines"}),
    Case("title_lines", [Other("Audit log of Example\n"), Other("# made, on, Monday\n"), Other("\n"), H, event(1)],
         {"leading_lines"}),
    Case("title_with_an_open_quote", [Other('The "audit log\n'), H, event(1)], {"leading_lines"}),
    Case("title_that_is_a_column_name", [Other("Target\n"), H, event(1), GOOD], {"leading_lines"}),
    Case("trailing_total", [H, event(1), Bad("Total,1\n", "field_count")]),
    Case("trailing_comment", [H, event(1), Other("\n"), Bad("# end of export\n", "field_count")], {"blank_lines"}),
    Case("crlf", [Other(HEADER + "\r\n"), event(1, end="\r\n"), event(2, "a\nb", end="\r\n")]),
    Case("lone_cr", [Other(HEADER + "\r"), event(1, end="\r"), event(2, "a\rb", end="\r")]),
    Case("mixed_ends", [H, event(1, end="\r\n"), event(2, end="\r"), event(3), event(4, end="\r\n"), event(5, end="")]),
    Case("cr_cr_lf", [H, event(1, end="\r"), Other("\r\n"), GOOD], {"blank_lines"}),
    Case("no_final_line_end", [H, event(1), event(2, end="")]),
    Case("empty_last_field", [H, Event(line_of(1, end=""), (id_of(1), TIME, "t", ""))]),
    Case("blank_lines", [H, Other("\n\n"), event(1), Other("\r\n"), event(2), Other("\n")], {"blank_lines"}),
    Case("header_only", [H], {"missing_columns"}),
    Case("header_only_without_an_end", [Other(HEADER)]),
    Case("header_and_blank_lines", [H, Other("\n\r\n\r")], {"blank_lines"}),
    Case("semicolons", [Other(HEADER.replace(",", ";") + "\n"),
                        Event(f"{id_of(1)};{TIME};a,b;\n", (id_of(1), TIME, "a,b", ""))]),
    Case("tabs", [Other(HEADER.replace(",", "\t") + "\n"),
                  Event(f"{id_of(1)}\t{TIME}\ta,b;\t\n", (id_of(1), TIME, "a,b;", ""))]),
    Case("bars", [Other(HEADER.replace(",", "|") + "\n"),
                  Event(f'{id_of(1)}|{TIME}|"a|b"|\n', (id_of(1), TIME, "a|b", ""))]),
    Case("other_order", [Other("Target,Timestamp,Id\n"), Event(f"t,{TIME},{id_of(1)}\n", ("t", TIME, id_of(1)))],
         columns=("Target", "Timestamp", "Id")),
    Case("other_case", [Other("ID,timestamp,tARGET,customValues\n"), event(1)]),
    Case("header_with_spaces", [Other(" Id , Timestamp ,Target, CustomValues\n"), event(1)]),
    Case("homoglyph_header", [Other("Id,Timestamp,Тarget,CustomValues\n"), event(1)], {"lookalike_header"}),
    Case("fullwidth_header", [Other("Ｉｄ,Timestamp,Target,CustomValues\n"), event(1)], {"lookalike_header"}),
    Case("duplicate_headers", [Other("Id,Timestamp,Target,Target,target\n"),
                               Event(f"{id_of(1)},{TIME},a,b,c\n", (id_of(1), TIME, "a", "b", "c"))],
         {"repeated_column"}, columns=("Id", "Timestamp", "Target", "Target (2)", "Target (3)")),
    Case("duplicate_unknown_headers", [Other("Id,Timestamp,Target,X,X,,\n"),
                                       Event(f"{id_of(1)},{TIME},a,b,c,d,e\n", (id_of(1), TIME, *"abcde"))],
         {"repeated_column", "unknown_columns"}, columns=("Id", "Timestamp", "Target", "X", "X (2)", "", " (2)")),
    Case("unknown_columns", [Other(HEADER + ",c:Id,p:record,%s<b>\n"),
                             Event(line_of(1, end=",1,2,3\n"), (id_of(1), TIME, "t", "", "1", "2", "3"))],
         {"unknown_columns"}, columns=(*COLUMNS, "c:Id", "p:record", "%s<b>")),
    Case("missing_columns", [Other("Id,EventType\n"), Event("a,b\n", ("a", "b"))], {"missing_columns"},
         columns=("Id", "EventType")),
    Case("one_column", [Other("Id\n"), Event("a\n", ("a",)), Other("\n"), Event('""\n', ("",)), Event("b\n", ("b",))],
         {"blank_lines"}, columns=("Id",)),
    Case("two_thousand_columns",
         [Other(HEADER + "".join(f",x{i}" for i in range(2000)) + "\n"),
          Event(line_of(1, end=",v" * 2000 + "\n"), (id_of(1), TIME, "t", "", *["v"] * 2000))],
         {"unknown_columns"}, columns=(*COLUMNS, *(f"x{i}" for i in range(2000)))),
    Case("a_field_of_10_mb", [H, event(1, "t", "ab\n,\"" * 2_000_000), GOOD]),
    Case("a_field_of_10_mb_on_one_line", [H, event(1, "t", "x" * 10_000_000), GOOD]),
    Case("whitespace_is_kept", [H, event(1, "  a\t "), event(2, " "), event(3, "\t"), event(4, "\xa0")]),
    Case("words_for_nothing", [H, *(event(i, word) for i, word in enumerate(
        ["NA", "null", "NULL", "NaN", "None", "#N/A", "", "n/a", "nan", "-", "true", "False"]))]),
    Case("numbers_are_text", [H, *(event(i, word) for i, word in enumerate(
        ["007", "1e5", "+1", "0x10", "1.0", "1.10", "-0", "9" * 40, "1_000", "١٢", "inf"]))]),
    Case("quoted_empty_and_unquoted_empty", [H, Event(f'{id_of(1)},{TIME},"",\n', (id_of(1), TIME, "", ""))]),
    Case("formulas_are_text", [H, event(1, '=HYPERLINK("x")'), event(2, "@a"), event(3, "-1+1")]),
    Case("right_to_left_and_zero_width", [H, event(1, "\u202eabc\u200b\u2066"), GOOD]),
    Case("unnormalised_letters", [H, event(1, "e\u0301"), event(2, "\u00e9"), event(3, "ﬁ")]),
    Case("a_value_that_names_a_column", [H, event(1, "Target"), event(2, "id", "Timestamp"), GOOD]),
    Case("id_that_names_the_first_column", [H, Event(f"Id,{TIME},t,\n", ("Id", TIME, "t", "")), GOOD]),
    wide("utf16_le_bom", "utf-16-le", codecs.BOM_UTF16_LE, shown_encoding="utf-16-le with BOM"),
    wide("utf16_be_bom", "utf-16-be", codecs.BOM_UTF16_BE, shown_encoding="utf-16-be with BOM"),
    wide("utf16_le", "utf-16-le", b"", shown_encoding="utf-16-le"),
    wide("utf16_be", "utf-16-be", b"", shown_encoding="utf-16-be"),
    wide("utf32_le_bom", "utf-32-le", codecs.BOM_UTF32_LE, shown_encoding="utf-32-le with BOM"),
    wide("utf32_be_bom", "utf-32-be", codecs.BOM_UTF32_BE, shown_encoding="utf-32-be with BOM"),
    wide("utf32_le", "utf-32-le", b"", shown_encoding="utf-32-le"),
    wide("utf32_be", "utf-32-be", b"", shown_encoding="utf-32-be"),
    Case("utf16_lone_surrogate", [H, event(1), Bad(line_of(2, "\ud800"), "invalid_encoding"), GOOD],
         encoding="utf-16-le", bom=codecs.BOM_UTF16_LE),
    Case("utf16_half_a_unit_at_the_end", [H, event(1), Bad(b"x", "invalid_encoding")],
         encoding="utf-16-le", bom=codecs.BOM_UTF16_LE),
    Case("utf16_bom_in_the_middle", [H, event(1), Other(BOM), Bad(HEADER + "\n", "repeated_header"), GOOD],
         encoding="utf-16-le", bom=codecs.BOM_UTF16_LE),
    Case("utf16_crlf", [Other(HEADER + "\r\n"), event(1, "a\r\nb", end="\r\n"), event(2, end="\r\n")],
         encoding="utf-16-le", bom=codecs.BOM_UTF16_LE),
    Case("utf32_beyond_unicode",
         [H, event(1), Bad(line_of(2).encode("utf-32-le").replace(b"t\0\0\0", b"\0\0\x11\0"), "invalid_encoding"),
          GOOD],
         encoding="utf-32-le", bom=codecs.BOM_UTF32_LE),
    Case("cp1252", [H, event(1, "Zoë “quoted” 5€"), GOOD], {"encoding"}, "cp1252", shown_encoding="cp1252"),
    Case("latin1", [H, event(1, "Zoë \x81\x9d"), GOOD], {"encoding"}, "latin-1", shown_encoding="latin-1"),
]  # fmt: skip


@pytest.mark.parametrize("reader", ["as_it_comes", "fast_first"])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_file_is_read_to_the_letter_and_accounted_for(case, reader, tmp_path, monkeypatch):
    if reader == "fast_first":
        monkeypatch.setattr(read_source, "FAST_FROM_BYTES", 0)
        monkeypatch.setattr(csv_source, "FAST_FROM_BYTES", 0)
    expected = expect(case.pieces, case.encoding, case.bom)
    read = read_bytes(tmp_path, expected.data)
    assert read.rejects == expected.rejects
    assert read.columns == case.columns
    assert read.rows == [values for values, _ in expected.events]
    assert read.places == [place for _, place in expected.events]
    assert read.made.records == expected.records == read.made.events + read.made.rejected
    assert case.notices <= read.codes
    assert (read.made.format, read.encoding) == ("csv", case.shown_encoding or read.encoding)


def test_there_are_many_hostile_files_and_each_has_a_name_of_its_own():
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\n\n\r\n", "only blank lines"),
        (b"\xef\xbb\xbf\n", "only blank lines"),
        (b"hello world\n", "no line names its columns"),
        (b"a,b,c\n1,2,3\n", "no line names its columns"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (bytes(range(32)) * 100, "not a text file"),
        ("name;value\nx;y\n".encode("utf-16"), "no line names its columns"),
    ],
)
def test_what_is_no_export_gets_one_clear_sentence(data, words, tmp_path):
    with pytest.raises(UnreadableExportError) as caught:
        read_bytes(tmp_path, data)
    assert words in caught.value.sentence
    assert "\n" not in caught.value.sentence


def test_one_damaged_byte_does_not_make_a_long_utf8_file_another_encoding(tmp_path):
    pieces = [H, *(event(i, "é") for i in range(1000))]
    filler = [event(10_000 + i, "x" * 60_000) for i in range(150)]
    bad = [Bad(line_of(5000 + i).encode().replace(b",t,", b",\xff,"), "invalid_encoding") for i in range(3)]
    expected = expect([*pieces, *filler, *bad])
    read = read_bytes(tmp_path, expected.data)
    assert read.encoding == "utf-8"
    assert read.rejects == expected.rejects


def test_lines_that_end_where_a_chunk_ends_are_counted_right(tmp_path):
    for before in range(-3, 3):
        fill = (1 << 20) - len(HEADER) - 1 - len(line_of(1, "", end="")) + before
        pieces = [H, event(1, "x" * fill, end="\r"), Other("\r\n"), event(2, end="\r\n"), Other("\r\n"), GOOD]
        expected = expect(pieces)
        read = read_bytes(tmp_path, expected.data, f"at{before}.csv")
        assert read.places == [place for _, place in expected.events]


def test_a_truncated_content_loads_what_is_whole(tmp_path):
    expected = expect([H, event(1), Bad(line_of(2, end="")[:-3], "truncated")])
    read = read_bytes(tmp_path, expected.data, is_truncated=True)
    assert read.rejects == expected.rejects
    assert len(read.rows) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_after_an_unclosed_quote_the_rest_of_a_long_file_is_read(encoding, tmp_path):
    bom = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    good = [event(i, f"é{i}") for i in range(9000)]
    bad = Bad(line_of(1, '"open'), "unclosed_quote")
    expected = expect([H, event(1), bad, *good[:6000], Other("\n\r\n"), *good[6000:]], encoding, bom)
    read = read_bytes(tmp_path, expected.data)
    assert read.rejects == expected.rejects
    assert read.places == [place for _, place in expected.events]
    assert next(n.count for n in read.notices if n.code == "blank_lines") == 2


@pytest.mark.parametrize("names", [[f"x{i}" for i in range(40_000)], ["x"] * 40_000], ids=["different", "the same"])
def test_a_header_of_very_many_columns_has_as_many_distinct_names_and_few_notices(names):
    columns, notices = columns_of(["Id", *names], "export")  # a look through all columns for each took minutes
    assert len(set(columns)) == 40_001
    assert len(notices) < 30
    repeated = sum(n.count for n in notices if n.code == "repeated_column")
    assert repeated == (39_999 if names[0] == names[1] else 0)
