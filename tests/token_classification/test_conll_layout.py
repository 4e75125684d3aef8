"""Columns and lines of CoNLL files that are no words: what is found out, and what is refused."""

import pytest

from bert_keras.token_classification.conll_layout import Row, find_layout, without_comments


def rows(text):
    """The lines of a text as rows; a sentence begins after each blank line."""
    made, sentence, opens = [], 0, True
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            sentence, opens = sentence + 1, True
            continue
        opens = opens and line.startswith("#")
        made.append(Row(number, line.split(" "), sentence, opens))
    return made


def layout(text, **options):
    found = find_layout("x.conll", rows(text), **options)
    return found.word, found.tag, found.index


def test_the_first_column_is_the_words_and_the_last_the_tags():
    assert layout("Ann B-PER\nsings O") == (0, 1, None)
    assert layout("Ann NNP B-NP B-PER\nsings VBZ B-VP O") == (0, 3, None)


@pytest.mark.parametrize(
    "text",
    [
        "1 Ann B-PER\n2 sings O\n\n1 Oslo B-LOC",
        "0 Ann B-PER\n1 sings O\n\n0 Oslo B-LOC",
        "1 Ann B-PER\n2 sings O\n\n3 Oslo B-LOC",  # through the whole file
        "1 1 B-PER\n2 x O",
    ],
)
def test_a_column_that_counts_words_is_not_the_words(text):
    assert layout(text) == (1, 2, 0)
    with pytest.raises(ValueError, match=r"`word_column` must hold words, and this one counts them"):
        layout(text, word_column=0)


@pytest.mark.parametrize("text", ["1990 O\n1991 O\n1992 O", "1 B-X\n1 O\n1 O", "1 x O\n3 y O", "1 O\n2 O"])
def test_numbers_that_count_nothing_are_words(text):
    assert layout(text)[0] == 0


def test_the_tag_may_stand_before_the_word():
    assert layout("B-PER Ann\nO sings") == (1, 0, None)
    assert layout("B-PER Ann\nO sings", word_column=0) == (0, 1, None)
    assert layout("B-PER B-x\nO O") == (0, 1, None)  # either may be the word
    assert layout("Ann O\nsings O") == (0, 1, None)


def test_columns_are_named_or_counted():
    text = "Ann x B-PER\nsings y O"
    assert layout(text, word_column="w", tag_column="t", columns=["w", "t", "z"]) == (0, 1, None)
    assert layout(text, word_column=1, tag_column=-1) == (1, 2, None)
    for options, words in (
        ({"word_column": 2}, r"`tag_column` must be another column than that of the words, 2"),
        ({"word_column": 3}, r"`word_column` must be between -3 and 2, as x.conll has 3 columns"),
        ({"word_column": "form"}, r"`word_column` must be a number for x.conll, whose 3 columns have no names"),
        ({"tag_column": 0}, r"another column than that of the words"),
    ):
        with pytest.raises(ValueError, match=words):
            layout(text, **options)


def test_comments_stand_before_a_sentence_and_have_no_tag():
    def kept(text):
        found, count = without_comments(rows(text), -1)
        return [row.line for row in found], count

    assert kept("# id 1\nAnn O\n\n# id 2\n# more\nOslo O") == ([2, 6], 3)
    assert kept("# O\nAnn O") == ([1, 2], 0)  # a word
    assert kept("#x B-PER\nAnn O") == ([1, 2], 0)
    assert kept("Ann O\n# id 3") == ([1, 2], 0)  # inside a sentence: a line at fault
    assert kept("# x\n# y") == ([1, 2], 0)
