"""`fill_mask`: the likeliest pieces, as the published graph has them."""

import numpy as np
import pytest
import tensorflow as tf
import tiny
import tuned
from encoders import VOCABULARY

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.fill_mask import fill_mask
from bert_keras.masked_lm.masked_lm import MaskedLM

MASK = VOCABULARY.index("[MASK]")


@pytest.fixture(scope="module")
def model(dict_encoder):
    return MaskedLM(load_encoder(dict_encoder, native=True))


def test_pieces_and_scores_are_those_of_tf_hubs_mlm(model, dict_encoder):
    words = ["[CLS]", "the", "[MASK]", "is", "[MASK]", ".", "[SEP]"]
    ids = np.array([[VOCABULARY.index(word) for word in words]], "int32")
    inputs = {"input_word_ids": ids, "input_mask": np.ones_like(ids), "input_type_ids": np.zeros_like(ids)}
    inputs = {**inputs, "masked_lm_positions": np.array([[2, 4]], "int32")}
    mlm = tf.saved_model.load(str(dict_encoder)).mlm
    logits = mlm({name: tf.constant(value) for name, value in inputs.items()}, training=False)["mlm_logits"]
    wanted = tf.nn.softmax(logits[0]).numpy()
    found = fill_mask(model, "The [MASK] is [MASK].", top_k=3)
    for row, fillings in zip(wanted, found, strict=True):
        best = row.argsort()[::-1][:3]
        assert [filling.piece for filling in fillings] == [VOCABULARY[piece] for piece in best]
        np.testing.assert_allclose([filling.score for filling in fillings], row[best], atol=1e-5)


def test_one_mask_gives_one_list_and_all_pieces_can_be_had(model):
    every = fill_mask(model, "un[MASK]", top_k=len(VOCABULARY))
    assert {filling.piece for filling in every} == set(VOCABULARY)
    assert sum(filling.score for filling in every) == pytest.approx(1.0, abs=1e-5)


def test_bad_input_has_a_message(model, tmp_path):
    with pytest.raises(ValueError, match=r"`text` must hold \[MASK\]"):
        fill_mask(model, "no mask")
    with pytest.raises(ValueError, match="`text` must have at most 64 tokens, the position table"):
        fill_mask(model, "[MASK]" + " day" * 62)
    with pytest.raises(TypeError, match="`text` must be a str"):
        fill_mask(model, ["[MASK]"])
    with pytest.raises(ValueError, match="`top_k` must be between 1 and"):
        fill_mask(model, "[MASK]", top_k=0)
    with pytest.raises(ValueError, match="`folder_or_model` must have a head for masked words"):
        fill_mask(tuned.write_encoder(tmp_path / "encoder"), "[MASK]")
    with pytest.raises(ValueError, match=r"`folder_or_model` must have a tokenizer with a mask"):
        fill_mask(MaskedLM(tiny.native_encoder()), "[MASK]")
