"""`Served`: what the served graphs of every kind share: a tuned model as the functions of a SavedModel."""

from typing import Any

import tensorflow as tf


class Served(tf.Module):
    """Preprocessing, network and decision in one graph.

    Args:
        predictor: of the tuned model.
        model, tokenizer: what the graph holds of it.
    """

    def __init__(self, predictor: Any, model: Any, tokenizer: Any) -> None:
        super().__init__(name="bert_keras")
        # With the tokenizer and the preprocessor themselves, their own functions would be saved beside the signatures,
        # and the graph would be two and a half times as large: variables, tables and the vocabulary's file do.
        self.held = [*(variable.value for variable in model.variables), *tokenizer.resources]
        self._predictor = predictor

    def signatures(self) -> dict[str, Any]:
        """The functions by name, traced."""
        raise NotImplementedError


def constant_names(names: Any) -> Any:
    """The signature `label_names`: the names in the order of their numbers."""
    constant = tf.function(lambda: {"label_names": tf.constant(list(names))}, input_signature=[])
    return constant.get_concrete_function()
