"""Equal tokenizers take each other's tables and graphs, and nothing else does."""

import gc
import weakref

import pytest
import tensorflow as tf

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.vocabulary import Vocabulary

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "dog", "##s", "D", "##o", "##g"]


@pytest.fixture
def vocab_file(tmp_path, request):
    """Of each test its own, as a tokenizer of another one may live."""
    path = tmp_path / "vocab.txt"
    path.write_text("".join(piece + "\n" for piece in [*PIECES, request.node.name]))
    return path


@pytest.fixture
def traced(monkeypatch):
    """The texts' graphs that are traced, one after another."""
    made, ids = [], Tokenizer._ids
    monkeypatch.setattr(Tokenizer, "_ids", lambda self, strings: (made.append(self), ids(self, strings))[1])
    return made


def test_a_second_one_traces_nothing(vocab_file, tmp_path, traced):
    copy = tmp_path / "copy.txt"
    copy.write_bytes(vocab_file.read_bytes())
    tokenizers = [Tokenizer(vocab_file), Tokenizer(copy), Tokenizer(str(vocab_file))]
    assert [tokenizer(["The dogs"]).to_list() for tokenizer in tokenizers] == [[[4, 5, 6]]] * 3
    assert traced == tokenizers[:1]
    assert [tokenizer.vocab_file for tokenizer in tokenizers] == [vocab_file, copy, str(vocab_file)]
    places = [tokenizer.tokenize_with_offsets(["The dogs"]).starts.to_list() for tokenizer in tokenizers]
    assert places == [[[0, 4, 7]]] * 3


def test_others_have_their_own(vocab_file, tmp_path, traced):
    other = tmp_path / "other.txt"
    other.write_text("".join(piece + "\n" for piece in [*PIECES[:4], *reversed(PIECES[4:])]))

    class Whispering(Tokenizer):
        def _ids(self, strings):
            return super()._ids(tf.strings.lower(strings))

    settings = {"normalization": "huggingface", "lower_case": False}
    tokenizers = [
        Tokenizer(vocab_file),
        Tokenizer(vocab_file, lower_case=False),
        Tokenizer(vocab_file, **settings),
        Tokenizer(vocab_file, longest_word=2, **settings),
        Tokenizer(other),
        Whispering(vocab_file, lower_case=False),
    ]
    found = [tokenizer(["the Dog"]).to_list()[0] for tokenizer in tokenizers]
    assert found == [[4, 5], [4, 7, 8, 9], [4, 7, 8, 9], [1, 1], [9, 8], [4, 5]]
    assert traced == tokenizers
    again = Whispering(vocab_file, lower_case=False)
    assert again(["the Dog"]).to_list() == [[4, 5]] and traced[-1] is again


def test_they_outlive_the_first_and_end_with_the_last(vocab_file):
    first = Tokenizer(vocab_file)
    first(["the dog"])
    second, life = Tokenizer(vocab_file), weakref.ref(first)
    del first
    gc.collect()
    assert second(["dogs"]).to_list() == [[5, 6]] and Tokenizer(vocab_file)(["the"]).to_list() == [[4]]
    table = weakref.ref(second._wordpiece)
    del second
    gc.collect()
    assert life() is None and table() is None


def test_each_is_saved_with_its_vocabulary(vocab_file, tmp_path):
    tokenizers = [Tokenizer(vocab_file), Tokenizer(vocab_file)]
    for number, tokenizer in enumerate(tokenizers):
        tf.saved_model.save(tokenizer, tmp_path / str(number))
        tokenizer.write(tmp_path / str(number))
        assert tf.saved_model.load(tmp_path / str(number))(["the dogs"]).to_list() == [[4, 5, 6]]
        kept = tmp_path / str(number) / "vocab.txt"
        assert Vocabulary.read(kept).pieces[:-1] == tuple(PIECES)
