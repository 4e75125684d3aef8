"""`DelimitedFile` beyond what the table of forms has: long files, whose first lines do not say all."""

import pytest

from bert_keras.data.tables.delimited_file import DelimitedFile


def written(tmp_path, lines, name="a.csv"):
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return path


def rows_of(table):
    return [row for chunk in table.rows(table.columns) for row in zip(*chunk.columns.values(), strict=True)]


ROWS = [f"text {n},{n % 2}" for n in range(1000)]


def test_escaped_quotes_far_down(tmp_path):
    table = DelimitedFile(written(tmp_path, ["text,label", *ROWS, '"He said \\"no, never\\"",1']))
    assert rows_of(table)[-1] == ('He said "no, never"', "1") and len(rows_of(table)) == 1001
    assert table.notes == ('a.csv: \\" in its fields is a quote',)


def test_backslashes_far_down_that_escape_nothing(tmp_path):
    table = DelimitedFile(written(tmp_path, ["text,label", *ROWS, '"It lies in C:\\",1', '"so ""it"" is",0']))
    assert rows_of(table)[-2:] == [("It lies in C:\\", "1"), ('so "it" is', "0")] and table.notes == ()


def test_a_field_over_more_lines_than_are_looked_at(tmp_path):
    long = "\n".join(["a line, of many"] * 900)
    table = DelimitedFile(written(tmp_path, ["text;label", f'"{long}";1', "b;0"]))
    assert rows_of(table) == [(long, "1"), ("b", "0")] and table.separator == ";"


def test_a_damaged_row_does_not_change_the_separator(tmp_path):
    table = DelimitedFile(written(tmp_path, ["text;label;more", *["a, b;1;2"] * 9, "a, b;1", "c;0;1"]))
    assert table.separator == ";"
    with pytest.raises(
        ValueError, match=r"a.csv, line 11: each row must have 3 columns, text, label, more. Received: 2"
    ):
        rows_of(table)


def test_a_row_that_is_longer_far_down(tmp_path):
    table = DelimitedFile(written(tmp_path, ["text,label", *ROWS, "No, never.,1"]))
    with pytest.raises(ValueError, match=r"a.csv, line 1002: each row must have 2 columns"):
        rows_of(table)
    table = DelimitedFile(written(tmp_path, ["text,label", *[f"{row}," for row in ROWS], "No, never.,1"]))
    with pytest.raises(ValueError, match=r"a.csv, line 1002: each row must have 2 columns"):
        rows_of(table)


def test_what_is_left_out_is_counted_once_however_often_it_is_read(tmp_path):
    table = DelimitedFile(written(tmp_path, ["text,label", "a,1", ",", "text,label", "b,0", " , "]))
    assert rows_of(table) == rows_of(table) == [("a", "1"), ("b", "0")]
    assert table.notes == (
        "a.csv: 2 rows have no value in any column and are left out: line 3, 6",
        "a.csv: 1 rows are the header once more and are left out: line 4",
    )


def test_a_tab_as_a_shell_passes_it_on(tmp_path):
    table = DelimitedFile(written(tmp_path, ["text,a\tlabel,b", "a,c\tb,d"]), separator="\\t")
    assert table.columns == ("text,a", "label,b") and rows_of(table) == [("a,c", "b,d")]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"separator": ""}, ValueError, "`separator` must be one character"),
        ({"separator": '"'}, ValueError, "`separator` must be one character, and no quote"),
        ({"separator": 1}, ValueError, "`separator` must be one character"),
        ({"quotes": "yes"}, TypeError, "`quotes` must be True or False"),
        ({"columns": "text,label"}, ValueError, "`columns` must be a list of different names"),
        ({"columns": ["a", "a"]}, ValueError, "`columns` must be a list of different names"),
        ({"columns": []}, ValueError, "`columns` must be a list of different names"),
        ({"encoding": 7}, ValueError, "`encoding` must be one that Python knows"),
        ({"encoding": "a\0b"}, ValueError, "`encoding` must be one that Python knows"),
    ],
)
def test_options_that_say_nothing(tmp_path, options, error, match):
    with pytest.raises(error, match=match):
        DelimitedFile(written(tmp_path, ["text,label", "a,1"]), **options)
