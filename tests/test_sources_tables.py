"""The laws of tables: the same cells from every encoding and format, and every bad cell named."""

import os
import unicodedata
from contextlib import suppress

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Findings, InputError
from geoplan.sources import _parse
from geoplan.sources._given import Given
from geoplan.sources.tables import read_table

ROWS = [["编号", "名称", "托位"], ["001", "桥西第一㐂托育园", "60"], ["002", "NA", ""], ["010", '大,"小"\n托', "1200"]]


def as_csv(rows=ROWS, end="\r\n"):
    """Rows as CSV text, every field quoted."""
    return end.join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows) + end


def write(folder, content, name="a.csv"):
    """A file with these bytes (or this text in UTF-8)."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_xlsx(folder, rows, sheet="表1", name="a.xlsx"):
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def codes(path, **options):
    """The codes of everything that is refused in a file, which must come as one InputError."""
    with pytest.raises(InputError) as caught:
        read_table(path, Findings(), **options)
    assert all(f.file == str(path) for f in caught.value.findings)
    return [(f.code, f.place) for f in caught.value.findings]


def column(*cells):
    """A column of a table as it was read."""
    return Given("a.csv", pd.DataFrame({"c": list(cells)}, index=range(2, len(cells) + 2), dtype=object))


def parsed(kind, *cells, **options):
    """A parsed column, and the codes and places of what was found."""
    findings = Findings()
    values = getattr(_parse, kind)(column(*cells), "c", findings, **options)
    return list(values), [(f.code, f.place) for f in findings]


@pytest.mark.parametrize(
    ("encode", "noted"),
    [("utf-8", []), ("utf-8-sig", []), ("gb18030", ["GP-F011"]), ("utf-16", ["GP-F011"])],
)
def test_every_encoding_gives_the_same_table(tmp_path, encode, noted):
    """UTF-8 with and without mark, GB18030 with a four-byte character and UTF-16 read alike; the choice is noted."""
    findings = Findings()
    table = read_table(write(tmp_path, as_csv().encode(encode)), findings)
    assert [table.texts(c) for c in table.names] == [
        ["001", "002", "010"],
        ["桥西第一㐂托育园", "NA", '大,"小"\n托'],
        ["60", None, "1200"],
    ]
    assert [f.code for f in findings] == noted


def test_a_workbook_gives_the_same_table_as_csv(tmp_path):
    """XLSX with text, numbers and blanks is the same table as the CSV."""
    book = read_table(
        write_xlsx(tmp_path, [ROWS[0], ["001", ROWS[1][1], 60], ["002", "NA", None], [*ROWS[3][:2], 1200.0]]),
        Findings(),
    )
    table = read_table(write(tmp_path, as_csv()), Findings())
    assert {c: book.texts(c) for c in book.names} == {c: table.texts(c) for c in table.names}
    assert list(book.frame.index) == list(table.frame.index) == [2, 3, 4]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    """Blank rows count, and a line break in a cell does not; blank rows between rows are noted, at the end not."""
    findings = Findings()
    table = read_table(write(tmp_path, 'id,n\n\n1,"a\nb"\n,\n2,c\n\n\n'), findings)
    assert list(table.frame.index) == [3, 5]
    assert [(f.code, f.count) for f in findings] == [("GP-T118", 2)]


@given(
    st.lists(
        st.tuples(
            *[
                st.text(
                    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf")), max_size=8
                )
            ]
            * 2
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(deadline=None, max_examples=50)
def test_whatever_is_written_is_read_back(tmp_path_factory, rows):
    """Any text in any cell comes back in normal form C, whether the file is UTF-8 or GB18030."""
    rows = [("x" + a, b) for a, b in rows]
    text = as_csv([("a", "b"), *rows])
    for encode in ("utf-8", "gb18030"):
        table = read_table(write(tmp_path_factory.mktemp("t"), text.encode(encode)), Findings(), encoding=encode)
        expected = [unicodedata.normalize("NFC", b) or None for _, b in rows]
        assert table.texts("b") == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("GP-F003", "")]),
        ("id,n\n", [("GP-T105", "")]),
        ("id,n\n1,2,3\n2,3\n3\n", [("GP-T101", "row 2"), ("GP-T101", "row 4")]),
        ("id,n,n\n1,2,3\n", [("GP-T102", "row 1")]),
        ("id,n,n\n1,2\n", [("GP-T101", "row 2"), ("GP-T102", "row 1")]),
        ("id,,n\n1,2,3\n", [("GP-T103", "column 2")]),
        (",\n1,2\n", [("GP-T103", "row 1")]),
        ("id,n\n1,a\x00b\n", [("GP-F014", "row 2")]),
        ('id,n\n1,"a\n', [("GP-T124", "line 2")]),
        ('id,n\n1,"a"b\n', [("GP-T124", "line 2")]),
        ("id,n\n1,桥西\n2,".encode() + "桥东区托育".encode("gbk"), [("GP-F013", "line 2 is UTF-8, line 3 is not")]),
        (b"id,n\n1,\xff\xff\n", [("GP-F012", "line 2")]),
    ],
)
def test_a_broken_table_is_refused_with_its_place(tmp_path, content, expected):
    """0 bytes, no rows, uneven rows, doubled or nameless columns, NUL, open quotes, two encodings, undecodable bytes."""
    assert codes(write(tmp_path, content)) == expected


def test_what_is_not_a_plain_local_file_is_refused(tmp_path):
    """Absent, a folder, a pipe (which must not hang), a URL, GDAL's virtual paths, an unknown ending, other content."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    assert codes(tmp_path / "none.csv") == [("GP-F001", "")]
    assert codes(tmp_path / "pipe.csv") == [("GP-F002", "")]
    assert codes(tmp_path / "folder.csv") == [("GP-F002", "")]
    assert codes("https://example.org/a.csv") == [("GP-F004", "")]
    assert codes("/vsicurl/a.csv") == [("GP-F004", "")]
    assert codes("a\0.csv") == [("GP-F001", "")]
    assert codes(write(tmp_path, "x", "a.doc")) == [("GP-F005", "")]
    assert codes(write(tmp_path, "id,n\n1,2\n", "a.xlsx")) == [("GP-F006", "")]
    assert codes(write(tmp_path, b"PK\x03\x04rubbish", "b.xlsx")) == [("GP-F007", "")]


