import os

import pytest

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.hub.catalog import find_encoder, known_encoder
from bert_keras.hub.kaggle import kaggle_name, kaggle_parts, kagglehub_entry
from bert_keras.hub.resolving import resolve

HANDLE = "tensorflow/bert/tensorFlow2/en-uncased-l-12-h-768-a-12/2"
ADDRESS = "https://www.kaggle.com/models/tensorflow/bert/TensorFlow2/en-uncased-l-12-h-768-a-12/2"


@pytest.fixture
def caches(monkeypatch, tmp_path):
    """Ours and kagglehub's, both empty."""
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "theirs"))
    monkeypatch.setenv("BERT_KERAS_MIRROR", "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    return tmp_path


def fetched(caches, handle=HANDLE, whole=True):
    folder = caches / "theirs" / "models" / handle
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"")
    if whole:
        (folder.parent / f"{folder.name}.complete").touch()
    return str(folder)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (HANDLE, HANDLE.split("/")),
        ("models/" + HANDLE, HANDLE.split("/")),
        (ADDRESS + "?tfhub-redirect=true", ADDRESS.split("/")[4:]),
        (
            "https://kaggle.com/models/google/labse/frameworks/TensorFlow2/variations/labse/versions/2",
            ["google", "labse", "TensorFlow2", "labse", "2"],
        ),
        ("https://www.kaggle.com/models/tensorflow/bert/frameworks/tensorFlow2", ["tensorflow", "bert", "tensorFlow2"]),
        ("https://www.kaggle.com/models/tensorflow/bert", ["tensorflow", "bert"]),
        ("https://www.kaggle.com/datasets/a/b", None),
        ("https://tfhub.dev/tensorflow/bert/tensorFlow2/x/1", None),
        ("tensorflow/small_bert/bert_en_uncased_L-2_H-128_A-2/2", None),
        ("google/experts/bert/wiki_books/mnli", None),
    ],
)
def test_parts(text, parts):
    assert kaggle_parts(text) == parts


def test_the_names_of_tfhub_on_kaggle():
    assert kaggle_name("tensorflow/bert_multi_cased_L-12_H-768_A-12") == (
        "tensorflow/bert",
        "multi-cased-l-12-h-768-a-12",
    )
    small = kaggle_name("tensorflow/small_bert/bert_en_uncased_L-4_H-512_A-8")
    assert small == ("tensorflow/bert", "bert-en-uncased-l-4-h-512-a-8")
    assert kaggle_name("google/universal-sentence-encoder-cmlm/en-large")[1] == "cmlm-en-large"
    assert kaggle_name("google/electra_base") is None


def test_an_entry_is_found_by_kaggles_name():
    assert known_encoder(HANDLE) == known_encoder(ADDRESS) == find_encoder("bert_en_uncased_L-12_H-768_A-12")
    assert known_encoder("https://www.kaggle.com/models/google/labse/TensorFlow2/labse/2").name == "LaBSE"
    assert known_encoder("google/labse/tfLite/labse/2") is None


def test_what_kagglehub_has_fetched_is_used(caches):
    folder = fetched(caches)
    assert resolve(HANDLE) == resolve(ADDRESS) == resolve("models/" + HANDLE) == folder
    with pytest.raises(OSError, match=r"cannot be reached"):
        resolve(HANDLE, cache_dir=caches / "other")  # one's own cache is asked for


def test_what_kagglehub_has_not_fetched_whole_is_not(caches):
    fetched(caches, whole=False)
    assert kagglehub_entry(HANDLE.split("/")) is None
    place = os.path.join(str(caches / "ours"), "kaggle.com", HANDLE)
    with pytest.raises(OSError, match=rf"cannot be reached.*By hand: put .* into '{place}'"):
        resolve(HANDLE)


@pytest.mark.parametrize(
    ("handle", "match"),
    [
        (
            "https://www.kaggle.com/models/tensorflow/bert",
            r"VARIATION/VERSION.*There are 'tensorflow/bert/TensorFlow2/en-cased-l-.*' and \d+ more.*Kaggle's own",
        ),
        ("https://www.kaggle.com/models/google/labse/", r"There are 'google/labse/TensorFlow2/labse'\."),
        (HANDLE.rpartition("/")[0], r"The version number at the end is missing\. Version numbers are Kaggle's own"),
        ("https://www.kaggle.com/models", "FRAMEWORK/VARIATION/VERSION"),
        ("https://www.kaggle.com/models/google/elmo/TensorFlow1/elmo/3", r"is ELMo, two LSTMs"),
        ("tensorflow/bert/tensorFlow2/en-uncased-preprocess/3", "That is a preprocessor"),
    ],
)
def test_addresses_that_are_not_whole(caches, handle, match):
    with pytest.raises(ValueError, match=match):
        load_encoder(handle)


def test_those_that_are_here_are_named(caches):
    fetched(caches)
    with pytest.raises(ValueError, match=rf"Here already: '{HANDLE}'\. There are 'tensorflow/bert/"):
        resolve("https://www.kaggle.com/models/tensorflow/bert")
