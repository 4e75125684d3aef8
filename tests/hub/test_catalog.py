import collections
import dataclasses
import json
import subprocess
import sys

import pytest

from bert_keras.hub import catalog
from bert_keras.hub.catalog import find_encoder, handle_url, known_encoder, list_encoders, lower_case_of
from bert_keras.hub.other_model import HUGGING_FACE_NAMES
from bert_keras.hub.source_of import source_of

BASE = "bert_en_uncased_L-12_H-768_A-12"


def test_every_published_encoder_is_listed_once_and_the_sample_last():
    records = json.loads(catalog.HANDLES_FILE.read_text(encoding="utf-8"))
    published = [f"{record['handle']}/{record['version']}" for record in records if record["kind"] == "encoder"]
    listed = [entry.handle for entry in list_encoders()]
    assert len(listed) == len(set(listed)) == 232  # 231 of the file's 261 rows are encoders, and the sample
    assert sorted(listed[:-1]) == sorted(published)
    assert listed[-1] == "sample/all-MiniLM-L6-v2/1"
    assert [entry.handle for entry in list_encoders() if entry.sample] == listed[-1:]


def test_the_order_is_tensorflow_first_and_small_before_large():
    entries = list_encoders()
    publishers = list(dict.fromkeys(entry.publisher for entry in entries))
    assert publishers == ["tensorflow", "digitalepidemiologylab", "google", "jeongukjae", "sample"]
    layers = [e.num_layers for e in entries if e.name.startswith("small_bert/bert_en") and e.hidden_size == 128]
    assert layers == [2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        # The counts that the models' publishers and Hugging Face's copies of the same weights state.
        ("bert_en_uncased_L-12_H-768_A-12", 109_482_240),
        ("bert_en_cased_L-12_H-768_A-12", 108_310_272),
        ("bert_zh_L-12_H-768_A-12", 102_267_648),
        ("bert_multi_cased_L-12_H-768_A-12", 177_853_440),
        ("bert_en_wwm_uncased_L-24_H-1024_A-16", 335_141_888),
        ("small_bert/bert_en_uncased_L-2_H-128_A-2", 4_385_920),
        ("google/bert_uncased_L-24_H-1024_A-16", 335_141_888),
        ("sample/all-MiniLM-L6-v2", 22_713_216),
        # 30,000·128 + 514·128 + 256, projection 128·768 + 768, one layer 12·768² + 13·768, pooler 768² + 768
        ("albert_en_base", 11_683_584),
        # other networks under the same sizes, or sizes and vocabularies that nobody states
        ("mobilebert_en_uncased_L-24_H-128_B-512_A-4_F-4_OPT", None),
        ("talkheads_ggelu_bert_en_base", None),
        ("jeongukjae/distilbert_en_uncased_L-6_H-768_A-12", None),
        ("google/electra_small", None),
    ],
)
def test_parameters(name, parameters):
    assert find_encoder(name).parameters == parameters


def test_an_entry_states_what_was_published():
    entry = find_encoder(BASE)
    assert dataclasses.asdict(entry) == {
        "publisher": "tensorflow",
        "name": BASE,
        "version": 4,
        "num_layers": 12,
        "hidden_size": 768,
        "num_heads": 12,
        "parameters": 109_482_240,
        "vocabulary_size": 30_522,
        "vocabulary": "vocab_file",
        "language": "en",
        "dialect": "dict",
        "trainable": True,
        "preprocessor": "tensorflow/bert_en_uncased_preprocess/3",
        "has_mlm": True,
        "trains": True,
        "tokenizes": True,
        "heads": ("text_classification", "multiple_choice", "question_answering", "token_classification"),
        "native": True,
        "sample": False,
    }
    assert entry.handle == f"tensorflow/{BASE}/4"
    with pytest.raises(dataclasses.FrozenInstanceError, match="version"):
        entry.version = 3