def test_a_file_named_like_an_option_is_a_file(tmp_path, monkeypatch):
    """-rf.csv is a name like any other."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "id\n1\n", "-rf.csv")
    assert read_table("-rf.csv", Findings()).texts("id") == ["1"]


def test_a_named_encoding_is_taken_at_its_word(tmp_path):
    """A stated encoding is strict, and an unknown one is refused."""
    path = write(tmp_path, "id,n\n1,桥西\n".encode("gbk"))
    assert read_table(path, Findings(), encoding="CP936").texts("n") == ["桥西"]
    assert codes(path, encoding="utf-8") == [("GP-F012", "line 2")]
    assert codes(path, encoding="klingon") == [("GP-F017", "")]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_read_and_noted(tmp_path, mark):
    """Semicolons and tabs separate fields if the header says so."""
    findings = Findings()
    assert read_table(write(tmp_path, f"id{mark}n\n1{mark}2\n"), findings).texts("n") == ["2"]
    assert [f.code for f in findings] == ["GP-T123"]


def test_a_formula_without_a_value_is_named_by_cell(tmp_path):
    """A formula that was never calculated is not blank: it is an error that names sheet and cell."""
    path = write_xlsx(tmp_path, [["id", "n"], [1, "=A2*2"], [2, None], [3, "=A4*2"]])
    assert codes(path) == [("GP-T115", "sheet 表1, cell B2"), ("GP-T115", "sheet 表1, cell B4")]


def test_what_spreadsheets_do_to_values_is_named(tmp_path):
    """Numbers of more than 15 digits and error cells are refused, all at once."""
    path = write_xlsx(tmp_path, [["id", "n"], [130502000000000123, "#N/A"]])
    assert codes(path) == [("GP-T117", "sheet 表1, cell A2"), ("GP-T116", "sheet 表1, cell B2")]


def test_several_sheets_need_a_name(tmp_path):
    """With two filled sheets one must be named; blank sheets do not count, and which was read is noted."""
    book = openpyxl.Workbook()
    book.active.title = "说明"
    other = book.create_sheet("数据")
    other.append(["id"])
    other.append(["001"])
    book.save(tmp_path / "one.xlsx")
    findings = Findings()
    assert read_table(tmp_path / "one.xlsx", findings).texts("id") == ["001"]
    assert [f.code for f in findings] == ["GP-T125"]
    book["说明"].append(["read me"])
    book.save(tmp_path / "two.xlsx")
    assert codes(tmp_path / "two.xlsx") == [("GP-F015", "")]
    assert codes(tmp_path / "two.xlsx", sheet="数剧") == [("GP-F016", "")]
    assert read_table(tmp_path / "two.xlsx", Findings(), sheet="数据").texts("id") == ["001"]


def test_numbers_are_read_and_never_coerced():
    """Half- and full-width digits are numbers; words, units, infinities and dashes are errors; blank is missing."""
    values, found = parsed("numbers", "90", "１２０", " 3.5　", None, "", "1e3")
    assert values[:3] == [90, 120, 3.5]
    assert pd.isna(values[3])
    assert pd.isna(values[4])
    assert values[5] == 1000
    assert found == []
    bad = ["九十", "60人", "inf", "nan", "—", "1_000", "0x1f", "①", "890,0", "1e308", "-5", "1e15"]
    _, found = parsed("numbers", *bad)
    wanted = ["GP-T106"] * 9 + ["GP-T108", "GP-T109", "GP-T108"]
    assert found == [(code, f"row {i + 2}, column c") for i, code in enumerate(wanted)]


def test_thousands_separators_need_the_whole_column():
    """1,200 is a number if all of 1,000 and more are written so (with a note); else each such cell is an error."""
    values, found = parsed("numbers", "1,200", "90", "12,345,678.5")
    assert values == [1200, 90, 12345678.5]
    assert found == [("GP-T119", "column c")]
    _, found = parsed("numbers", "1,200", "1300")
    assert found == [("GP-T107", "row 2, column c")]


@given(st.lists(st.floats(0, 1e14) | st.none(), min_size=1, max_size=10))
@settings(deadline=None, max_examples=100)
def test_every_finite_number_survives_as_text(values):
    """A number written by Python is the same number when read."""
    read, found = parsed("numbers", *[None if v is None else repr(v) for v in values])
    assert found == []
    assert all(pd.isna(r) if v is None else r == v for r, v in zip(read, values, strict=True))


def test_flags_years_and_choices():
    """是/否, 有/无, yes/no, true/false and 1/0 are flags; four digits are a year; anything else is named."""
    values, found = parsed("flags", "是", "no", "TRUE", "１", "0", None, "有", "无", "好", "2")
    assert values[:5] == [True, False, True, True, False]
    assert values[5] is pd.NA
    assert values[6:8] == [True, False]
    assert found == [("GP-T110", "row 10, column c"), ("GP-T110", "row 11, column c")]
    values, found = parsed("years", "2019", 2020.0, None, "２０２１", "19", "2019年", "3000")
    assert values[:2] == [2019, 2020]
    assert values[3] == 2021
    assert values[2] is pd.NA
    assert found == [("GP-T111", f"row {n}, column c") for n in (6, 7, 8)]
    known = {"全日": "full_day", "hourly": "hourly"}
    values, found = parsed("choices", "全日、hourly", "Hourly", None, "night", known=known, several=True)
    assert values[:3] == ["full_day,hourly", "hourly", None]
    assert found == [("GP-T122", "row 5, column c")]


def test_ids_are_text_stripped_and_unique():
    """001 stays 001, wide spaces go, forms are composed; blank, doubled and shortened ids are named with both rows."""
    values, found = parsed("ids", "001", "　A-1 ", 7.0, "cafe\u0301")
    assert (values, found) == (["001", "A-1", "7", "café"], [])
    findings = Findings()
    _parse.ids(column("1", None, "1", "1.3E+11", "a\x07b"), "c", findings)
    assert [f.code for f in findings] == ["GP-T112", "GP-T113", "GP-T114", "GP-T126"]
    assert findings.items[1].sentence().startswith("GP-T113 a.csv: row 4, column c: the same id as row 2: '1'")


def test_a_column_that_nobody_asked_for_is_kept_as_given():
    """Numbers become numbers, codes with leading zeros and mixed columns stay text."""
    assert list(_parse.guess(column("1", "2.5"), "c")) == [1, 2.5]
    assert list(_parse.guess(column("001", "002"), "c")) == ["001", "002"]
    assert list(_parse.guess(column("1", "x"), "c")) == ["1", "x"]
    assert list(_parse.guess(column("1e300", "2"), "c")) == ["1e300", "2"]


def test_a_workbook_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """The unpacked size is checked from the headers."""
    path = write_xlsx(tmp_path, [["id"], ["1"]])
    monkeypatch.setattr("geoplan.sources.budgets.UNPACKED_BYTES", 100)
    assert codes(path) == [("GP-F008", "")]


def test_every_message_can_be_filled_in_both_languages():
    """Each message has a problem and an advice in English and Chinese, with the same fields."""
    import string

    from geoplan.sources._messages import messages

    def fields(text):
        return {f.removesuffix("_zh") for _, f, _, _ in string.Formatter().parse(text) if f}

    assert messages()
    for en, zh, advice, advice_zh in messages().values():
        assert en
        assert zh
        assert advice
        assert advice_zh
        assert fields(en) == fields(zh)
        assert fields(advice) == fields(advice_zh)
        assert any("\u4e00" <= c <= "\u9fff" for c in zh)


def test_random_bytes_only_ever_give_an_input_error(tmp_path):
    """Whatever bytes a table has, it is read or refused; nothing else leaves the reader."""

    @given(st.binary(min_size=1, max_size=60), st.sampled_from(["a.csv", "a.xlsx"]))
    @settings(deadline=None, max_examples=200)
    def try_one(data, name):
        head = b"PK\x03\x04" if name == "a.xlsx" else b""
        with suppress(InputError):
            assert len(read_table(write(tmp_path, head + data, name), Findings()).frame) > 0

    try_one()
