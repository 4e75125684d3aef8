"""`RATE_SETTERS`: Keras' callbacks that set the learning rate, which an optimizer with a schedule does not let them."""

from typing import Any

import keras

from bert_keras import checks

RATE_SETTERS = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
# What to do in a run, whose rate is the recipe's.
OF_A_RUN = (
    "A run takes it from bk.Recipe(learning_rate=…, warmup_share=…, schedule=…): it rises, and then falls to 0 or "
    "stays; patience=… ends a run that gets no better. For a rate of your own train by hand: "
    "model.compile(keras.optimizers.AdamW(5e-5)), model.fit with this callback, and bk.save(model, out, data)."
)


def refuse_rate_setters(callbacks: Any, advice: str) -> None:
    """Raises ValueError if one of some callbacks sets the learning rate; `advice` says what to do instead."""
    for callback in keras.tree.flatten(callbacks):
        if isinstance(callback, RATE_SETTERS):
            must = "not set the learning rate, which the optimizer's schedule sets at every step"
            raise ValueError(checks.message("callbacks", must, type(callback).__name__, advice))
