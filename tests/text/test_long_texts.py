"""Long texts in windows: how rows are cut, the mean over windows, and one reading in training, scores and serving."""

import dataclasses
import json
import re

import glue_files
import jax_child
import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
import tuned
from hypothesis import given, settings
from hypothesis import strategies as st

import bert_keras as bk
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.examples import Examples
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import FEATURE_NAMES
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text.long_texts import make_windows, window_features, window_ladder
from bert_keras.text.packing import combine_segments, pad_features
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.load_table import load_table
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_evaluator import outputs_of
from bert_keras.text_classification.text_predictor import TextPredictor

CLS, SEP, PAD = 101, 102, 9
WINDOWS = {"seq_length": 8, "long_text": "windows", "max_windows": 3}
RECIPE = Recipe(epochs=1, batch_size=16, learning_rate=1e-3, native=True)
LONG = {**WINDOWS, "seq_length": 24}
# Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
STEP = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.5)
# A word is a token: 6 words fill a window of 8, and 18 are all that three windows hold.
TEXTS = ["good film", "the " * 6, "bad " * 7, "", "not very good " * 6, "room night day dog " * 6, "a poor cat " * 4]


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("long_texts")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def lines():
    """What the run of `folder` said."""
    return []


@pytest.fixture(scope="module")
def folder(place, encoder, lines):
    """A run on reviews of which most are longer than a window, and some than three."""
    tuned.run(encoder, place / "run", tuned.reviews_task(**LONG), recipe=RECIPE, say=lines.append)
    return place / "run"


def classifier(encoder=None, num_classes=3, **options):
    model = TextClassifier(encoder or tiny.native_encoder(), num_classes, dropout=0.0, seed=2, **options)
    kernel = model.classifier.kernel
    kernel.assign(np.random.default_rng(4).normal(size=kernel.shape))
    return model


def windows_by_hand(ids, seq_length, max_windows):
    """The windows of a text as lists, in plain Python."""
    room = seq_length - 2
    starts = range(0, min(max(len(ids), 1), room * max_windows), room)
    return [[CLS, *ids[start : start + room], SEP] for start in starts]


def mean_by_hand(model, tokenizer, text, seq_length, max_windows):
    """The mean of the logits of a text's windows, each run by itself, added up in NumPy."""
    windows = windows_by_hand(tokenizer([text]).to_list()[0], seq_length, max_windows)
    special = {CLS: tokenizer.cls_id, SEP: tokenizer.sep_id}
    logits = []
    for window in windows:
        ids = np.array([[special[window[0]], *window[1:-1], special[window[-1]]]], "int32")
        logits.append(model(dict(zip(FEATURE_NAMES, (ids, np.ones_like(ids), np.zeros_like(ids)), strict=True)))[0])
    return np.mean(np.array(logits, "float64"), axis=0), len(windows)


def task_of(encoder, rows=27, **options):
    """A task of texts of 1 to 24 words, about half of them longer than a window of 8 tokens."""
    texts = tiny.sentences(rows, seed=5, longest=24)
    splits = {"train": Examples((texts,), tiny.labels_of(texts), np.arange(rows), "long.tsv")}
    splits["validation"] = splits["train"].head(11)
    return tiny.text_task(splits, name="tests/long", metrics=("accuracy",)).load(
        encoder, **{**WINDOWS, "batch_size": 8, **options}
    )


# Rows


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.lists(st.integers(1, 90), max_size=30), min_size=1, max_size=6),
    seq_length=st.integers(3, 9),
    max_windows=st.integers(1, 4),
)
def test_windows_are_those_of_a_loop_in_plain_python(texts, seq_length, max_windows):
    ids = tf.ragged.constant(texts, ragged_rank=1, dtype=tf.int64)
    words, types = make_windows(ids, seq_length, max_windows, CLS, SEP)
    wanted = [windows_by_hand(text, seq_length, max_windows) for text in texts]
    assert words.to_list() == [[token for window in windows for token in window] for windows in wanted]
    assert words.dtype == types.dtype == tf.int32 and not types.flat_values.numpy().any()
    assert types.row_lengths().numpy().tolist() == words.row_lengths().numpy().tolist()
    features = {name: rows.numpy() for name, rows in window_features(words, types, seq_length, pad_id=PAD).items()}
    most = max(map(len, wanted))
    tokens = seq_length if most > 1 else max(len(windows[0]) for windows in wanted)
    assert {rows.shape for rows in features.values()} == {(len(texts), most, tokens)}
    for row, windows in enumerate(wanted):
        for place in range(most):
            window = windows[place] if place < len(windows) else []
            padding = tokens - len(window)
            assert features["input_word_ids"][row, place].tolist() == window + [PAD] * padding
            assert features["input_mask"][row, place].tolist() == [1] * len(window) + [0] * padding


