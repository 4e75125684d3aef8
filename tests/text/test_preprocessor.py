"""Strings to features: against Model Garden, in pipelines and graphs, and in a SavedModel that has left home."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz", "un", "##ited", "fish", "##s"]
PIECES += ["the", ".", ",", "?", "##er", "中", "é", "İ"]
TEXTS = ["The fish, united.", "", "a b c d e f g h i j k", "Ünited ﬁsh?", "中中 x", "  "]
PAIRS = ["a", "b c d e f g h i j k l m", "", "q r s t u v w x y z", "the fish er", ""]


@pytest.fixture(scope="module")
def vocab_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    path.write_text("".join(piece + "\n" for piece in PIECES), encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def lists(features):
    return {name: np.asarray(tensor).tolist() for name, tensor in features.items()}


@pytest.mark.parametrize("seq_length", [5, 8, 13, 128])
def test_equals_model_garden(tokenizer, vocab_file, seq_length):
    layers = pytest.importorskip("official.nlp.modeling.layers", reason="Model Garden (the extra `test`) is not here")
    tokenize = layers.BertTokenizer(vocab_file=str(vocab_file), lower_case=True)
    pack = layers.BertPackInputs(seq_length, special_tokens_dict=tokenize.get_special_tokens_dict())
    preprocessor = Preprocessor(tokenizer, seq_length)
    single = pack(tokenize(tf.constant(TEXTS)))
    assert lists(preprocessor(TEXTS)) == lists(single)
    pair = pack([tokenize(tf.constant(TEXTS)), tokenize(tf.constant(PAIRS))])
    assert lists(preprocessor(TEXTS, PAIRS)) == lists(pair) == lists(preprocessor((TEXTS, PAIRS)))
    assert all(tensor.dtype == tf.int32 for tensor in preprocessor(TEXTS).values())


def test_by_hand(tokenizer):
    fish, united, the, stop = (PIECES.index(piece) for piece in ("fish", "##ited", "the", "."))
    features = Preprocessor(tokenizer, 8)(["The ﬁsh.", "united", ""])
    assert lists(features) == {
        "input_word_ids": [
            [2, the, fish, stop, 3, 0, 0, 0],
            [2, PIECES.index("un"), united, 3, 0, 0, 0, 0],
            [2, 3, 0, 0, 0, 0, 0, 0],
        ],
        "input_mask": [[1] * 5 + [0] * 3, [1] * 4 + [0] * 4, [1] * 2 + [0] * 6],
        "input_type_ids": [[0] * 8] * 3,
    }
    words, types = Preprocessor(tokenizer, 8).ragged(["fish", ""], ["the", ""])
    assert words.to_list() == [[2, fish, 3, the, 3], [2, 3, 3]]
    assert types.to_list() == [[0, 0, 0, 1, 1], [0, 0, 1]]


def test_longest_pads_to_the_batch(tokenizer):
    preprocessor = Preprocessor(tokenizer, 128, padding="longest")
    assert preprocessor(["a b", ""])["input_mask"].numpy().tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]
    assert preprocessor([""])["input_word_ids"].numpy().tolist() == [[2, 3]]
    assert preprocessor(["a " * 500])["input_word_ids"].shape == (1, 128)


def test_truncation_reaches_the_packing(tokenizer):
    texts, pairs = ["a a a a a"], ["b b b b b"]
    a, b = PIECES.index("a"), PIECES.index("b")
    robin = Preprocessor(tokenizer, 8, truncation="round_robin").ragged(texts, pairs)[0].to_list()
    longest = Preprocessor(tokenizer, 8, truncation="longest_first").ragged(texts, pairs)[0].to_list()
    assert robin == [[2, a, a, a, 3, b, b, 3]]
    assert longest == [[2, a, a, 3, b, b, b, 3]]


def test_pads_with_the_vocabularys_own_pad(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[SEP]\n[CLS]\n[UNK]\na\n[PAD]\n")
    features = Preprocessor(Tokenizer(path), 5)(["a"])
    assert features["input_word_ids"].numpy().tolist() == [[1, 3, 0, 4, 4]]
    assert features["input_mask"].numpy().tolist() == [[1, 1, 1, 0, 0]]


def test_keeps_its_arguments(tokenizer):
    preprocessor = Preprocessor(tokenizer, 16, truncation="longest_first", padding="longest")
    config = {"tokenizer": tokenizer, "seq_length": 16, "truncation": "longest_first", "padding": "longest"}
    assert preprocessor.get_config() == {**config, "long_text": "truncate", "max_windows": 8}
    assert Preprocessor(**preprocessor.get_config())(["a"])["input_word_ids"].shape == (1, 3)


def test_in_pipelines_and_graphs(tokenizer):
    preprocessor = Preprocessor(tokenizer, 12)
    expected = lists(preprocessor(TEXTS, PAIRS))
    dataset = tf.data.Dataset.from_tensor_slices((TEXTS, PAIRS)).batch(4)
    batches = list(dataset.map(preprocessor))
    assert {name: [row for batch in batches for row in batch[name].numpy().tolist()] for name in expected} == expected
    assert dataset.map(preprocessor).element_spec["input_mask"].shape.as_list() == [None, 12]
    traced = tf.function(lambda texts: preprocessor(texts))
    assert lists(traced(tf.constant(TEXTS))) == lists(preprocessor(TEXTS))
    ragged = dataset.map(lambda texts, pairs: preprocessor.ragged(texts, pairs)[0])
    assert [row for batch in ragged for row in batch.to_list()] == preprocessor.ragged(TEXTS, PAIRS)[0].to_list()


def test_new_batch_sizes_are_not_traced_again(tokenizer):
    preprocessor = Preprocessor(tokenizer, 12)
    for size in range(1, 6):
        preprocessor(TEXTS[:size])
        preprocessor(TEXTS[:size], PAIRS[:size])
    assert preprocessor._features_function.experimental_get_tracing_count() == 2


LOADER = """
import json, sys
import tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
texts, pairs = (tf.constant(json.loads(argument)) for argument in sys.argv[2:4])
lists = lambda features: {name: tensor.numpy().tolist() for name, tensor in features.items()}
print("RESULT" + json.dumps([
    lists(loaded(texts)),
    lists(loaded(texts, pairs)),
    loaded.ragged(texts)[0].to_list(),
    loaded.tokenizer(texts).to_list(),
    [column.to_list() for column in loaded.tokenizer.tokenize_with_offsets(texts)],
    [name for name in sys.modules if name.split(".")[0] in ("bert_keras", "keras_hub")],
]))
"""


def test_saved_model_needs_neither_the_library_nor_the_vocabulary_file(tmp_path):
    path = tmp_path / "home" / "vocab.txt"
    path.parent.mkdir()
    path.write_text("".join(piece + "\n" for piece in PIECES), encoding="utf-8", newline="\n")
    preprocessor = Preprocessor(Tokenizer(path), 12)
    tf.saved_model.save(preprocessor, str(tmp_path / "once"))
    shutil.rmtree(path.parent)
    tf.saved_model.save(tf.saved_model.load(str(tmp_path / "once")), str(tmp_path / "saved_again"))
    shutil.rmtree(tmp_path / "once")
    moved = tmp_path / "elsewhere" / "model"
    moved.parent.mkdir()
    (tmp_path / "saved_again").rename(moved)
    command = [sys.executable, "-c", LOADER, str(moved), json.dumps(TEXTS), json.dumps(PAIRS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.split("RESULT")[1]) == [
        lists(preprocessor(TEXTS)),
        lists(preprocessor(TEXTS, PAIRS)),
        preprocessor.ragged(TEXTS)[0].to_list(),
        preprocessor.tokenizer(TEXTS).to_list(),
        [column.to_list() for column in preprocessor.tokenizer.tokenize_with_offsets(TEXTS)],
        [],
    ]


def test_as_part_of_another_saved_model(tokenizer, tmp_path):
    module = tf.Module()
    module.tokenizer = tokenizer
    module.count = tf.function(
        lambda texts: tokenizer(texts).row_lengths(), input_signature=[tf.TensorSpec([None], tf.string)]
    )
    tf.saved_model.save(module, str(tmp_path / "model"))
    assert list((tmp_path / "model" / "assets").iterdir()) == []  # the vocabulary stands in the graph
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    assert loaded.count(tf.constant(["the fish.", ""])).numpy().tolist() == [3, 0]


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (("one text",), TypeError, r"`texts` must be a batch of strings. .* Pass a list: \['one text'\]"),
        ((["a"], "b"), TypeError, r"`text_pairs` must be a batch of strings. .* Pass a list: \['b'\]"),
        ((("a", "b"),), TypeError, r"`texts` must be a list of strings, or a tuple of two lists. .* A tuple is a pair"),
        ((("a", "b"), ["c", "d"]), TypeError, "must be a list of strings, or a tuple of two lists"),
        (((["a"], ["b"], ["c"]),), TypeError, "must be a list of strings, or a tuple of two lists"),
        (([["a"], ["b"]],), TypeError, "For pairs of texts pass the first texts and the second texts as two batches"),
        ((["a", "b"], ["c"]), ValueError, "`text_pairs` must have as many rows as `texts`, which has 2. Received: "),
        ((["a", None],), TypeError, "`texts` must hold strings only, and row 1 is none"),
        ((tf.constant([1, 2]),), TypeError, "`texts` must be of dtype string"),
        ((tf.constant("a"),), ValueError, "call `batch` before `map`"),
    ],
)
def test_refuses(tokenizer, arguments, error, message):
    preprocessor = Preprocessor(tokenizer, 8)
    for call in (preprocessor, preprocessor.ragged):
        with pytest.raises(error, match=message):
            call(*arguments)


def test_short_seq_lengths(tokenizer, tmp_path):
    with pytest.raises(ValueError, match=r"`seq_length` must be at least 3, room for \[CLS\] a \[SEP\]"):
        Preprocessor(tokenizer, 2)
    with pytest.raises(TypeError, match="`seq_length` must be an integer"):
        Preprocessor(tokenizer, "128")
    preprocessor = Preprocessor(tokenizer, 4)
    assert preprocessor(["a b c"])["input_word_ids"].numpy().tolist() == [[2, 5, 6, 3]]
    with pytest.raises(ValueError, match=r"must be at least 5, room for \[CLS\] a \[SEP\] b \[SEP\]. Received: .*=4"):
        preprocessor(["a"], ["b"])
    tf.saved_model.save(preprocessor, str(tmp_path / "model"))
    assert tf.saved_model.load(str(tmp_path / "model"))(tf.constant(["a"]))["input_mask"].shape == (1, 4)


def test_settings(tokenizer):
    with pytest.raises(
        ValueError, match=r"`padding` must be one of 'max_length', 'longest'. .* Did you mean 'longest'"
    ):
        Preprocessor(tokenizer, 8, padding="longst")
    with pytest.raises(ValueError, match="`truncation` must be one of 'round_robin', 'longest_first'"):
        Preprocessor(tokenizer, 8, truncation="waterfall")
    with pytest.raises(TypeError, match=r"`tokenizer` must be a Tokenizer. .* Pass Tokenizer\(vocab_file\)"):
        Preprocessor("vocab.txt", 8)
