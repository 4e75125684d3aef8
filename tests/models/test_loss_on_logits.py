"""A loss that a user names is one of logits, as the models' outputs are."""

import keras
import numpy as np
import pytest
import tiny

import bert_keras as bk
from bert_keras.models.loss_on_logits import loss_on_logits

LOGITS = np.array([[3.0, -1.0], [0.5, 2.0]], "float32")
NAMES = {
    "sparse_categorical_crossentropy": (keras.losses.SparseCategoricalCrossentropy, np.array([0, 1])),
    "categorical_crossentropy": (keras.losses.CategoricalCrossentropy, np.eye(2, dtype="float32")),
    "binary_crossentropy": (keras.losses.BinaryCrossentropy, np.eye(2, dtype="float32")),
    "binary_focal_crossentropy": (keras.losses.BinaryFocalCrossentropy, np.eye(2, dtype="float32")),
    "categorical_focal_crossentropy": (keras.losses.CategoricalFocalCrossentropy, np.eye(2, dtype="float32")),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_or_a_function_is_taken_for_logits_and_said(name):
    made, labels = NAMES[name]
    wanted = float(made(from_logits=True)(labels, LOGITS))
    for loss in (name, made.__name__, getattr(keras.losses, name)):
        with pytest.warns(UserWarning, match=f"loss='{name}' is of probabilities in Keras.*from_logits=True is taken"):
            found = loss_on_logits(loss, None, "")
        assert float(found(labels, LOGITS)) == pytest.approx(wanted)
    with pytest.raises(ValueError, match=rf"`loss` must take logits.*{made.__name__}\(from_logits=True\)"):
        loss_on_logits(made(), None, "")
    assert loss_on_logits(own := made(from_logits=True), None, "") is own


@pytest.mark.parametrize("loss", ["mse", keras.losses.Huber(), lambda y, z: 0.0, keras.losses.mean_absolute_error])
def test_other_losses_are_left_as_they_are(loss):
    assert loss_on_logits(loss, keras.losses.MeanSquaredError(), "") is loss


def test_losses_by_output(recwarn):
    default = {"a": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}
    found = loss_on_logits({"a": "sparse_categorical_crossentropy"}, default, "sparse_categorical_crossentropy")
    assert found == default and len(recwarn) == 1
    assert loss_on_logits(None, default, "") is default


@pytest.mark.parametrize("make", ["classifier", "several", "spans", "tags"])
def test_a_model_trains_as_with_its_own_loss(make):
    """The task's own cross-entropy by name is the default loss: of tags, without the tokens that have no label."""

    def model():
        encoder = tiny.native_encoder()
        if make == "spans":
            return bk.SpanLabeler(encoder, seed=0)
        if make == "tags":
            return bk.TokenClassifier(encoder, 3, seed=0)
        problem = {"several": "multi_label_classification"}.get(make, "single_label_classification")
        return bk.TextClassifier(encoder, 3, problem, seed=0)

    x = tiny.features(rows=4)
    rows, length = x["input_word_ids"].shape
    labels = {
        "classifier": np.array([0, 1, 2, 0]),
        "several": np.array([[0, 1, 1]] * rows, "float32"),
        "spans": {"start_logits": np.zeros(rows, "int32"), "end_logits": np.ones(rows, "int32")},
        "tags": np.array([[0, 1, *[-1] * (length - 2)]] * rows, "int32"),
    }[make]
    losses = []
    for loss in (None, "binary_crossentropy" if make == "several" else "sparse_categorical_crossentropy"):
        one = model()
        if loss:
            with pytest.warns(UserWarning, match="from_logits=True is taken"):
                one.compile(loss=loss)
        losses.append(one.train_on_batch(x, labels, return_dict=True)["loss"])
    whole = 2 if make == "spans" else 1  # Keras adds the losses of two outputs up; the default is their mean
    assert losses[1] == pytest.approx(whole * losses[0], rel=1e-6)