def test_one_window_is_truncation():
    ids = tf.ragged.constant([[1, 2, 3, 4, 5, 6, 7], [], [8], [1, 2, 3, 4]])
    wanted = combine_segments([ids], 6, CLS, SEP)
    found = make_windows(ids, 6, 1, CLS, SEP)
    assert [part.to_list() for part in found] == [part.to_list() for part in wanted]
    for name, rows in pad_features(*wanted, pad_id=PAD).items():
        assert window_features(*found, 6, pad_id=PAD)[name].numpy().tolist() == rows.numpy()[:, None].tolist()


def test_the_preprocessor_reads_long_texts(tokenizer):
    long = Preprocessor(tokenizer, **WINDOWS)
    cut = Preprocessor(tokenizer, 8)
    assert {rows.shape for rows in long(TEXTS).values()} == {(len(TEXTS), 3, 8)}
    short = ["good film", "", "the " * 6]
    assert all((long(short)[name][:, 0] == rows).numpy().all() for name, rows in cut(short).items())
    assert not long(short)["input_mask"][:, 1:].numpy().any()
    longest = Preprocessor(tokenizer, padding="longest", **WINDOWS)
    assert longest(["good film", ""])["input_word_ids"].shape == (2, 1, 4)
    assert longest(["the " * 7, ""])["input_word_ids"].shape == (2, 2, 8)
    assert long.get_config()["long_text"] == "windows" and long.get_config()["max_windows"] == 3
    with pytest.raises(ValueError, match=r"`long_text` must be 'truncate' for pairs of texts.*Windows are of single"):
        long(["a"], ["b"])


def test_a_saved_preprocessor_reads_long_texts(tokenizer, tmp_path):
    preprocessor = Preprocessor(tokenizer, padding="longest", **WINDOWS)
    tf.saved_model.save(preprocessor, str(tmp_path / "saved"))
    found = tf.saved_model.load(str(tmp_path / "saved"))(tf.constant(TEXTS))
    for name, rows in preprocessor(TEXTS).items():
        np.testing.assert_array_equal(found[name], rows)


# The mean


@pytest.mark.parametrize("form", ["native", "hub"])
def test_logits_are_the_mean_of_those_of_windows_run_one_by_one(form, tokenizer, dict_encoder):
    model = classifier(load_encoder(dict_encoder) if form == "hub" else None)
    features = Preprocessor(tokenizer, padding="longest", **WINDOWS)(TEXTS)
    wanted, counts = zip(*(mean_by_hand(model, tokenizer, text, 8, 3) for text in TEXTS), strict=True)
    assert set(counts) == {1, 2, 3}
    found = model(features).numpy()
    np.testing.assert_allclose(found, np.array(wanted), rtol=0, atol=1e-5)
    np.testing.assert_allclose(model.predict(features, batch_size=3, verbose=0), found, rtol=0, atol=1e-5)
    np.testing.assert_allclose(model([features[name] for name in FEATURE_NAMES]), found, rtol=0, atol=1e-6)
    assert np.abs(found - model(Preprocessor(tokenizer, 8)(TEXTS)).numpy()).max() > 0.1  # the end of a text counts
    alone = [model(Preprocessor(tokenizer, **WINDOWS)([text])).numpy()[0] for text in TEXTS]
    np.testing.assert_allclose(found, np.array(alone), rtol=0, atol=1e-5)  # whatever else is in the batch


def test_short_texts_have_exactly_the_logits_of_truncation(tokenizer):
    model, short = classifier(), ["good film", "", "the " * 6, "not a good room"]
    features = [
        Preprocessor(tokenizer, 8, padding="longest", **options)(short)
        for options in ({}, {"long_text": "windows", "max_windows": 5})
    ]
    assert features[1]["input_word_ids"].shape == (4, 1, 8)
    np.testing.assert_array_equal(model(features[1]).numpy(), model(features[0]).numpy())


