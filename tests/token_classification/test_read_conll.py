"""CoNLL files, well formed and not; each fault is named with its line."""

import pytest

from bert_keras.token_classification.read_conll import read_conll

PLAIN = "Ann B-PER\nsings O\n\nOslo B-LOC\n"


def file(tmp_path, content, name="train.conll"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_sentences_lines_and_tags_are_read(tmp_path):
    found = read_conll(file(tmp_path, PLAIN))
    assert found.words == [["Ann", "sings"], ["Oslo"]]
    assert found.tags == [["B-PER", "O"], ["B-LOC"]]
    assert (found.lines, found.source) == ([1, 4], "train.conll")
    assert found.place(0, 1) == "line 2 of train.conll"


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + PLAIN,
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace(" ", "\t"),
        PLAIN.replace(" ", "   ").replace("\n\n", "\n \t\n\n\n"),
        "-DOCSTART- -X- O O\n\n" + PLAIN,
        PLAIN.replace("\n\n", "\n-DOCSTART- O\n"),
        PLAIN.rstrip("\n"),
    ],
    ids=["bom", "utf-16 by its mark", "crlf", "tabs", "spaces", "document", "document between", "no last line end"],
)
def test_the_same_sentences_in_other_layouts(tmp_path, content):
    found = read_conll(file(tmp_path, content))
    assert (found.words, found.tags) == ([["Ann", "sings"], ["Oslo"]], [["B-PER", "O"], ["B-LOC"]])


def test_only_tabs_part_columns_where_a_line_has_one_and_no_other_space_does(tmp_path):
    found = read_conll(file(tmp_path, "New York\tB-LOC\n10\u00a0000\tO\n1\u00a0a O\n\u2028x O\n"))
    assert found.words == [["New York", "10\u00a0000", "1\u00a0a", "\u2028x"]]


def test_a_column_is_taken_by_number_or_by_name(tmp_path):
    path = file(tmp_path, "Ann NNP B-NP B-PER\nsings VBZ B-VP O\n")
    assert read_conll(path).tags == read_conll(path, "ner").tags == read_conll(path, 3).tags == [["B-PER", "O"]]
    assert read_conll(path, "pos").tags == read_conll(path, 1).tags == read_conll(path, -3).tags == [["NNP", "VBZ"]]
    three = file(tmp_path, "Ann x B-PER\n")
    assert read_conll(three, "kind", ["word", "kind", "tag"]).tags == [["x"]]


@pytest.mark.parametrize(
    "content, options, words",
    [
        ("", {}, r"`file` must hold at least one word.*train.conll"),
        ("\n\n-DOCSTART- O\n", {}, r"hold at least one word"),
        ("Ann B-PER\n\nsings\n", {}, r"as many columns on each line as line 1 has, 2\..*Line 3 has 1: 'sings'"),
        ("Ann B-PER\nin Oslo O\n", {}, r"Line 2 has 3"),
        ("Ann\nsings\n", {}, r"two columns or more.*has one: 'Ann'"),
        ("Ann\t\nsings\tO\n", {}, r"a word and a tag on each line.*Line 1 has an empty one"),
        (
            "Ann B-PER\nna\u00efve O\n".encode("latin-1"),
            {},
            r"train\.conll, line 2, byte 3: this must be utf-8\. Received: b'na\\xefve O.*Save the file as UTF-8",
        ),
        (b"\xfe" + PLAIN.encode(), {}, r"train\.conll, line 1, byte 1: this must be utf-8\. Received: b'\\xfeAnn"),
        (PLAIN, {"tag_column": 2}, r"`tag_column` must be between -2 and 1, as train.conll has 2 columns"),
        (PLAIN, {"tag_column": 0}, r"another column than that of the words"),
        (PLAIN, {"tag_column": "ner"}, r"be a number for train.conll, whose 2 columns have no names"),
        ("a b c d\n", {"tag_column": "nerr"}, r"one of 'pos', 'chunks', 'ner'.*Did you mean 'ner'"),
        (PLAIN, {"tag_column": "b", "columns": ["a", "b", "c"]}, r"name the 2 columns of train.conll"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, content, options, words):
    with pytest.raises(ValueError, match=words):
        read_conll(file(tmp_path, content), **options)


def test_a_file_that_is_not_there_is_named_with_the_nearest(tmp_path):
    file(tmp_path, PLAIN)
    with pytest.raises(FileNotFoundError, match=r"be a file that is there.*Did you mean 'train.conll'"):
        read_conll(tmp_path / "trian.conll")
    with pytest.raises(FileNotFoundError, match=r"be a file that is there.*It is a folder"):
        read_conll(tmp_path)
