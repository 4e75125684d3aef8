"""`LossByStep`: each step's own loss, and when `fit` ends by it."""

import keras
import numpy as np
import pytest

from bert_keras.training.loss_by_step import FEW, LossByStep


def model_of(rate):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(rate), "mean_squared_error")
    return model


def test_losses_are_of_each_step_and_not_means_over_the_epoch():
    x = np.array([[1.0], [2.0], [3.0], [4.0]], "float32")
    looked = LossByStep(3)
    history = model_of(0.0).fit(x, 0 * x, batch_size=1, shuffle=False, epochs=2, verbose=0, callbacks=[looked])
    assert looked.losses == [1.0, 4.0, 9.0] and not looked.has_risen
    assert looked.rates == [0.0] * 3
    assert len(history.epoch) == 1  # it ended within the first


def test_it_ends_where_the_loss_has_risen_far():
    x = np.ones((40, 1), "float32")
    looked = LossByStep(40)
    model_of(1.1).fit(
        x, 0 * x, batch_size=1, shuffle=False, verbose=0, callbacks=[looked]
    )  # the weight grows by 1.2 a step
    assert looked.has_risen and len(looked.losses) == FEW + 1  # 40 times the first
    assert looked.losses == pytest.approx([1.44**step for step in range(len(looked.losses))], rel=1e-4)