def test_every_window_of_a_text_has_a_gradient_and_padding_has_none():
    model = classifier(tiny.native_encoder(num_layers=2))
    ids = np.arange(20, 38).reshape(1, 3, 6).astype("int32")  # no id twice
    ids = np.concatenate([ids, ids + 20])
    mask = np.ones_like(ids)
    mask[0, 1, 4:], mask[0, 2] = 0, 0  # the first text ends in its second window
    features = dict(zip(FEATURE_NAMES, (ids, mask, np.zeros_like(ids)), strict=True))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(features, training=True) ** 2)
    slices = tape.gradient(loss, model.encoder.word_table.value)
    moved = np.abs(tf.convert_to_tensor(slices).numpy()).max(axis=1)
    assert (moved[ids[mask == 1]] > 1e-6).all() and (moved[ids[0, 2]] == 0).all()


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_a_padded_window_changes_nothing(precision):
    encoder = tiny.native_encoder(dtype=precision)
    model, random = classifier(encoder), np.random.default_rng(0)
    ids = random.integers(6, 60, (5, 2, 7)).astype("int32")
    features = dict(zip(FEATURE_NAMES, (ids, np.ones_like(ids), np.zeros_like(ids)), strict=True))
    wider = {name: np.concatenate([rows, np.zeros_like(rows)], axis=1) for name, rows in features.items()}
    np.testing.assert_allclose(model(wider).numpy(), model(features).numpy(), rtol=0, atol=1e-6)


# Training


def trained(data, strategy=None, **options):
    with (strategy or tf.distribute.get_strategy()).scope():
        model = classifier(num_classes=2)
        model.compile(build_optimizer(STEP), **options)
    history = model.fit(data.train, epochs=2, validation_data=data.validation, verbose=0).history
    return history, [weight.numpy() for weight in model.trainable_weights]


def same(wanted, found):
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(found[0][name], wanted[0][name], rtol=1e-5, err_msg=name)
    for one, other in zip(wanted[1], found[1], strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def whole(tokenizer):
    return trained(task_of(tokenizer))


def test_micro_batches_make_the_same_updates(whole, tokenizer):
    start = [weight.numpy() for weight in classifier(num_classes=2).trainable_weights]
    assert np.median([np.abs(a - b).max() for a, b in zip(start, whole[1], strict=True)]) > 1e-3
    same(whole, trained(task_of(tokenizer), micro_batches=3))


@pytest.mark.thorough(
    "::test_micro_batches_make_the_same_updates",
    "text/test_padding::test_on_replicas_of_which_one_has_no_row_that_counts",
)
def test_two_replicas_make_the_same_updates(whole, tokenizer):
    devices = [device.name for device in tf.config.list_logical_devices("CPU")][:2]
    same(
        whole,
        trained(task_of(tokenizer), tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())),
    )


def test_static_shapes_are_few_and_train_alike_under_xla(whole, tokenizer):
    data = task_of(tokenizer, static_shapes=True)
    assert data.ladder[-1] == 24 and set(data.ladder) <= {8, 16, 24}
    batches = [*data.train, *data.validation]
    data.order.epoch = 0
    shapes = {features["input_word_ids"].shape for features, *_ in batches}
    assert len(shapes) > 1 and shapes <= {(8, 1, 8), (8, 2, 8), (8, 3, 8)}
    same(whole, trained(data, static_shapes=True, jit_compile=True, micro_batches=2))


def test_lengths_of_static_shapes_worked_out_by_hand():
    # 10 tokens a window: 12 and 19 are two windows, 23 three, of 40 tokens the last.
    assert window_ladder(np.array([3, 7, 9, 12, 19, 23, 40]), 10) == (8, 10, 20, 30, 40)
    assert window_ladder(np.array([3, 5, 10]), 10) == (8, 10)
    assert window_ladder(np.array([130, 300, 1024]), 128) == (256, 384, 1024)


