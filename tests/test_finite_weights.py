"""Models with weights that are not numbers: refused by name where they would predict, be saved or exported."""

import numpy as np
import pytest
import tiny
from encoders import write_vocabulary
from keras import ops

from bert_keras.finite_weights import finite_weights
from bert_keras.running.export import export
from bert_keras.running.predictor import predictor
from bert_keras.running.save import save
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier


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