@pytest.mark.parametrize(
    ("arguments", "handle"),
    [
        ((BASE,), f"tensorflow/{BASE}/4"),
        ((BASE, 2), f"tensorflow/{BASE}/2"),
        ((f"{BASE}/3",), f"tensorflow/{BASE}/3"),
        ((f"{BASE}/3", 3), f"tensorflow/{BASE}/3"),
        ((f"tensorflow/{BASE}",), f"tensorflow/{BASE}/4"),
        ((f"tensorflow/{BASE}/1",), f"tensorflow/{BASE}/1"),
        ((f"https://tfhub.dev/tensorflow/{BASE}/3",), f"tensorflow/{BASE}/3"),
        ((f"https://tfhub.dev/tensorflow/{BASE}",), f"tensorflow/{BASE}/4"),
        (("small_bert/bert_en_uncased_L-2_H-128_A-2",), "tensorflow/small_bert/bert_en_uncased_L-2_H-128_A-2/2"),
        (("electra_base",), "google/electra_base/2"),
        (("google/experts/bert/pubmed",), "google/experts/bert/pubmed/2"),
        (("all-MiniLM-L6-v2",), "sample/all-MiniLM-L6-v2/1"),
        (("sample/all-MiniLM-L6-v2",), "sample/all-MiniLM-L6-v2/1"),
    ],
)
def test_find_encoder(arguments, handle):
    assert find_encoder(*arguments).handle == handle


def test_tensorflow_is_preferred_among_publishers(monkeypatch):
    by_google = dataclasses.replace(find_encoder("electra_base"), name=BASE, version=9)
    entries = (*catalog._entries(), by_google)
    monkeypatch.setattr(catalog, "_entries", lambda: entries)
    assert find_encoder(BASE).handle == f"tensorflow/{BASE}/4"
    assert find_encoder(f"google/{BASE}").handle == f"google/{BASE}/9"


@pytest.mark.parametrize(
    ("name", "match"),
    [
        (
            "bert_en_uncased_L-12_H-768_A12",
            f"be an encoder of the catalogue.*Did you mean '{BASE}' or .*bert-keras encoders",
        ),
        ("bert_en_uncased_l-12_h-768_a-12", f"Did you mean '{BASE}'"),
        ("tensorflw/bert_zh_L-12_H-768_A-12", r"Did you mean 'tensorflow/bert_zh_L-12_H-768_A-12'"),
        ("bert_en_uncased_L-2_H-128_A-2", r"Did you mean 'small_bert/bert_en_uncased_L-2_H-128_A-2'\?"),
        ("bert-base-uncased", f"Hugging Face's 'bert-base-uncased' is '{BASE}' on TensorFlow Hub"),
        ("google-bert/bert-base-uncased", f"is '{BASE}' on TensorFlow Hub"),
        ("bert_en_uncased_preprocess", "That is a preprocessor"),
        ("tensorflow/bert_en_uncased_preprocess/3", "That is a preprocessor"),
        ("xyz", "Received: name='xyz'. `bert-keras encoders` lists them all"),
        ("", "Received: name=''. `bert-keras encoders` lists them all"),
    ],
)
def test_an_unknown_name_names_the_nearest(name, match):
    with pytest.raises(ValueError, match=match):
        find_encoder(name)


def test_the_names_given_for_hugging_faces_exist():
    for name in HUGGING_FACE_NAMES.values():
        assert find_encoder(name).publisher == "tensorflow"


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((BASE, 5), ValueError, f"`version` must be one that '{BASE}' has, 1, 2, 3, 4. Received: version=5"),
        ((f"{BASE}/7",), ValueError, "has, 1, 2, 3, 4. Received: version=7"),
        ((f"{BASE}/3", 4), ValueError, "`version` must be the one in the name, 3. Received: version=4"),
        ((BASE, 0), ValueError, "`version` must be at least 1"),
        ((BASE, "4"), TypeError, "`version` must be an integer"),
        ((4,), TypeError, "`name` must be a str"),
    ],
)
def test_a_wrong_version_or_type(arguments, error, match):
    with pytest.raises(error, match=match):
        find_encoder(*arguments)