def test_a_single_static_shape_is_known_to_the_graph(tokenizer):
    texts = ["the " * 17, "bad " * 18, "a " * 30]
    rows = Examples((texts,), np.array([0, 1, 0], "int32"), np.arange(3))
    data = tiny.text_task({"train": rows}).load(tokenizer, batch_size=2, static_shapes=True, **WINDOWS)
    assert data.train.element_spec[0]["input_word_ids"].shape == (2, 3, 8)


# Data


def test_padding_counts_whole_windows():
    # Sorted, in batches of two: 3 and 5, 9 and 11, 24. Windows of 8: 2 x 5, 2 x 16 and 24 places for 52 tokens.
    order = BatchOrder(np.array([24, 5, 9, 3, 11]), 2, shuffle=False, window_tokens=8)
    assert order.padding_share() == pytest.approx(1 - 52 / 66)
    # On JAX 2 x 8: a step of 32 tokens is beyond a window.
    order = BatchOrder(order.lengths, 2, shuffle=False, window_tokens=8, ladder=(8, 16, 24))
    assert order.padding_share() == pytest.approx(1 - 52 / 72)


def test_batches_hold_the_padding_that_is_said(tokenizer):
    data = task_of(tokenizer)
    places = sum(batch[0]["input_mask"].shape.num_elements() for batch in data.train)
    real = sum(int(tf.reduce_sum(batch[0]["input_mask"])) for batch in task_of(tokenizer).train)
    assert task_of(tokenizer).order.padding_share(0) == pytest.approx(1 - real / places)


def test_files_of_ones_own_in_memory_and_on_disk(tokenizer, tmp_path):
    texts = tiny.sentences(20, seed=5, longest=24)
    (tmp_path / "own.tsv").write_text("text\tlabel\n" + "".join(f"{t}\t{len(t) % 2}\n" for t in texts))
    options = {"validation_share": 0, "batch_size": 4, **WINDOWS}
    held, stored = (load_table(tmp_path / "own.tsv", tokenizer, in_memory=on, **options) for on in (True, False))
    for wanted, found in zip(held.train, stored.train, strict=True):
        assert wanted[0]["input_word_ids"].shape[2] in (3, 4, 5, 6, 7, 8)
        for name, rows in wanted[0].items():
            np.testing.assert_array_equal(found[0][name], rows)
    assert held.facts() == stored.facts() and "are read in windows" in held.facts()[-1]


def test_bad_input(tokenizer, tmp_path):
    glue = glue_files.write_all(tmp_path / "glue")
    assert bk.load_glue("cola", tokenizer, data_dir=glue, parts=("train",), **WINDOWS).split("train").window_tokens == 8
    with pytest.raises(ValueError, match=r"`long_text` must be 'truncate' for pairs of texts"):
        bk.load_glue("mrpc", tokenizer, data_dir=glue, **WINDOWS)
    pair = Examples((["a"], ["b"]), np.zeros(1, "int32"), np.arange(1))
    with pytest.raises(ValueError, match=r"`long_text` must be 'truncate' for pairs of texts.*'windows'"):
        tiny.text_task({"train": pair}, text_columns=("a", "b"), long_text="windows")
    for options, error, words in (
        (
            {"long_text": "window"},
            ValueError,
            "`long_text` must be one of 'truncate', 'windows'.*Did you mean 'windows'",
        ),
        ({"long_text": "windows", "max_windows": 0}, ValueError, "`max_windows` must be at least 1"),
        ({"long_text": "windows", "max_windows": 2.5}, TypeError, "`max_windows` must be an integer"),
        ({"max_windows": 4}, ValueError, r"`max_windows` must be left at 8 with long_text='truncate'.*--long-text win"),
    ):
        with pytest.raises(error, match=words):
            Preprocessor(tokenizer, 16, **options)
    with pytest.raises(ValueError, match="`max_windows` must be left at 8 with long_text='truncate'"):
        bk.load_task("samples/reviews", max_windows=4)
    with pytest.raises(TypeError, match=r"`long_text` must be left out for samples/questions, of question_answering"):
        bk.load_task("samples/questions", long_text="windows")


# The whole way


