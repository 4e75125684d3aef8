"""One battery over the forms in which TF-Hub's encoders were published, each on a tiny encoder of that form.

Each is loaded by a name of the catalogue with no further word. What works is compared with the catalogue's own table.
"""

import shutil

import dialects
import keras
import numpy as np
import pytest
import tensorflow as tf

import bert_keras as bk
from bert_keras.encoders.from_hub_encoder import NoBertError
from bert_keras.hub.catalog import find_encoder
from bert_keras.hub.what_works import ALL_HEADS, WHAT_WORKS, Works, form_of
from bert_keras.running.model_folder import load_model, write_model_folder

# From a form to a name of that form in the catalogue, and the preprocessor, if it is asked.
NAMES = {
    "TF1": ("google/bert_uncased_L-12_H-768_A-12/1", None),
    "list": ("tensorflow/bert_en_uncased_L-12_H-768_A-12/2", None),
    "dict": ("tensorflow/bert_en_uncased_L-12_H-768_A-12/4", None),
    "sentences": ("google/LaBSE/2", "google/universal-sentence-encoder-cmlm/multilingual-preprocess/2"),
    "albert": ("tensorflow/albert_en_base/3", None),
    "mobilebert": ("tensorflow/mobilebert_en_uncased_L-24_H-128_B-512_A-4_F-4_OPT/1", None),
}
ARTIFACTS = {"TF1": "tf1", "sentences": "labse"}
CASED = ("sentences",)
TEXTS = ["the film was very good", "a bad book"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache that holds all of them, as downloads would have left them."""
    root = tmp_path_factory.mktemp("cache")
    for form, (name, preprocessor) in NAMES.items():
        shutil.copytree(dialects.published(ARTIFACTS.get(form, form)), root / name)
        if preprocessor is not None:
            shutil.copytree(dialects.preprocessor(cased=True), root / preprocessor)
    return root


@pytest.fixture(scope="module", params=list(NAMES))
def form(request):
    return request.param


@pytest.fixture(scope="module")
def encoder(form, cache):
    return bk.load_encoder(NAMES[form][0], trainable=form != "TF1", cache_dir=cache)


def features(encoder, rows=4, length=8):
    random = np.random.default_rng(0)
    ids = random.integers(6, 50, (rows, length)).astype("int32")
    mask = np.ones_like(ids)
    mask[0, 5:] = 0
    return {"input_word_ids": ids, "input_mask": mask, "input_type_ids": np.zeros_like(ids)}


def test_the_catalogue_has_the_form(form):
    entry = find_encoder(NAMES[form][0])
    assert form_of(f"{entry.publisher}/{entry.name}", entry.dialect) == form


def test_sizes_are_read(form, encoder):
    config = encoder.config
    assert (config.hidden_size, config.max_positions, config.type_vocab_size) == (16, 64, 2)
    assert config.vocab_size == {"sentences": 194, "albert": 60}.get(form, 187)
    assert config.num_layers == {"albert": 3, "TF1": 1}.get(form, 2)
    assert config.num_heads == (None if form == "TF1" else 2)
    for name, value in (("input_word_ids", 200), ("input_type_ids", 2)):
        with pytest.raises(ValueError, match=rf"`{name}` must lie between 0 and"):
            encoder({**features(encoder), name: np.full((4, 8), value, "int32")})


def test_what_works_is_what_the_catalogue_says(form, encoder, cache):
    tokenizes = encoder.tokenizer is not None
    if tokenizes:
        assert encoder.tokenizer.lower_case is (form not in CASED)
    heads = tuple(kind for kind in ALL_HEADS if trains(kind, encoder, form))
    assert Works(is_trained(encoder), tokenizes, heads, is_native(form, cache)) == WHAT_WORKS[form]


def trains(kind, encoder, form):
    """Whether a head of that kind trains on the encoder, and the encoder with it unless it is frozen."""
    labels = np.array([0, 1, 0, 1])
    inputs = features(encoder)
    if kind == "text_classification":
        model = bk.TextClassifier(encoder, 2, seed=1)
    elif kind == "multiple_choice":
        model, labels = bk.MultipleChoice(encoder, 2, seed=1), labels[:2]
        inputs = {name: value.reshape(2, 2, -1) for name, value in inputs.items()}
    elif kind == "question_answering":
        model, labels = bk.SpanLabeler(encoder, seed=1), {"start_logits": labels, "end_logits": labels + 1}
    else:
        model, labels = bk.TokenClassifier(encoder, 3, seed=1), np.tile(labels[:, None], (1, 8))
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    before = [weight.numpy() for weight in model.weights]
    losses = model.fit(inputs, labels, epochs=2, batch_size=4, verbose=0).history["loss"]
    moved = [np.abs(weight.numpy() - old).max() > 0 for weight, old in zip(model.weights, before, strict=True)]
    return bool(np.isfinite(losses).all() and losses[1] < losses[0] and sum(moved) >= (2 if form == "TF1" else 10))


def is_trained(encoder):
    return bool(encoder.trainable_weights)


def is_native(form, cache):
    try:
        bk.load_encoder(NAMES[form][0], trainable=False, native=True, cache_dir=cache)
    except NoBertError:
        return False
    except ValueError as error:
        assert form == "TF1" and "`native` must be False for one of TF-Hub's TF1 modules" in str(error)
        return False
    return True


def test_its_default_is_a_texts_vector(form, encoder):
    if encoder.tokenizer is None:
        with pytest.raises(ValueError, match="`encoder` must have a tokenizer"):
            bk.embed(encoder, TEXTS, pooling="default")
        return
    if form in ("TF1", "list"):
        with pytest.raises(ValueError, match="`encoder` must have the output 'default'"):
            bk.embed(encoder, TEXTS, pooling="default")
        return
    found = bk.embed(encoder, TEXTS, pooling="default", normalize=True)
    ids = encoder.preprocessor(16, padding="longest")(TEXTS)
    wanted = encoder.saved_model({name: tf.cast(value, tf.int32) for name, value in ids.items()}, training=False)
    lengths = np.linalg.norm(wanted["default"], axis=1, keepdims=True)
    np.testing.assert_allclose(found, wanted["default"] / lengths, atol=1e-6)
    is_pooled = np.abs(wanted["default"] - wanted["pooled_output"]).max() < 1e-6
    assert is_pooled == (form != "sentences")


def test_a_model_folder_and_an_export_answer_alike(form, encoder, tmp_path):
    if form in ("list", "dict", "albert"):
        pytest.skip("tests of model folders and exports have the first two; the third takes ids alone")
    model = bk.TextClassifier(encoder, 2, seed=4)
    wanted = model.predict(encoder.preprocessor(16)(TEXTS), verbose=0)
    (tmp_path / "m").mkdir()
    config = {"task": "t", "labels": ["no", "yes"], "text_columns": ["sentence"], "metric_names": [], "seq_length": 16}
    write_model_folder(tmp_path / "m", model, config, {})
    again, _ = load_model(tmp_path / "m")
    assert again.encoder.trainable is (form != "TF1") and again.encoder.tokenizer.lower_case is (form not in CASED)
    np.testing.assert_allclose(again.predict(encoder.preprocessor(16)(TEXTS), verbose=0), wanted, atol=1e-5)
    if form == "mobilebert":  # a graph as large as the others together, exported as they are
        return
    bk.export(tmp_path / "m", tmp_path / "served")
    answers = tf.saved_model.load(str(tmp_path / "served")).signatures["serving_default"](tf.constant(TEXTS))
    found = next(value for name, value in answers.items() if "prob" in name or "score" in name).numpy()
    np.testing.assert_allclose(found, keras.ops.softmax(wanted), atol=1e-5)


def test_two_replicas_train_it(form, cache):
    if form in ("list", "dict", "sentences"):
        pytest.skip("tests of encoders have the first two, whose network the third is")
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        loaded = bk.load_encoder(NAMES[form][0], trainable=form != "TF1", cache_dir=cache)
        model = bk.TextClassifier(loaded, 2, seed=1)
        model.compile(keras.optimizers.Adam(1e-2))
    losses = model.fit(features(loaded), np.array([0, 1, 0, 1]), epochs=2, batch_size=4, verbose=0).history["loss"]
    assert losses[1] < losses[0]
