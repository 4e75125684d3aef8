"""`load_encoder`: every kind of handle, the vocabulary that goes with it, and what each bad argument is told."""

import io
import os
import pathlib
import random
import shutil
import tarfile

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
import tuned
from encoders import CASED_WORDS, VOCABULARY, write_vocabulary
from loopback import Answer, loopback

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.hub.downloads.downloading import DownloadError
from bert_keras.text.tokenizer import Tokenizer

FEATURES = bert_reference.batch(len(VOCABULARY), length=6)
SMALL = "small_bert/bert_en_uncased_L-2_H-128_A-2"
ADDRESS = f"https://tfhub.dev/tensorflow/{SMALL}/2"
QUERY = f"/tensorflow/{SMALL}/2?tf-hub-format=compressed"
PREPROCESSOR = "/tensorflow/bert_en_uncased_preprocess/3?tf-hub-format=compressed"
KAGGLE = "https://www.kaggle.com/models/tensorflow/bert/TensorFlow2/en-uncased-l-12-h-768-a-12/2"
KAGGLE_QUERY = "/api/v1/models/tensorflow/bert/TensorFlow2/en-uncased-l-12-h-768-a-12/2/download"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """A cache of its own, none of the settings of the person who runs the tests, and no proxy."""
    for name in (
        "TFHUB_CACHE_DIR",
        "BERT_KERAS_MIRROR",
        "TFHUB_MODEL_LOAD_FORMAT",
        "KAGGLE_USERNAME",
        "XDG_CACHE_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache"


@pytest.fixture
def site(monkeypatch):
    with loopback() as running:
        monkeypatch.setenv("BERT_KERAS_MIRROR", running.address)
        yield running


@pytest.fixture(scope="module")
def small_encoder(tmp_path_factory):
    """One layer, written by our own `save_encoder`: it loads in a third of the time of Model Garden's."""
    root = tmp_path_factory.mktemp("small")
    encoder = BertEncoder(len(VOCABULARY), num_layers=1, hidden_size=4, num_heads=1, max_positions=16, seed=1)
    encoder.tokenizer = Tokenizer(write_vocabulary(root), lower_case=True)
    return pathlib.Path(save_encoder(encoder, root / "encoder"))


@pytest.fixture(scope="module")
def packed(small_encoder):
    return pack(small_encoder)


@pytest.fixture(scope="module")
def bare(small_encoder, tmp_path_factory):
    """The encoder without vocabulary and casing."""
    loaded = tf.saved_model.load(str(small_encoder))
    del loaded.vocab_file, loaded.do_lower_case
    folder = tmp_path_factory.mktemp("bare") / "encoder"
    tf.saved_model.save(loaded, str(folder))
    return folder


@pytest.fixture(scope="module")
def outputs(small_encoder):
    return HubEncoder(str(small_encoder))(FEATURES)["pooled_output"].numpy()


def pack(folder):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.is_file():
                tar.add(path, path.relative_to(folder))
    return buffer.getvalue()


def check(encoder, outputs, source):
    np.testing.assert_allclose(encoder(FEATURES)["pooled_output"], outputs, atol=1e-5)
    assert encoder.tokenizer.vocabulary == VOCABULARY and encoder.tokenizer.lower_case is True
    assert encoder.source == source


# Handles ---------------------------------------------------------------------------------------------------------


def test_a_folder(small_encoder, outputs, monkeypatch):
    check(load_encoder(small_encoder), outputs, str(small_encoder))
    check(load_encoder(str(small_encoder) + "/", native=True), outputs, str(small_encoder) + "/")
    monkeypatch.chdir(small_encoder.parent)
    check(load_encoder(small_encoder.name), outputs, small_encoder.name)
    monkeypatch.setenv("HOME", str(small_encoder.parent))
    check(load_encoder(f"~/{small_encoder.name}"), outputs, f"~/{small_encoder.name}")


def test_an_archive(packed, outputs, tmp_path, monkeypatch):
    (tmp_path / "encoder.tar.gz").write_bytes(packed)
    check(load_encoder(tmp_path / "encoder.tar.gz"), outputs, str(tmp_path / "encoder.tar.gz"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"There is no 'encodr.tar.gz' in '.'. Did you mean 'encoder.tar.gz'"):
        load_encoder("encodr.tar.gz")


@pytest.mark.parametrize("name", [SMALL, f"tensorflow/{SMALL}/2", ADDRESS])
def test_a_published_encoder_by_name_or_address(site, home, packed, outputs, name):
    site.answers[QUERY] = Answer(packed)
    encoder = load_encoder(name)
    check(encoder, outputs, name)
    assert [path for path, _ in site.requests] == [QUERY]
    # The saved config holds the address, which any machine can load, and no path of this one.
    assert encoder.get_config()["handle"] == ADDRESS
    again = HubEncoder.from_config(encoder.get_config())
    check(again, outputs, ADDRESS)
    assert len(site.requests) == 1 and (home / "tensorflow" / SMALL / "2" / "saved_model.pb").is_file()


def test_a_kaggle_address_and_a_cache_of_its_own(site, packed, outputs, tmp_path, home):
    site.answers[KAGGLE_QUERY] = Answer(packed)
    encoder = load_encoder(KAGGLE, cache_dir=tmp_path / "other")
    check(encoder, outputs, KAGGLE)
    assert encoder.get_config()["handle"].startswith(str(tmp_path / "other"))
    assert not home.exists()


def test_an_address_that_answers_403(site):
    site.answers[QUERY] = Answer(b"", 403)
    with pytest.raises(DownloadError, match=r"answered 403.*By hand: put saved_model.pb, variables/ and assets/ into"):
        load_encoder(SMALL)


def test_a_name_is_a_folder_before_it_is_looked_up(small_encoder, outputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("small_bert")
    os.symlink(small_encoder, SMALL)
    check(load_encoder(SMALL), outputs, SMALL)


@pytest.mark.parametrize(
    ("handle", "match"),
    [
        (
            "bert_en_uncased_L-12_H-768_A-21",
            r"Did you mean 'bert_en_uncased_L-12_H-768_A-12'.*There is no folder or arch",
        ),
        ("bert-base-uncased", r"is 'bert_en_uncased_L-12_H-768_A-12' on TensorFlow Hub"),
        ("runs/mine", r"There is no folder or archive of that name here either"),
        ("./runs/mine", r"There is no 'runs' in '.'"),
        ("x" * 5000, "be an encoder of the catalogue"),
        ("", "be an encoder of the catalogue"),
        (
            "google/bert_uncased_L-12_H-768_A-12",
            r"`trainable` must be False for one of TF-Hub's TF1.*use 'google/",
        ),
        (
            "https://tfhub.dev/google/bert_uncased_L-12_H-768_A-12/1",
            r"or train 'tensorflow/bert_en_uncased_L-12",
        ),
    ],
)
def test_names_that_lead_nowhere(site, handle, match, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=match):
        load_encoder(handle)
    assert site.requests == []


def test_folders_that_hold_something_else(tmp_path, small_encoder):
    with pytest.raises(ValueError, match=r"`handle` must name a folder that holds saved_model.pb.*is empty"):
        load_encoder(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"`handle` must name a complete SavedModel"):
        load_encoder(tmp_path)
    module = tf.Module()
    module.__call__ = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec([None], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "other"))
    with pytest.raises(
        ValueError, match=r"`handle` must name a text encoder of TF-Hub.*this SavedModel takes TensorSpec"
    ):
        load_encoder(tmp_path / "other", trainable=False)


@pytest.mark.parametrize("trainable", [True, False])
def test_a_tf1_module(tmp_path, trainable):
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(tf.float32, [None])
        with tf.compat.v1.Session() as session:
            tf.compat.v1.saved_model.simple_save(session, str(tmp_path / "tf1"), {"x": x}, {"y": x + 1.0})
    match = (
        r"trained \(trainable=True\)\. Use the TF2"
        if trainable
        else r"signatures only, as the TF1 modules.*Use the TF2"
    )
    with pytest.raises(ValueError, match=match):
        load_encoder(tmp_path / "tf1", trainable=trainable)


# Arguments -------------------------------------------------------------------------------------------------------


def test_a_model_folder_stands_for_its_encoder(tmp_path, monkeypatch):
    """What was tuned on one task goes on to another."""
    folder = tuned.write_model(tmp_path / "model", tuned.shared_encoder())
    own = load_encoder(folder / "encoder")
    for native in (False, True):
        found = load_encoder(folder, native=native)
        assert found.source == str(folder / "encoder")
        for name in ("pooled_output", "sequence_output"):
            np.testing.assert_allclose(found(FEATURES)[name], own(FEATURES)[name], atol=1e-5)
    monkeypatch.chdir(tmp_path)
    assert load_encoder("model").source == os.path.join("model", "encoder")
    shutil.rmtree(folder / "encoder" / "variables")
    (folder / "encoder" / "saved_model.pb").unlink()
    with pytest.raises(ValueError, match=r"must name a folder that holds saved_model\.pb"):
        load_encoder(folder)


def test_objects_in_place_of_a_handle():
    with pytest.raises(
        TypeError, match=r"`handle` must be the name, address or folder of an encoder. Received: handle=5"
    ):
        load_encoder(5)
    with pytest.raises(TypeError, match=r"`handle` must be the name.*handle=b'bert'"):
        load_encoder(b"bert")
    with pytest.raises(TypeError, match=r"A model of yours is used as it is: pass it to bk.TextClassifier"):
        load_encoder(keras.layers.Dense(1))


def test_a_tf_keras_layer_in_place_of_a_handle():
    class Layer:
        __module__ = "tf_keras.src.engine.base_layer"

    with pytest.raises(TypeError, match=r"`handle` must be an object of Keras 3 \(`import keras`\), not of tf_keras"):
        load_encoder(Layer())


def test_options(small_encoder):
    with pytest.raises(TypeError, match=r"`dropout` must be passed with native=True only. Received: dropout=0.2"):
        load_encoder(small_encoder, dropout=0.2)
    with pytest.raises(TypeError, match=r"load_encoder has no option 'dropuot'. Did you mean 'dropout'"):
        load_encoder(small_encoder, native=True, dropuot=0.2)
    with pytest.raises(
        TypeError, match=r"load_encoder has no option 'hidden_size'. It has: trainable, native, vocab_file"
    ):
        load_encoder(small_encoder, native=True, hidden_size=4)
    with pytest.raises(TypeError, match=r"`native` must be True or False. Received: native='yes'"):
        load_encoder(small_encoder, native="yes")
    with pytest.raises(TypeError, match=r"`trainable` must be True or False. Received: trainable=1"):
        load_encoder(small_encoder, trainable=1)


def test_native_options_reach_the_native_encoder(small_encoder):
    options = {"dropout": 0.3, "attention_dropout": 0.2, "seed": 7, "name": "mine", "dtype": "mixed_bfloat16"}
    encoder = load_encoder(small_encoder, trainable=False, native=True, **options)
    assert isinstance(encoder, BertEncoder) and encoder.trainable is False
    assert (encoder.dropout, encoder.attention_dropout, encoder.seed, encoder.name) == (0.3, 0.2, 7, "mine")
    assert encoder.compute_dtype == "bfloat16" and encoder.tokenizer.vocabulary == VOCABULARY


def test_a_seed_is_for_the_saved_models_graph_too(small_encoder):
    one, again, other = (load_encoder(small_encoder, seed=seed) for seed in (7, 7, None))
    assert isinstance(one, HubEncoder) and one.seed == 7 and other.seed is None
    assert HubEncoder.from_config(one.get_config()).seed == 7 and "seed" not in other.get_config()
    found = [encoder(FEATURES, training=True)["pooled_output"].numpy() for encoder in (one, again, other)]
    np.testing.assert_array_equal(found[1], found[0])
    assert np.abs(found[2] - found[0]).max() > 1e-4


def test_weights_are_lent_without_drawing_a_random_number(small_encoder, tmp_path):
    """So that what is drawn after it is the same, whether a note says what the encoder is or its graph is asked."""
    folder = tuned.without_lists(shutil.copytree(small_encoder, tmp_path / "encoder"))
    shutil.rmtree(folder / "assets.extra", ignore_errors=True)
    keras.utils.set_random_seed(1)
    wanted = random.random()
    keras.utils.set_random_seed(1)
    load_encoder(folder, native=True, seed=3)
    assert random.random() == wanted


# The vocabulary --------------------------------------------------------------------------------------------------


def test_an_encoder_without_vocabulary_says_so_when_text_comes(bare, outputs):
    encoder = load_encoder(bare)
    np.testing.assert_allclose(encoder(FEATURES)["pooled_output"], outputs, atol=1e-6)
    assert encoder.tokenizer is None
    with pytest.raises(ValueError, match=r"`encoder` must have a tokenizer to make features from text"):
        encoder.preprocessor(16)
    assert HubEncoder.from_config(encoder.get_config()).tokenizer is None


def test_a_vocabulary_of_ones_own(bare, small_encoder, vocab_file):
    tokenizer = load_encoder(bare, vocab_file=vocab_file, lower_case=True).tokenizer
    assert tokenizer.vocabulary == VOCABULARY and tokenizer.lower_case is True
    assert load_encoder(small_encoder, lower_case=False).tokenizer.lower_case is False
    with pytest.raises(ValueError, match=r"`lower_case` must be given, as '.*' does not say.*Pass lower_case=True"):
        load_encoder(bare, vocab_file=vocab_file)
    with pytest.raises(ValueError, match=r"`vocab_file` must be given with lower_case, as '.*' carries no vocabulary"):
        load_encoder(bare, lower_case=True)
    with pytest.raises(FileNotFoundError, match=r"`vocab_file` must be an existing file"):
        load_encoder(bare, vocab_file=vocab_file.with_name("none.txt"), lower_case=True)


def test_a_vocabulary_beyond_the_word_table(small_encoder, tmp_path):
    path = write_vocabulary(tmp_path, cased=True)
    rows = len(VOCABULARY) + len(CASED_WORDS)
    with pytest.raises(ValueError, match=rf"at most 187 pieces, the rows of the encoder's word table.*It has {rows}\."):
        load_encoder(small_encoder, vocab_file=path)


def test_the_vocabulary_of_the_preprocessor_that_the_catalogue_names(site, bare, outputs, tmp_path):
    """The casing is then that of the name: …_uncased_…."""
    module = tf.Module()
    module.vocab_file = tf.saved_model.Asset(str(write_vocabulary(tmp_path)))
    tf.saved_model.save(module, str(tmp_path / "preprocessor"))
    site.answers[QUERY] = Answer(pack(bare))
    with pytest.raises(DownloadError, match=r"answered 404.*carries no vocabulary.*Or pass vocab_file=…"):
        load_encoder(SMALL)
    site.answers[PREPROCESSOR] = Answer(pack(tmp_path / "preprocessor"))
    check(load_encoder(SMALL), outputs, SMALL)
    assert [path for path, _ in site.requests] == [QUERY, PREPROCESSOR, PREPROCESSOR]
