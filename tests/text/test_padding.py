"""Batches of few shapes: ladders of lengths, full batches, and training and scores that are those without them."""

import itertools
import json

import jax_child
import keras
import numpy as np
import pytest
import questions
import tagging
import tensorflow as tf
import tiny
import warm_python
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paths import HELPERS

from bert_keras.data.batch_order import BatchOrder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.question_evaluator import QuestionEvaluator
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text.padding import (
    backend_ladder,
    batches_of,
    choose_lengths,
    filled_up,
    padded_length,
    padded_lengths,
)
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_evaluator import TextEvaluator, outputs_of
from bert_keras.token_classification.token_classifier import TokenClassifier

# Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.5)


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture
def elsewhere(monkeypatch):
    """Keras says that it runs on JAX, once this is called. What is made before stays as it is."""
    return lambda: monkeypatch.setattr(keras.backend, "backend", lambda: "jax")


# The ladder of static shapes


def padding(lengths, ladder):
    return sum(min(step for step in ladder if step >= length) - length for length in lengths)


@settings(max_examples=80, deadline=None)
@given(lengths=st.lists(st.integers(2, 62), min_size=1, max_size=30), most=st.integers(1, 4))
@example(lengths=[2] * 9 + [9] + [17] * 3 + [25] * 3 + [33] * 6 + [57], most=2)  # the last length is 62, not 64
def test_no_other_lengths_pad_less(lengths, most):
    ladder = choose_lengths(np.array(lengths), longest=62, most=most)
    top = min(-(-max(lengths) // 8) * 8, 62)
    assert ladder[-1] == top and len(ladder) <= most and list(ladder) == sorted(set(ladder))
    below = range(8, top, 8)
    every = [(*some, top) for count in range(most) for some in itertools.combinations(below, count)]
    least = min(padding(lengths, other) for other in every)
    assert padding(lengths, ladder) == least
    assert len(ladder) == min(len(other) for other in every if padding(lengths, other) == least)


def test_lengths_worked_out_by_hand():
    assert choose_lengths(np.array([9, 10, 11, 30, 31, 60]), longest=64, most=2) == (32, 64)  # 22+21+20+2+1+4
    assert choose_lengths(np.array([5, 5, 5]), longest=64) == (8,)
    assert choose_lengths(np.array([5, 20]), longest=20) == (8, 20)
    assert padded_lengths(np.array([1, 8, 9, 20]), (8, 20)).tolist() == [8, 8, 20, 20]
    assert [int(padded_length(tf.constant(length, tf.int64), (8, 20))) for length in (1, 8, 9, 20)] == [8, 8, 20, 20]
    rows, counted = filled_up(tf.constant([4, 2], tf.int64), 5)
    assert rows.numpy().tolist() == [4, 2, 4, 4, 4] and counted.numpy().tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("pad_id", [0, 7])
def test_rows_of_one_length_in_full_batches(pad_id):
    words = tf.ragged.constant([[1, 2, 3], [4], [5, 6], [8, 9]], dtype=tf.int32)
    dataset = batches_of(words, words + 10, np.array([3, 1, 2]), 4, 2, pad_id)
    assert dataset.options().autotune.enabled is False
    batches = list(dataset)
    ids = [batch["input_word_ids"].numpy().tolist() for batch in batches]
    assert ids == [
        [[8, 9, pad_id, pad_id], [4, pad_id, pad_id, pad_id]],
        [[5, 6, pad_id, pad_id], [8, 9, pad_id, pad_id]],
    ]
    assert batches[0]["input_mask"].numpy().tolist() == [[1, 1, 0, 0], [1, 0, 0, 0]]
    assert batches[1]["input_type_ids"].numpy().tolist() == [[15, 16, 0, 0], [18, 19, 0, 0]]
    assert {rows.dtype for batch in batches for rows in batch.values()} == {tf.int32}


# What a backend needs


def test_tensorflow_takes_any_length():
    assert backend_ladder(128) == backend_ladder(500, 64) == ()


@pytest.mark.parametrize(
    ("length", "most", "wanted"),
    [(1, 128, 32), (32, 128, 32), (33, 128, 64), (97, 100, 100), (5, 20, 20), (40, 40, 40), (128, 128, 128)],
)
def test_lengths_elsewhere(elsewhere, length, most, wanted):
    elsewhere()
    assert padded_lengths(np.array([length]), backend_ladder(most)).tolist() == [wanted]
    assert int(padded_length(tf.constant(length, tf.int64), backend_ladder(most))) == wanted


@settings(max_examples=80, deadline=None)
@given(longest=st.integers(1, 300), window=st.none() | st.integers(3, 130))
def test_any_row_finds_a_length_that_is_no_more_than_it_needs(longest, window):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.backend, "backend", lambda: "jax")
        ladder = backend_ladder(longest, window)
    lengths = np.arange(1, longest + 1)
    found = padded_lengths(lengths, ladder)
    within = np.ones(longest, bool) if window is None else lengths <= window
    most = longest if window is None else min(longest, window)
    assert (found[within] == np.minimum(-(-lengths[within] // 32) * 32, most)).all()
    if window is not None:
        assert (found[~within] == -(-lengths[~within] // window) * window).all()


def test_padding_elsewhere(elsewhere):
    # Sorted, in batches of two: 5 and 31, 33 and 40, 70. 179 tokens in 2 * 31 + 2 * 40 + 70 places.
    lengths = np.array([5, 40, 33, 31, 70])
    assert BatchOrder(lengths, 2, shuffle=False).padding_share() == pytest.approx(1 - 179 / 212)
    order = BatchOrder(lengths, 2, shuffle=False, ladder=(32, 64, 70))  # 2 * 32 + 2 * 64 + 70
    assert order.padding_share() == pytest.approx(1 - 179 / 262)
    order = BatchOrder(lengths, 2, shuffle=False, ladder=(32, 64, 70), full=True)  # and a copy of the last row
    assert order.padding_share() == pytest.approx(1 - 179 / 332)
    assert order.without_ladder().padding_share() == pytest.approx(1 - 179 / 212)
    elsewhere()
    assert order.without_ladder().padding_share() == pytest.approx(1 - 179 / 262)


@pytest.mark.parametrize("longest", [12, 80])
def test_batches_elsewhere_are_the_same_rows_with_more_padding(elsewhere, tokenizer, longest):
    rows = tiny.examples(41)
    rows.texts[0][:] = tiny.sentences(41, seed=3, longest=longest)
    split = tiny.text_task({"validation": rows}, seq_length=90).load(tokenizer).split("validation")
    order = split.order(4)
    before = [features for features, _ in split.dataset(order)]
    elsewhere()
    stepped = split.order(4)
    assert (order.ladder, order.full, stepped.full) == ((), False, False)
    most = int(split.lengths.max())
    assert most < 32 if longest == 12 else most > 64
    after = [features for features, _ in split.dataset(stepped)]
    assert [batch.tolist() for batch in stepped.batches(0)] == [batch.tolist() for batch in order.batches(0)]
    for plain, padded in zip(before, after, strict=True):
        count, length = plain["input_word_ids"].shape
        assert padded["input_word_ids"].shape == (count, min(-(-length // 32) * 32, most))
        for name, column in plain.items():
            assert (padded[name][:, :length].numpy() == column.numpy()).all()
            assert not padded[name][:, length:].numpy().any()


JAX_SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
import keras, tiny
from bert_keras.data.split import Split
from bert_keras.text.tokenizer import Tokenizer

def texts(columns, **options):
    rows = tiny.examples(41)
    rows = type(rows)(tuple(tiny.sentences(41, seed, 80) for seed in range(columns)), rows.labels, rows.ids)
    names = ("a", "b")[:columns]
    task = tiny.text_task({"validation": rows}, text_columns=names, **{"seq_length": 90, **options})
    return task.load(Tokenizer(sys.argv[2]), static_shapes=False).split("validation")

one = texts(1)
several = Split(one.examples.head(20), one.word_ids[:40], one.type_ids[:40], sequences=2)
windows = texts(1, seq_length=36, long_text="windows", max_windows=2)
splits = {"single": one, "pairs": texts(2), "windows": windows, "several": several}
found = {"backend": keras.backend.backend()}
for name, split in splits.items():
    batches = [features for features, _ in split.dataset(split.order(4))]
    sums = [int(sum(rows.numpy().sum() for rows in batch.values())) for batch in batches]
    found[name] = [[batch["input_mask"].shape.as_list() for batch in batches], sums, int(split.lengths.max())]
print(json.dumps(found))
"""


@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_shapes_on_jax(vocab_file):
    """Batches of texts, pairs, windows and several sequences a row: on TensorFlow as long as their longest row."""
    free, stepped = (
        json.loads(warm_python.run("-c", JAX_SCRIPT, HELPERS, vocab_file, backend=backend).stdout.splitlines()[-1])
        for backend in ("tensorflow", "jax")
    )
    assert (free.pop("backend"), stepped.pop("backend")) == ("tensorflow", "jax")
    for name, (shapes, sums, longest) in free.items():
        most = 36 if name == "windows" else longest
        wanted = [[*shape[:-1], min(-(-shape[-1] // 32) * 32, most)] for shape in shapes]
        assert stepped[name] == [wanted, sums, longest]
        assert wanted != shapes and len({tuple(shape[1:]) for shape in wanted}) <= 4


# Data


def test_batches_are_those_without_padded_further_and_filled_up(tokenizer):
    """27 rows in batches of 4: one batch has 3."""
    free, fixed = (tiny.task_data(tokenizer, rows=27, batch_size=4, static_shapes=on) for on in (False, True))
    assert free.ladder == () and fixed.ladder == (8, 16)
    seen, padded = 0, 0
    for _ in range(2):
        for wanted, found in zip(free.train, fixed.train, strict=True):
            (words, labels), (features, targets, counted) = wanted, found
            rows, length = words["input_word_ids"].shape
            assert features["input_word_ids"].shape == (4, 8 if length <= 8 else 16)
            assert counted.numpy().tolist() == [place < rows for place in range(4)]
            for name, column in words.items():
                np.testing.assert_array_equal(features[name][:rows, :length], column)
                assert not features[name][:rows, length:].numpy().any()
                assert (features[name][rows:] == features[name][0]).numpy().all()
            np.testing.assert_array_equal(targets[:rows], labels)
            seen, padded = seen + rows, padded + features["input_word_ids"].shape[1] * 4
    assert seen == 2 * 27
    real = 2 * fixed.split("train").lengths.sum()
    shares = [fixed.order.padding_share(epoch) for epoch in (0, 1)]
    assert 1 - 2 / sum(1 / (1 - share) for share in shares) == pytest.approx(1 - real / padded)
    said = f"static shapes: 4 rows of 8, 16 tokens; padding {fixed.order.padding_share():.1%} of the tokens, "
    assert fixed.facts() == [said + f"{free.order.padding_share():.1%} without"] and free.facts() == []


def test_a_row_of_a_later_split_finds_its_length(tokenizer):
    examples = {"train": tiny.examples(6), "validation": tiny.examples(3, seed=1)}
    examples["validation"].texts[0][1] = "film " * 40
    data = tiny.text_task(examples).load(tokenizer, static_shapes=True)
    assert data.ladder[-1] == 48 and data.ladder[-2] <= 16
    assert max(batch[0]["input_mask"].shape[1] for batch in data.validation) == 48


def test_one_length_is_known_to_the_graph(tokenizer):
    data = tiny.task_data(tokenizer, seq_length=8, static_shapes=True)
    assert data.train.element_spec[0]["input_word_ids"].shape == (8, 8)
    with pytest.raises(TypeError, match="`static_shapes` must be True or False"):
        tiny.task_data(tokenizer, static_shapes="yes")


# Training

OPTIONS = {
    TextClassifier: {"dropout": 0.0},
    SpanLabeler: {},
    TokenClassifier: {"dropout": 0.0, "num_classes": len(tagging.TAGS)},
}


def trained(data, kind, static, strategy=None, **options):
    """Three epochs of a run: the logs, and the weights after it."""
    with (strategy or tf.distribute.get_strategy()).scope():
        model = kind(tiny.native_encoder(), seed=2, **OPTIONS.get(kind, {}))
        model.compile(build_optimizer(RECIPE), static_shapes=static, **options)
    history = model.fit(data.train, epochs=2, validation_data=data.validation, verbose=0).history
    return history, [weight.numpy() for weight in model.trainable_weights]


def same(wanted, found):
    assert set(wanted[0]) == set(found[0])
    for name, values in wanted[0].items():
        if name.endswith("_logits_loss"):  # Keras takes the mean of the calls' means, whatever their rows
            continue
        np.testing.assert_allclose(found[0][name], values, rtol=1e-5, err_msg=name)
    for one, other in zip(wanted[1], found[1], strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)


def data_of(kind, tokenizer, static):
    if kind is TextClassifier:
        return tiny.task_data(tokenizer, rows=27, batch_size=4, static_shapes=static)
    if kind is TokenClassifier:
        return tagging.tagging_data(tokenizer, rows=27, batch_size=4, seq_length=32, static_shapes=static)
    return questions.question_data(tokenizer, rows=18, static_shapes=static)


@pytest.fixture(scope="module", params=list(OPTIONS), ids=["texts", "questions", "tags"])
def free(request, tokenizer):
    found = trained(data_of(request.param, tokenizer, False), request.param, False)
    start = request.param(tiny.native_encoder(), seed=2, **OPTIONS[request.param]).trainable_weights
    assert np.median([np.abs(a.numpy() - b).max() for a, b in zip(start, found[1], strict=True)]) > 1e-3
    return request.param, found


def test_weights_and_logs_are_those_of_dynamic_shapes(free, tokenizer):
    """Neither the seven batches, or three, nor their rows divide: the last one has fewer than the others."""
    kind, wanted = free
    data = data_of(kind, tokenizer, True)
    assert len(data.split("train")) % data.batch_size and len(data.order) % 4
    same(wanted, trained(data, kind, True, steps_per_execution=4))


def test_under_xla_with_micro_batches_and_several_steps_an_execution(free, tokenizer):
    kind, wanted = free
    options = {"jit_compile": True, "micro_batches": 2, "steps_per_execution": 3}
    same(wanted, trained(data_of(kind, tokenizer, True), kind, True, **options))


def test_on_replicas_of_which_one_has_no_row_that_counts(free, tokenizer):
    """Of a last batch of 8 with 2 windows the second replica has copies alone."""
    kind, wanted = free
    devices = [device.name for device in tf.config.list_logical_devices("CPU")][:2]
    strategy = tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())
    same(wanted, trained(data_of(kind, tokenizer, True), kind, True, strategy))


def test_a_hub_graph_under_xla(tokenizer, dict_encoder):
    """Frozen, it has no dropout: what that draws depends on the length that a batch is padded to."""
    found = []
    for static in (False, True):
        data = tiny.task_data(tokenizer, rows=11, batch_size=4, static_shapes=static)
        encoder = load_encoder(dict_encoder, trainable=False)
        model = TextClassifier(encoder, dropout=0.0, seed=2)
        model.compile(build_optimizer(RECIPE), static_shapes=static, jit_compile=static)
        history = model.fit(data.train, epochs=1, verbose=0).history
        found.append((history, [weight.numpy() for weight in model.trainable_weights]))
    same(*found)


SCRIPT = """
import glob, json, sys
sys.path.insert(0, sys.argv[1])
import tiny
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text.tokenizer import Tokenizer

found = []
for static in (True, False):
    data = tiny.task_data(Tokenizer(sys.argv[2]), rows=60, static_shapes=static)
    shapes = {tuple(batch[0]["input_mask"].shape) for _ in range(2) for batch in data.train}
    data.order.epoch = 0
    model = TextClassifier(tiny.SumEncoder(), seed=2)
    model.compile(static_shapes=static, jit_compile=True)
    before = len(glob.glob(sys.argv[3] + "/*before_optimizations.txt"))
    model.fit(data.train, epochs=2, verbose=0)
    found.append([len(shapes), len(glob.glob(sys.argv[3] + "/*before_optimizations.txt")) - before])
print(json.dumps(found))
"""


def test_xla_compiles_as_many_programs_as_there_are_shapes(vocab_file, tmp_path):
    """XLA writes down each program that it compiles; the flag that asks for it is read once a process."""
    flags = f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text"
    done = warm_python.run("-c", SCRIPT, HELPERS, vocab_file, tmp_path, XLA_FLAGS=flags)
    (shapes, programs), (free_shapes, free_programs) = json.loads(done.stdout.strip().splitlines()[-1])
    assert shapes == programs == 2
    assert free_shapes == free_programs > 5


# Scores


def test_every_row_is_scored_once(tokenizer):
    """14 rows in batches of 8: the last has 6."""
    free, fixed = (tiny.task_data(tokenizer, rows=27, static_shapes=on) for on in (False, True))
    model = TextClassifier(tiny.native_encoder(), dropout=0.0, seed=2)
    wanted, logits = TextEvaluator(model, free, "validation")(), outputs_of(model, free, "validation").logits
    model.compile(static_shapes=True, jit_compile=True, steps_per_execution=2)
    assert TextEvaluator(model, fixed, "validation")() == pytest.approx(wanted, abs=1e-9)
    np.testing.assert_allclose(outputs_of(model, fixed, "validation").logits, logits, rtol=0, atol=1e-6)
    assert model.steps_per_execution == 2
    assert len(model.predict(fixed.validation, verbose=0)) == 16


def test_every_question_is_answered_as_without(tmp_path):
    """Windows of questions that are left out of training are read too, with the longest length that there may be."""
    encoder = questions.encoder(tmp_path)
    free, fixed = (questions.question_data(encoder, static_shapes=on) for on in (False, True))
    model = questions.with_random_head(encoder)
    reader = QuestionEvaluator(model, free, "validation")
    wanted, scores = reader.answers().spans, reader()
    model.compile(static_shapes=True, jit_compile=True)
    reader = QuestionEvaluator(model, fixed, "validation")
    found, values = reader.answers().spans, reader()
    for name in ("starts", "ends"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    for name in ("logits", "null_logits"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-5, atol=1e-5)
    assert values.pop("null_threshold") == pytest.approx(scores.pop("null_threshold"), abs=1e-5)  # a logit
    assert values == pytest.approx(scores, abs=1e-9)


def test_a_window_longer_than_the_ladder_is_read(tmp_path):
    encoder = questions.encoder(tmp_path)
    data = questions.question_data(encoder, static_shapes=True)
    reader = QuestionEvaluator(questions.with_random_head(encoder), data, "validation")._reader
    assert reader.ladder[-1] == data.seq_length
    context = "the film is red. " * 12
    assert len(reader(["what is the film?"], [context])[0].starts) == 1


# What does not go together


def test_data_and_model_must_agree(tokenizer):
    fixed = tiny.task_data(tokenizer, static_shapes=True)
    model = TextClassifier(tiny.SumEncoder())
    with pytest.raises(ValueError, match=r"`sample_weight` must be numbers.*Received: sample_weight='bool'.*compiled"):
        model.fit(fixed.train, verbose=0)
    with pytest.raises(ValueError, match="`sample_weight` must be numbers"):
        model.evaluate(fixed.validation, verbose=0)
    model.compile(static_shapes=True)
    with pytest.raises(ValueError, match=r"`sample_weight` must be bool, which rows count.*sample_weight='float32'"):
        model.fit(tiny.features(), np.zeros(16, "int32"), sample_weight=np.ones(16, "float32"), verbose=0)
    with pytest.raises(TypeError, match="`static_shapes` must be True or False"):
        model.compile(static_shapes=1)


def test_metrics_of_ones_own_see_the_rows_that_count(tokenizer):
    model, logs = TextClassifier(tiny.SumEncoder(), seed=2), []
    for static in (True, False):
        data = tiny.task_data(tokenizer, rows=27, static_shapes=static)
        weighted = [keras.metrics.SparseCategoricalCrossentropy(name="mine", from_logits=True)]
        model.compile("sgd", model.default_loss(), ["accuracy"], weighted_metrics=weighted, static_shapes=static)
        logs.append(model.evaluate(data.validation, return_dict=True, verbose=0))
    assert set(logs[0]) == {"loss", "accuracy", "mine"}
    assert logs[0] == pytest.approx(logs[1], rel=1e-6)
    with pytest.raises(ValueError, match="`weighted_metrics` must be left out with static_shapes=True where metrics"):
        SpanLabeler(tiny.native_encoder()).compile(weighted_metrics=["accuracy"], static_shapes=True)


def test_a_keras_file_keeps_the_setting(tmp_path):
    model = TextClassifier(tiny.native_encoder(), seed=2)
    model.compile(static_shapes=True)
    model.fit(tiny.features(), np.zeros(16, "int32"), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.static_shapes is True
    logs = loaded.evaluate(tiny.features(), np.zeros(16, "int32"), return_dict=True, verbose=0)
    assert set(logs) == {"loss", "accuracy"}