def test_a_run_says_what_it_reads_and_its_folder_keeps_it(folder, lines):
    said = "\n".join(lines)
    assert re.search(r"\d+ of 32 train rows are longer than 24 tokens and are read in windows, [12]\.\d a row", said)
    config = json.loads((folder / "config.json").read_text())
    assert (config["long_text"], config["max_windows"], config["seq_length"]) == ("windows", 3, 24)


def test_prediction_evaluation_and_the_export_agree_on_long_texts(folder, tmp_path):
    predictor = bk.load(folder, batch_size=5)
    data = predictor.task_data("validation")
    texts = data.split("validation").examples.texts[0]
    logits = predictor.logits(texts)
    tokenizer = predictor.model.encoder.tokenizer
    wanted, counts = zip(*(mean_by_hand(predictor.model, tokenizer, text, 24, 3) for text in texts), strict=True)
    assert np.bincount(counts)[2:].min() > 3  # texts of two windows and of three
    np.testing.assert_allclose(logits, np.array(wanted), rtol=0, atol=1e-5)
    np.testing.assert_allclose(outputs_of(predictor.model, data, "validation").logits, logits, rtol=0, atol=1e-5)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert bk.evaluate(predictor.model, data) == pytest.approx(metrics, abs=1e-12)
    served = tf.saved_model.load(bk.export(predictor, tmp_path / "served")).signatures["serving_default"]
    found = served(text=tf.constant(texts))["probabilities"].numpy()
    np.testing.assert_allclose(found, predictor.probabilities(texts), rtol=0, atol=1e-6)
    assert served(text=tf.constant([], tf.string))["probabilities"].shape == (0, 2)
    assert predictor([]) == [] and predictor("").probabilities["negative"] > 0


def test_a_folder_of_before_there_were_windows_cuts(place, encoder):
    folder = tuned.write_model(place / "older", encoder)
    assert "long_text" not in json.loads((folder / "config.json").read_text())
    predictor = bk.load(folder)
    assert predictor("good " * 22) == predictor("good " * 90)
    assert predictor.task_data("test").long_text == "truncate"


def test_lora_bfloat16_and_recomputation_read_windows_too(encoder, tmp_path):
    recipe = dataclasses.replace(RECIPE, tune="lora", precision="bfloat16", recompute=True, micro_batches=2)
    result = tuned.run(encoder, tmp_path / "run", tuned.reviews_task(**LONG), recipe=recipe)
    assert np.isfinite(result.history[0]["logs"]["loss"])
    assert bk.load(tmp_path / "run").config["long_text"] == "windows"


def test_the_command_line(command, encoder, tmp_path):
    given = ["finetune", "samples/reviews", "--encoder", encoder, "--out", tmp_path / "out", "--native", "--limit", 16]
    options = ["--epochs", 1, "--seq-length", 9, "--long-text", "windows", "--max-windows", 2]
    status, out, err = command(*given, *options)
    assert status == 0 and re.search("rows are longer than 9 tokens and are read in windows", out), err
    assert bk.load(tmp_path / "out").preprocessor.capacity == 2 * 7 + 2
    status, _, err = command(*given, "--overwrite", "--max-windows", 2)
    assert status == 1 and "`max_windows` must be left at 8" in err


def test_answers_outside_the_graph_are_those_inside(folder, monkeypatch):
    texts = tiny.sentences(23, seed=2, longest=40)
    model, config = bk.load(folder).model, bk.load(folder).config
    wanted = TextPredictor(model, config, batch_size=4).logits(texts)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    np.testing.assert_allclose(TextPredictor(model, config, batch_size=4).logits(texts), wanted, rtol=0, atol=1e-5)


@pytest.mark.thorough(
    "text/test_padding::test_shapes_on_jax",
    "training/test_sharding::test_tensorflow_predicts_what_jax_did_and_exports_the_folder",
)
@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_windows_on_jax(encoder, tmp_path):
    report = jax_child.run("long_texts", tmp_path, encoder)
    predictor = bk.load(tmp_path / "run")  # written on JAX, read here
    assert predictor.config["long_text"] == "windows"
    found = np.load(tmp_path / "logits.npy")
    np.testing.assert_allclose(predictor.logits(jax_child.TEXTS), found, rtol=0, atol=1e-4)
    assert report["accuracy"] == pytest.approx(bk.evaluate(predictor.model, predictor.task_data())["accuracy"])
