"""Strings that are made to break a tokenizer: ids, offsets and scores hold what they promise for each.

A sample; `make faults` has as many as BERT_KERAS_STRINGS says, ten million if it says nothing. The seeds are fixed.
"""

import itertools
import os

import numpy as np
import pytest
from hostile_strings import hostile_strings

from bert_keras.metrics.squad import exact_match, f1, normalize_answer
from bert_keras.text.tokenizer import Tokenizer

ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
COUNT = int(os.environ.get("BERT_KERAS_STRINGS", 10_000_000 if ALL else 20_000))
BATCH, SEED = 10_000, 1608  # strings that are tokenized together; the seed of the first batch, the next has the next
WORDS = "a e i s x q ab the 1 2 . ( ) [ ] é 中 カ σ ς क ᄒ ᅡ".split()
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *("##" + word for word in WORDS), "\ufffd", "##\ufffd"]


@pytest.fixture(scope="module", params=[True, False], ids=["uncased", "cased"])
def tokenizer(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    path.write_text("".join(piece + "\n" for piece in PIECES), encoding="utf-8", newline="\n")
    return Tokenizer(path, lower_case=request.param)


def batches():
    for number in range(-(-COUNT // BATCH)):
        yield list(hostile_strings(min(BATCH, COUNT - number * BATCH), SEED + number))


def test_ids_and_offsets(tokenizer):
    pieces = 0
    for strings in batches():
        ids, starts, limits = tokenizer.tokenize_with_offsets(strings)
        assert np.array_equal(tokenizer(strings).flat_values, ids.flat_values)
        values, splits = ids.flat_values.numpy(), ids.row_splits.numpy()
        begin, end = starts.flat_values.numpy(), limits.flat_values.numpy()
        assert len(splits) == len(strings) + 1 and ((values > 0) & (values < len(PIECES))).all()
        lengths = np.repeat([len(string.decode("utf-8", "replace")) for string in strings], np.diff(splits))
        is_text = np.repeat([_is_utf8(string) for string in strings], np.diff(splits))
        assert ((begin >= 0) & (begin <= end)).all()
        assert ((begin < end) & (end <= lengths))[is_text].all()
        same = np.repeat(np.arange(len(strings)), np.diff(splits))
        assert (np.diff(begin)[np.diff(same) == 0] >= 0).all()  # in order within a text
        pieces += len(values)
    assert pieces > COUNT


def test_scores():
    for strings in batches():
        texts = [string.decode("utf-8", "surrogateescape") for string in strings]
        for text, other in itertools.pairwise(texts):
            plain = normalize_answer(text)
            assert normalize_answer(plain) == plain or "\u0130" in text  # whose lower case has a dot that stays
            assert exact_match(text, text) and f1(text, text) == 1.0
            assert 0.0 <= f1(text, other) <= 1.0 and f1(text, other) == pytest.approx(f1(other, text))


def _is_utf8(string):
    try:
        string.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
