"""Loss and accuracy over labelled tokens, against the same in NumPy."""

import numpy as np
import pytest
import tagging

from bert_keras.models.labelled_tokens import LabelledAccuracy, LabelledCrossentropy


def test_weights_of_rows_and_batches_without_a_label():
    logits, y = np.random.default_rng(2).normal(size=(3, 5, 4)).astype("float32"), tagging.labels(3, 5)
    losses, is_labelled = tagging.token_losses(logits, y)
    loss, weight = LabelledCrossentropy(), np.array([0.0, 1.0, 2.0], "float32")
    wanted = (losses * is_labelled * weight[:, None]).sum() / is_labelled.sum()
    assert float(loss(y, logits, weight)) == pytest.approx(wanted, rel=1e-5)
    assert float(loss(np.full_like(y, -1), logits)) == 0.0
    accuracy = LabelledAccuracy()
    accuracy.update_state(y, logits, weight)
    right = (logits.argmax(-1) == y) * is_labelled * weight[:, None]
    assert float(accuracy.result()) == pytest.approx(right.sum() / (is_labelled * weight[:, None]).sum(), rel=1e-5)
    accuracy.reset_state()  # batches of other lengths: each token counts alike
    for length, hits in ((1, 1), (5, 0)):
        accuracy.update_state(np.full((2, length), 1 - hits), np.tile([1.0, 0.0], (2, length, 1)))
    assert float(accuracy.result()) == pytest.approx(2 / 12, rel=1e-6)
    square = np.arange(4 * 4).reshape(4, 4) % 4  # as many rows as tokens: weights must not be laid on the tokens
    made = np.random.default_rng(3).normal(size=(4, 4, 4)).astype("float32")
    rows = tagging.token_losses(made, square)[0].mean(axis=1)
    weight = np.array([1.0, 0.0, 0.0, 0.0], "float32")
    assert float(loss(square, made, weight)) == pytest.approx(rows[0] / 4, rel=1e-5)
