"""Models with weights that are not numbers: refused by name where they would predict, be saved or exported."""

import numpy as np
import pytest
import tiny
from encoders import write_vocabulary
from keras import ops

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.finite_weights import finite_weights
from bert_keras.masked_lm.fill_mask import fill_mask
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.running.export import export
from bert_keras.running.loading.predictor import predictor
from bert_keras.running.save import save
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.tuned.embed import Embedder


@pytest.fixture
def model(tmp_path):
    encoder = tiny.native_encoder()
    encoder.tokenizer = Tokenizer(write_vocabulary(tmp_path))
    return TextClassifier(encoder, 2)


def spoil(weight, value):
    numbers = ops.convert_to_numpy(weight).copy()
    numbers.flat[1] = value
    weight.assign(numbers)


def test_finite_weights_pass_also_where_their_sum_is_not(model):
    finite_weights(model)
    kernel = model.classifier.kernel
    kernel.assign(np.full(kernel.shape, 3e38, np.float32))
    finite_weights(model)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_is_found_and_named(model, value):
    spoil(model.encoder.variables[0], value)
    path = model.encoder.variables[0].path
    with pytest.raises(ValueError, match=rf"`model` must have finite weights, and 1 of the [\d,]+ numbers of '{path}'"):
        finite_weights(model)


def test_nothing_is_predicted_saved_or_exported(model, tmp_path):
    data = tiny.task_data(model.encoder)
    spoil(model.classifier.kernel, np.nan)
    for use in (
        lambda: predictor(model, data),
        lambda: save(model, tmp_path / "saved", data),
        lambda: export(model, tmp_path / "exported", data=data),
    ):
        with pytest.raises(
            ValueError, match=r"finite weights, and 1 of the .* 'classifier/kernel' are not.* Its training"
        ):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["vocab.txt"]


@pytest.mark.parametrize("of", ["encoder", "head"])
def test_nor_is_a_model_of_masked_words_or_an_encoder(model, tmp_path, of):
    masked = MaskedLM(model.encoder)
    bad = (masked.encoder if of == "encoder" else masked.head).weights[0]
    spoil(bad, np.inf)
    uses = {
        "model": lambda: export(masked, tmp_path / "exported", to="huggingface"),
        "folder_or_model": lambda: fill_mask(masked, "the [MASK] was good"),
        "encoder" if of == "encoder" else "mlm": lambda: save_encoder(
            masked.encoder, tmp_path / "saved", mlm=masked.head
        ),
    }
    if of == "encoder":
        uses["encoder "] = lambda: Embedder(masked.encoder)
    for name, use in uses.items():
        must = rf"`{name.strip()}` must have finite weights, and 1 of the [\d,]+ numbers of '{bad.path}' are not"
        with pytest.raises(ValueError, match=must):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["vocab.txt"]


def test_the_weights_of_a_published_graph_are_looked_at(tiny_encoder):
    encoder = load_encoder(tiny_encoder)
    spoil(encoder.variables[0], np.nan)
    with pytest.raises(ValueError, match="`encoder` must have finite weights"):
        Embedder(encoder)
