"""`Split`: ids made once, padding, labels that stay with their texts, and labels that are refused."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tiny
from real_data import SHARED, needs_shared

from bert_keras.data.examples import Examples
from bert_keras.data.split import Split, batches_as_dataset, check_labels, make_split
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.glue.read_glue import read_glue


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def numbered(texts, source="rows.tsv"):
    """Examples whose labels are the numbers of their rows."""
    return Examples((texts,), np.arange(len(texts), dtype="int32"), np.arange(len(texts)), source)


def lists(batches):
    return [batch.tolist() for batch in batches]


# Batches


def test_a_dataset_holds_the_rows_of_its_order(tokenizer):
    texts = tiny.sentences(70, seed=4)
    split = make_split(numbered(texts), Preprocessor(tokenizer, 16))
    order = split.order(8, shuffle=True, seed=3)
    dataset = split.dataset(order)
    assert int(dataset.cardinality()) == 9
    for epoch in (0, 1):  # the second pass is the second epoch
        seen = []
        for features, labels in dataset:
            seen.append(labels.numpy().tolist())
            assert {value.dtype for value in features.values()} == {tf.int32}
            ids, mask, types = (features[f"input_{name}"].numpy() for name in ("word_ids", "mask", "type_ids"))
            assert not types.any()
            assert mask[:, -1].any()  # padded to the batch's own longest row, and no further
            for row, label in enumerate(labels.numpy()):
                expected = [tokenizer.cls_id, *tokenizer([texts[label]])[0].numpy().tolist(), tokenizer.sep_id]
                assert ids[row].tolist() == expected + [0] * (ids.shape[1] - len(expected))
                assert mask[row].tolist() == [1] * len(expected) + [0] * (ids.shape[1] - len(expected))
        assert seen == lists(order.batches(epoch))
    order.epoch = 1
    assert [labels.numpy().tolist() for _, labels in dataset] == lists(order.batches(1))


def test_the_padding_share_is_that_of_the_batches(tokenizer):
    split = make_split(numbered(tiny.sentences(90, seed=5)), Preprocessor(tokenizer, 16))
    order = split.order(7, shuffle=True)
    for epoch in (0, 1):
        masks = [features["input_mask"].numpy() for features, _ in split.dataset(order)]
        padding = sum(int((mask == 0).sum()) for mask in masks) / sum(mask.size for mask in masks)
        assert order.padding_share(epoch) == pytest.approx(padding, abs=1e-12)


@pytest.mark.parametrize("labels", [np.arange(20, dtype="float32") / 4, np.eye(20, dtype="int32")])
def test_labels_of_any_kind_stay_with_their_texts(tokenizer, labels):
    texts = [" ".join(["film"] * (1 + row % 5)) for row in range(20)]
    split = make_split(Examples((texts,), labels, np.arange(20)), Preprocessor(tokenizer, 16))
    order = split.order(6, shuffle=True)
    for rows, (features, targets) in zip(order.batches(0), split.dataset(order), strict=True):
        np.testing.assert_array_equal(targets.numpy(), labels[rows])
        assert targets.dtype.as_numpy_dtype == labels.dtype
        assert features["input_mask"].numpy().sum(axis=1).tolist() == [3 + row % 5 for row in rows]


def test_without_labels_a_dataset_yields_features_alone(tokenizer):
    split = make_split(numbered(["a film", "food"]), Preprocessor(tokenizer, 16))
    assert set(next(iter(split.dataset(split.order(2), labels=False)))) == set(tiny.features())
    unlabelled = make_split(dataclasses.replace(split.examples, labels=None), Preprocessor(tokenizer, 16))
    assert set(next(iter(unlabelled.dataset(unlabelled.order(2))))) == set(tiny.features())


class Counting:
    """A tokenizer that counts the texts it is called on."""

    def __init__(self, tokenizer):
        self.tokenizer, self.texts = tokenizer, 0
        self.pad_id, self.cls_id, self.sep_id = tokenizer.pad_id, tokenizer.cls_id, tokenizer.sep_id

    def __call__(self, strings):
        self.texts += len(strings)
        return self.tokenizer(strings)


def test_ids_are_made_once(tokenizer):
    counting = Counting(tokenizer)
    texts = tiny.sentences(50)
    pairs = Examples((texts, texts[::-1]), np.zeros(50, "int32"), np.arange(50))
    split = make_split(pairs, Preprocessor(counting, 24))
    dataset = split.dataset(split.order(8, shuffle=True))
    for _ in range(3):
        assert len(list(dataset)) == 7
    assert counting.texts == 100


def test_rows_that_lost_tokens_are_counted(tokenizer):
    words = [4, 5, 3, 6, 0]  # [CLS] and [SEP] leave room for four
    singles = make_split(numbered([" ".join(["film"] * n) for n in words]), Preprocessor(tokenizer, 6))
    assert singles.truncated == 2
    assert singles.lengths.tolist() == [6, 6, 5, 6, 2]
    first, second = [2, 1, 4, 0, 2], [2, 4, 0, 5, 3]  # [CLS] and twice [SEP] leave room for four
    columns = tuple([" ".join(["film"] * n) for n in counts] for counts in (first, second))
    pairs = make_split(Examples(columns, None, np.arange(5)), Preprocessor(tokenizer, 7))
    assert pairs.truncated == 3
    assert pairs.lengths.tolist() == [7, 7, 7, 7, 7]


def test_more_rows_than_are_tokenized_in_one_call(tokenizer):
    texts = [" ".join(["film"] * (1 + row % 7)) for row in range(2500)]
    split = make_split(numbered(texts), Preprocessor(tokenizer, 7))
    assert len(split) == 2500
    assert split.lengths.tolist() == [min(3 + row % 7, 7) for row in range(2500)]
    assert split.truncated == sum(row % 7 > 4 for row in range(2500))


def test_an_empty_text_is_its_two_special_tokens(tokenizer):
    split = make_split(numbered(["", "film"]), Preprocessor(tokenizer, 8))
    assert split.word_ids[0].numpy().tolist() == [tokenizer.cls_id, tokenizer.sep_id]


def test_no_rows_are_refused(tokenizer):
    with pytest.raises(ValueError, match=r"`examples` must hold at least one row. Received: examples='empty.tsv'"):
        make_split(Examples(([],), None, np.arange(0), "empty.tsv"), Preprocessor(tokenizer, 8))


def test_batches_of_any_kind_as_a_dataset():
    passes = []

    def batches():
        passes.append(None)
        yield from (np.array([3, 1]), np.array([2]))

    dataset = batches_as_dataset(batches, tf.TensorSpec([None], tf.int64), lambda rows: (rows, rows * 2), 2)
    for _ in range(2):
        assert [(a.numpy().tolist(), b.numpy().tolist()) for a, b in dataset] == [([3, 1], [6, 2]), ([2], [4])]
    assert len(passes) == 2 and int(dataset.cardinality()) == 2
    assert dataset.options().autotune.enabled is False  # its thread would have whoever ends a pass wait
    with pytest.raises(tf.errors.FailedPreconditionError, match="to contain 3 elements"):
        list(batches_as_dataset(batches, tf.TensorSpec([None], tf.int64), lambda rows: rows, 3))


def test_several_sequences_a_row(tokenizer):
    """The rows of ids that make a row stand behind each other, and are padded alike."""
    texts = ["film", "film food", "food", "a", "the film was", "the"]
    ids = make_split(numbered(texts), Preprocessor(tokenizer, 16))
    split = Split(numbered(["one", "two", "three"]), ids.word_ids, ids.type_ids, sequences=2)
    assert split.lengths.tolist() == [4, 3, 5]
    order = split.order(2)
    assert order.tokens.tolist() == [3.5, 3.0, 4.0] and order.padding_share() == pytest.approx(1 - 10.5 / (2 * 4 + 5))
    for rows, (features, labels) in zip(order.batches(0), split.dataset(order), strict=True):
        assert labels.numpy().tolist() == rows.tolist()
        assert features["input_word_ids"].shape == (len(rows), 2, split.lengths[rows].max())
        for row, sequences in zip(rows, features["input_word_ids"].numpy(), strict=True):
            wanted = [ids.word_ids[2 * row + place].numpy().tolist() for place in range(2)]
            assert [[token for token in line if token] for line in sequences.tolist()] == wanted


# Labels


def labelled(*labels, dtype="int32"):
    labels = None if not labels else np.array(labels, dtype)
    rows = 3 if labels is None else len(labels)
    return Examples((["a"] * rows,), labels, np.arange(rows) + 40, "train.tsv")


def test_good_labels_pass():
    check_labels(labelled(0, 1, 1), SINGLE_LABEL, 2)
    check_labels(labelled(0, 4, dtype="int64"), SINGLE_LABEL, 5)
    check_labels(labelled([0, 1], [1, 1]), MULTI_LABEL, 2)
    check_labels(labelled(0.5, -3.0, dtype="float32"), REGRESSION, 1)


@pytest.mark.parametrize(
    ("examples", "problem_type", "words"),
    [
        (labelled(), SINGLE_LABEL, "`labels` must be there to train on train.tsv. Received: labels=None"),
        (labelled(), REGRESSION, "`labels` must be there to train on train.tsv"),
        (labelled(0, 1, 2), SINGLE_LABEL, "lie between 0 and 1, the classes. Received: labels=2. Row 42 of train.tsv"),
        (
            labelled(0, -1, 2),
            SINGLE_LABEL,
            "lie between 0 and 1, the classes. Received: labels=-1. Row 41 of train.tsv",
        ),
        (
            labelled(0, 1, dtype="float32"),
            SINGLE_LABEL,
            "`labels` must be integers in train.tsv. Received: labels='float32'",
        ),
        (labelled("0", dtype="U1"), SINGLE_LABEL, "`labels` must be integers in train.tsv. Received: labels='str"),
        (labelled([0, 1], [3, 1]), MULTI_LABEL, r"must be 0 or 1. Received: labels=\[3, 1\]. Row 41 of train.tsv"),
        (
            labelled(0, 1),
            MULTI_LABEL,
            r"must have the shape \[rows, 2\], a column for each class. Received: labels=\(2,\)",
        ),
        (
            labelled(1.0, np.nan, dtype="float32"),
            REGRESSION,
            "be finite numbers. Received: labels=nan. Row 41 of train.tsv",
        ),
        (labelled("2.5", dtype="U3"), REGRESSION, "`labels` must be numbers. Received: labels='str"),
        (
            labelled(0),
            "regresion",
            "`problem_type` must be one of 'multi_label_classification'. Received: .*'regresion'",
        ),
    ],
)
def test_bad_labels_are_named_with_their_row(examples, problem_type, words):
    with pytest.raises(ValueError, match=words):
        check_labels(examples, problem_type, 2)


# The real data


@needs_shared
@pytest.mark.parametrize("task", ["mrpc", "cola", "sst2"])
def test_real_batches_are_95_percent_tokens(task):
    tokenizer = Tokenizer(SHARED / "data" / "vocab" / "bert_uncased.txt")
    split = make_split(read_glue(task, "train", SHARED / "data" / "glue"), Preprocessor(tokenizer, 128))
    order = split.order(32, shuffle=True)
    assert all(order.padding_share(epoch) <= 0.05 for epoch in range(3))
    counted = [features["input_mask"] for features in split.dataset(order, labels=False).take(40)]
    real = sum(int(tf.reduce_sum(mask)) for mask in counted) / sum(int(tf.size(mask)) for mask in counted)
    assert real > 0.93  # of the first forty batches
