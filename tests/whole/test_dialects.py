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
from bert_keras.running.folders.model_folder import load_model, write_model_folder
from bert_keras.running.training_run.run_encoder import load_run_encoder

# From a form to a name of that form in the catalogue, and the preprocessor, if it is asked.
NAMES = {
    "TF1": ("google/bert_uncased_L-12_H-768_A-12/1", None),
    "list": ("tensorflow/bert_en_uncased_L-12_H-768_A-12/2", None),
    "dict": ("tensorflow/bert_en_uncased_L-12_H-768_A-12/4", None),
    "sentences": ("google/LaBSE/2", "google/universal-sentence-encoder-cmlm/multilingual-preprocess/2"),
    "albert": ("tensorflow/albert_en_base/3", None),
    "electra": ("google/electra_small/2", None),
    "graph": ("tensorflow/talkheads_ggelu_bert_en_base/2", None),
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
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    before = [weight.numpy() for weight in model.weights]
    loss = model.fit(inputs, labels, batch_size=4, verbose=0).history["loss"][0]
    moved = [np.abs(weight.numpy() - old).max() > 0 for weight, old in zip(model.weights, before, strict=True)]
    return bool(np.isfinite(loss) and sum(moved) >= (1 if form == "TF1" else 10))


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


@pytest.mark.parametrize(
    ("form", "variations"),
    [
        ("albert", {"embedding_size": 8, "share_layers": True}),
        ("electra", {"embedding_size": 8}),
        (
            "mobilebert",
            {
                "activation": "relu",
                "embedding_size": 8,
                "mobile": {"bottleneck": 8, "feed_forwards": 4},
                "pooler": False,
            },
        ),
    ],
)
def test_other_networks_than_bert_are_native(form, variations, cache, tmp_path):
    """Their outputs are the graph's, trained weights are written back, and read again as what they are."""
    graph = bk.load_encoder(NAMES[form][0], cache_dir=cache)
    native = bk.load_encoder(NAMES[form][0], native=True, cache_dir=cache)
    assert native.variations == variations and native.config.parameters == graph.config.parameters
    wanted, found = graph(features(graph)), native(features(graph))
    for name in ("pooled_output", "sequence_output"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-5)
    for weight in native.trainable_weights:
        weight.assign(weight * 1.25)
    written = bk.load_encoder(bk.save_encoder(native, tmp_path / "written"), native=True)
    assert written.variations == variations
    moved = native(features(graph))["sequence_output"]
    np.testing.assert_allclose(written(features(graph))["sequence_output"], moved, rtol=0, atol=1e-6)
    assert np.abs(np.asarray(moved) - np.asarray(wanted["sequence_output"])).max() > 0.01


def test_its_default_is_a_texts_vector(form, encoder):
    if form in ("TF1", "list"):
        with pytest.raises(ValueError, match="`encoder` must have the output 'default'"):
            bk.embed(encoder, TEXTS, pooling="default")
        return
    found = bk.embed(encoder, TEXTS, pooling="default", normalize=True)
    ids = encoder.preprocessor(64, padding="longest")(TEXTS)
    wanted = encoder.saved_model({name: tf.cast(value, tf.int32) for name, value in ids.items()}, training=False)
    lengths = np.linalg.norm(wanted["default"], axis=1, keepdims=True)
    np.testing.assert_allclose(found, wanted["default"] / lengths, atol=1e-6)
    is_pooled = np.abs(wanted["default"] - wanted["pooled_output"]).max() < 1e-6
    assert is_pooled == (form != "sentences")


def test_a_model_folder_and_an_export_answer_alike(form, encoder, tmp_path):
    if form not in ("TF1", "sentences"):
        pytest.skip("tests of model folders, of exports and of ALBERT's tokenizer have the others")
    model = bk.TextClassifier(encoder, 2, seed=4)
    wanted = model.predict(encoder.preprocessor(16)(TEXTS), verbose=0)
    (tmp_path / "m").mkdir()
    config = {"task": "t", "labels": ["no", "yes"], "text_columns": ["sentence"], "metric_names": [], "seq_length": 16}
    write_model_folder(tmp_path / "m", model, config, {})
    again, _ = load_model(tmp_path / "m")
    assert again.encoder.trainable is (form != "TF1") and again.encoder.tokenizer.lower_case is (form not in CASED)
    np.testing.assert_allclose(again.predict(encoder.preprocessor(16)(TEXTS), verbose=0), wanted, atol=1e-5)
    bk.export(tmp_path / "m", tmp_path / "served")
    answers = tf.saved_model.load(str(tmp_path / "served")).signatures["serving_default"](tf.constant(TEXTS))
    found = next(value for name, value in answers.items() if "prob" in name or "score" in name).numpy()
    np.testing.assert_allclose(found, keras.ops.softmax(wanted), atol=1e-5)


@pytest.mark.thorough("encoders/test_encoder::test_two_replicas_train_the_weights_of_one_device")
def test_two_replicas_train_a_head_on_a_frozen_module(cache):
    """Of the others: tests of encoders have list and dict, in which they are called."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        loaded = bk.load_encoder(NAMES["TF1"][0], trainable=False, cache_dir=cache)
        model = bk.TextClassifier(loaded, 2, seed=1)
        model.compile(keras.optimizers.Adam(1e-2))
    before = [weight.numpy() for weight in model.weights]
    model.fit(features(loaded), np.array([0, 1, 0, 1]), batch_size=4, verbose=0)
    moved = [np.abs(weight.numpy() - old).max() > 0 for weight, old in zip(model.weights, before, strict=True)]
    assert sum(moved) == 2


def test_a_run_takes_a_frozen_module(cache, monkeypatch):
    monkeypatch.setenv("BERT_KERAS_CACHE", str(cache))
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    arguments = {"handle": NAMES["TF1"][0], "trainable": False}
    loaded = load_run_encoder(arguments, bk.Recipe(), tf.distribute.get_strategy(), print)
    assert loaded.trainable_weights == [] and loaded.tokenizer.lower_case is True
    with pytest.raises(ValueError, match=r"`trainable` must be False for one of TF-Hub's.*or train 'tensorflow/"):
        load_run_encoder(NAMES["TF1"][0], bk.Recipe(), tf.distribute.get_strategy(), print)
    with pytest.raises(ValueError, match=r"`native` must be False for one of TF-Hub's TF1 modules"):
        bk.load_encoder(NAMES["TF1"][0], trainable=False, native=True)


def test_an_encoder_whose_only_output_is_default(tmp_path):
    loaded = bk.load_encoder(dialects.published("default"), preprocessor=dialects.preprocessor(cased=True))
    assert loaded.tokenizer.lower_case is False and loaded.config.vocab_size == loaded.tokenizer.vocab_size == 194
    outputs = loaded(loaded.preprocessor(16)(TEXTS))
    assert sorted(outputs) == ["default", "pooled_output"]
    np.testing.assert_array_equal(outputs["default"], outputs["pooled_output"])
    with pytest.raises(ValueError, match=r"the output 'sequence_output' for pooling='mean'.*Pass pooling='default'"):
        bk.embed(loaded, TEXTS, pooling="mean")
    with pytest.raises(ValueError, match=r"`encoder` must have the output 'sequence_output'"):
        bk.SpanLabeler(loaded)(features(loaded))
    with pytest.raises(NoBertError, match=r"BERT as published, and it has no sequence_output"):
        bk.load_encoder(dialects.published("default"), native=True)


def test_a_preprocessor_that_makes_other_ids_is_named():
    match = r"`preprocessor` must make the ids of the encoder's own.*Of .The quick brown.*encoder's tokenizer \["
    with pytest.raises(ValueError, match=match):
        bk.load_encoder(dialects.published("dict"), preprocessor=dialects.preprocessor(cased=True))
    with pytest.raises(ValueError, match=r"`preprocessor` must name a preprocessing model of TF-Hub, which makes"):
        bk.load_encoder(dialects.published("dict"), preprocessor=dialects.published("dict"))


def test_without_its_preprocessor_the_folder_to_fill_is_named(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("BERT_KERAS_MIRROR", "http://127.0.0.1:9")  # where nobody answers
    shutil.copytree(cache / "google" / "LaBSE", tmp_path / "google" / "LaBSE")
    place = tmp_path / NAMES["sentences"][1]
    match = rf"cannot be reached.*put saved_model.pb, variables/ and assets/ into '{place}'.*carries no vocabulary"
    with pytest.raises(OSError, match=match):
        bk.load_encoder("LaBSE", cache_dir=tmp_path)
    with pytest.raises(
        OSError, match=rf"cannot be reached.*By hand: put .* into '{tmp_path / 'google' / 'MuRIL' / '1'}'"
    ):
        bk.load_encoder("MuRIL", cache_dir=tmp_path)
