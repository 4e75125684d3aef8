"""`QuestionPreprocessor`: windows over contexts of any length."""

import encoders
import numpy as np
import pytest

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.windows import QuestionPreprocessor

WORDS = "the film was good and the room was not bad but she liked this book more than that old house by the red tree"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(encoders.write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture(scope="module")
def preprocessor(tokenizer):
    return QuestionPreprocessor(tokenizer, seq_length=12, doc_stride=3, max_query_length=4)


def oracle(question, context, seq_length, stride, longest):
    """Windows as BERT's SQuAD script makes them: (first token, tokens) of each."""
    room = seq_length - 3 - min(question, longest)
    windows, start = [], 0
    while True:
        length = min(room, context - start)
        windows.append((start, length))
        if start + length >= context:
            return windows
        start += stride


@pytest.mark.parametrize("words", [0, 1, 5, 6, 7, 8, 13, 24, 70])
def test_windows_are_those_of_the_published_recipe(tokenizer, preprocessor, words):
    text = " ".join((WORDS.split() * 3)[:words])
    made = preprocessor(["who was it"], [text])
    tokens = tokenizer([text]).row_lengths().numpy()[0]
    asked = tokenizer(["who was it"]).row_lengths().numpy()[0]
    expected = oracle(asked, tokens, 12, 3, 4)
    assert list(zip(made.firsts.numpy(), made.counts.numpy(), strict=True)) == expected
    assert made.places.numpy().tolist() == [asked + 2] * len(expected)
    assert made.word_ids.row_lengths().numpy().max() <= 12


@pytest.mark.parametrize(("asked", "step"), [("who", 5), ("who was it", 3), ("who was it and what", 2)])
def test_windows_that_share_so_many_tokens(tokenizer, asked, step):
    """The shorter the question, the further apart two windows begin; of the longest, four tokens are kept."""
    made = QuestionPreprocessor(tokenizer, seq_length=12, max_query_length=4, overlap=3)([asked], [WORDS])
    tokens = tokenizer([WORDS]).row_lengths().numpy()[0]
    expected = oracle(len(asked.split()), tokens, 12, step, 4)
    assert list(zip(made.firsts.numpy(), made.counts.numpy(), strict=True)) == expected
    ends = made.firsts.numpy() + made.counts.numpy()
    assert (ends[:-1] - made.firsts.numpy()[1:] == 3).all() and len(ends) > 4


@pytest.mark.parametrize("overlap", [-1, 5])
def test_an_overlap_that_cannot_be(tokenizer, overlap):
    with pytest.raises(ValueError, match="`overlap` must be between 0 and 4"):
        QuestionPreprocessor(tokenizer, seq_length=12, max_query_length=4, overlap=overlap)


def test_rows_hold_question_and_context(tokenizer, preprocessor):
    made = preprocessor(["who was it", "what"], [WORDS, "a book"])
    ids = tokenizer([WORDS, "a book"]).to_list()
    asked = tokenizer(["who was it", "what"]).to_list()
    cls_id, sep_id = tokenizer.cls_id, tokenizer.sep_id
    for window, row in enumerate(made.rows.numpy()):
        first, count = made.firsts.numpy()[window], made.counts.numpy()[window]
        part = ids[row][first : first + count]
        assert made.word_ids[window].numpy().tolist() == [cls_id, *asked[row], sep_id, *part, sep_id]
        assert made.type_ids[window].numpy().tolist() == [0] * (len(asked[row]) + 2) + [1] * (len(part) + 1)
    assert np.unique(made.rows.numpy()).tolist() == [0, 1]
    columns = (made.firsts.numpy().tolist(), made.counts.numpy().tolist(), made.rows.numpy().tolist())
    covered = {f + i for f, c, r in zip(*columns, strict=True) if r == 0 for i in range(c)}
    assert covered == set(range(len(ids[0])))


def test_offsets_are_characters_of_each_questions_own_context(tokenizer, preprocessor):
    contexts = ["The Ünïted red", "a book", "The Ünïted red"]
    made = preprocessor(["who"] * 3, contexts)
    tokens = tokenizer.tokenize_with_offsets(contexts)
    assert made.starts.to_list() == tokens.starts.to_list()
    assert made.limits.to_list() == tokens.limits.to_list()
    assert contexts[2][made.starts[2][-1].numpy() : made.limits[2][-1].numpy()] == "red"


def test_long_questions_are_cut_and_counted(tokenizer, preprocessor):
    made = preprocessor([WORDS, "who"], ["a", "a"])
    assert made.question_lengths.numpy().tolist() == [tokenizer([WORDS]).row_lengths().numpy()[0], 1]
    assert made.places.numpy().tolist() == [6, 3]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"seq_length": 12, "max_query_length": 4, "doc_stride": 5}, r"`doc_stride` must be below 5, the room"),
        ({"seq_length": 12, "max_query_length": 8}, r"`max_query_length` must leave room for context: at most .* 7"),
        ({"doc_stride": 0}, r"`doc_stride` must be at least 1"),
    ],
)
def test_settings_that_cannot_be(tokenizer, options, match):
    with pytest.raises(ValueError, match=match):
        QuestionPreprocessor(tokenizer, **options)
