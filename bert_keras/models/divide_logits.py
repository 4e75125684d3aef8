"""`divide_logits`: a model whose logits are those that it had, divided by a number: its temperature."""

from typing import Any

import keras

from bert_keras import checks


def divide_logits(model: Any, by: float) -> None:
    """Divides the weights of a model's head, a linear layer, so that every way to run the model divides its logits.

    The predictor, an export of any format, a server and a further `fit` then need to know nothing of a temperature.
    Means over windows stay means.

    Args:
        model: a `TaskModel` whose logits are a dense layer's outputs.
        by: above 0.

    Raises:
        TypeError: for a model with another head.
    """
    layers = [layer for layer in model.layers if layer is not model.encoder and layer.weights]
    strange = [layer.name for layer in layers if type(layer) is not keras.layers.Dense]
    if strange or len(layers) != 1:
        raise TypeError(checks.message("model", "have a head of one dense layer", strange or model))
    for weight in layers[0].weights:
        weight.assign(keras.ops.convert_to_numpy(weight).astype("float64") / by)