def test_filters():
    newest = list_encoders(newest_only=True)
    assert [entry.version for entry in newest if entry.name == BASE] == [4]
    assert max(collections.Counter((entry.publisher, entry.name) for entry in newest).values()) == 1
    assert {entry.name for entry in list_encoders(language="zh")} == {
        "bert_zh_L-12_H-768_A-12",
        "bert_chinese_L-12_H-768_A-12",
    }
    assert {entry.dialect for entry in list_encoders(trainable=True)} == {"list", "dict"}
    frozen = list_encoders(trainable=False)
    assert len(frozen) == 79  # the rows whose form is TF1
    assert {entry.dialect for entry in frozen} == {"TF1"}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"language": "fr"}, "`language` must be one of 'en', 'ko', 'multilingual', 'zh'"),
        ({"trainable": 1}, "`trainable` must be True or False"),
        ({"newest_only": "yes"}, "`newest_only` must be True or False"),
    ],
)
def test_filters_are_checked(arguments, match):
    with pytest.raises((TypeError, ValueError), match=match):
        list_encoders(**arguments)


@pytest.mark.parametrize(
    ("name", "language", "lower_case"),
    [
        (BASE, "en", True),
        ("bert_en_wwm_cased_L-24_H-1024_A-16", "en", False),
        ("bert_multi_cased_L-12_H-768_A-12", "multilingual", False),
        ("bert_zh_L-12_H-768_A-12", "zh", None),
        ("albert_en_base", "en", True),
        ("electra_small", "en", True),  # its preprocessor is bert_en_uncased_preprocess
        ("electra_small/1", "en", None),
        ("LaBSE", "multilingual", None),
        ("MuRIL", "multilingual", None),
        ("klue_bert_cased_L-12_H-768_A-12", "ko", False),
        ("tn_bert", "en", True),
        ("universal-sentence-encoder-cmlm/en-base", "en", True),
        ("universal-sentence-encoder-cmlm/multilingual-base", "multilingual", None),
        ("google/bert_uncased_L-12_H-768_A-12", "en", True),
        ("google/mobilebert/uncased_L-24_H-128_B-512_A-4_F-4_OPT", "en", True),
        ("mobilebert_multi_cased_L-24_H-128_B-512_A-4_F-4_OPT", "multilingual", False),
        ("covid-twitter-bert", None, None),
        ("all-MiniLM-L6-v2", "en", True),
    ],
)
def test_language_and_lower_casing(name, language, lower_case):
    entry = find_encoder(name)
    assert entry.language == language
    assert lower_case_of(entry) is lower_case


def test_addresses():
    entry = find_encoder(BASE)
    assert handle_url(entry) == f"https://tfhub.dev/tensorflow/{BASE}/4"
    assert catalog.preprocessor_of(entry) == "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3"
    assert catalog.preprocessor_of(find_encoder(BASE, 2)) is None
    with pytest.raises(ValueError, match=r"`entry` must be a published encoder.*made on this machine"):
        handle_url(find_encoder("all-MiniLM-L6-v2"))


def test_known_encoder():
    entry = find_encoder(BASE, 3)
    for handle in (f"tensorflow/{BASE}/3", handle_url(entry), handle_url(entry) + "?tf-hub-format=compressed"):
        assert known_encoder(handle) == entry
    for handle in (BASE, f"tensorflow/{BASE}", "/models/bert", "https://example.org/x.tar.gz", ""):
        assert known_encoder(handle) is None


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("tensorflow/bert_en_uncased_preprocess/3", "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3"),
        ("bert_en_uncased_preprocess", "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3"),
        ("bert_en_uncased_preprocess/1", "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/1"),
        ("MuRIL_preprocess", "https://tfhub.dev/google/MuRIL_preprocess/1"),
        ("https://example.org/p.tar.gz", "https://example.org/p.tar.gz"),
        ("./p", "./p"),
    ],
)
def test_a_preprocessors_address(name, address):
    assert catalog.preprocessor_url(name) == address


def test_a_preprocessors_version_that_is_none():
    with pytest.raises(ValueError, match=r"`preprocessor` must have a version that '.*' has, 1, 2, 3\."):
        catalog.preprocessor_url("bert_en_uncased_preprocess/7")


def test_every_address_is_one_that_resolve_takes():
    for entry in list_encoders():
        if not entry.sample:
            source = source_of(handle_url(entry), "cache")
            assert "/".join(source.place) == entry.handle


def test_the_catalogue_needs_no_tensorflow():
    program = "import sys; from bert_keras.hub import catalog; catalog.list_encoders(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.split()
    assert "bert_keras.hub.catalog" in loaded
    assert not {"tensorflow", "keras", "numpy"} & set(loaded)
