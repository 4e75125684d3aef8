"""Texts for a network that takes ids: rows are cut, shared out and read in windows as a preprocessor does it."""

import json

import numpy as np
import pytest
import tensorflow as tf
import tiny
from encoders import write_vocabulary
from paths import HARD_UNICODE

from bert_keras.features import FEATURE_NAMES
from bert_keras.running.exporting.hf_tokenizer import write_hf_tokenizer
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.exported_texts import ExportedTexts

tokenizers = pytest.importorskip("tokenizers", reason="Hugging Face's tokenizers is not here: pip install tokenizers")

HARD = [json.loads(line) for line in HARD_UNICODE.read_text(encoding="ascii").splitlines()]
TEXTS = [*tiny.sentences(70, longest=20), "", "[SEP] good [CLS] !", "good " * 60, *HARD[:200]]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


def logits_of(features):
    """Numbers that tell features apart: sums of ids by their places and types."""
    words, mask, types = (np.asarray(features[name], "float32") for name in FEATURE_NAMES)
    places = np.arange(1, words.shape[-1] + 1, dtype="float32")
    pairs = (words * mask * places).sum(-1), (words * types + mask).sum(-1)
    return np.stack(pairs, axis=-1).astype("float32")


def exported(tokenizer, tmp_path, columns=1, **config):
    folder = tmp_path / "tokenizer"
    folder.mkdir(exist_ok=True)
    write_hf_tokenizer(tokenizer, folder, config["seq_length"])
    told = {"labels": ["a", "b"], "problem_type": "single_label_classification", "task": "letters", "pad_id": 0}
    told |= {"text_columns": ["one", "two"][:columns], **config}
    library = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    return ExportedTexts(lambda features: {"logits": logits_of(features)}, library, told, batch_size=16)


@pytest.mark.parametrize("seq_length", [3, 8, 15, 64])
def test_texts_are_cut_as_in_training(tokenizer, tmp_path, seq_length):
    found = exported(tokenizer, tmp_path, seq_length=seq_length).logits(TEXTS)
    wanted = logits_of(Preprocessor(tokenizer, seq_length, padding="longest")(TEXTS))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("seq_length", [5, 8, 15])
def test_pairs_share_the_room_as_in_training(tokenizer, tmp_path, seq_length):
    others = TEXTS[::-1]
    found = exported(tokenizer, tmp_path, columns=2, seq_length=seq_length).logits(TEXTS, others)
    wanted = logits_of(Preprocessor(tokenizer, seq_length, padding="longest")(TEXTS, others))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("seq_length, most", [(3, 2), (8, 4), (15, 8)])
def test_long_texts_are_the_mean_of_their_windows(tokenizer, tmp_path, seq_length, most):
    options = {"long_text": "windows", "max_windows": most}
    found = exported(tokenizer, tmp_path, seq_length=seq_length, **options).logits(TEXTS)
    features = Preprocessor(tokenizer, seq_length, padding="longest", **options)(tf.constant(TEXTS))
    real = np.asarray(features["input_mask"]).any(axis=-1)
    real[:, 0] = True
    wanted = (logits_of(features) * real[..., None]).sum(axis=1) / real.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_nothing_gives_nothing_and_a_row_may_be_one(tokenizer, tmp_path):
    model = exported(tokenizer, tmp_path, seq_length=8)
    assert model([]) == [] and model.logits(["good"]).shape == (1, 2)
    assert model("good").label in ("a", "b") and model(["good"])[0] == model("good")


def test_a_tokenizer_without_berts_pieces(tokenizer, tmp_path):
    model = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0}, unk_token="a"))
    config = {"labels": ["a", "b"], "problem_type": "single_label_classification", "seq_length": 8}
    with pytest.raises(ValueError, match=r"`folder` must have a tokenizer.json with \[CLS\]. Received: folder='none'"):
        ExportedTexts(print, model, {**config, "text_columns": ["one"]})
