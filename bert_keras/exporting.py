"""`export`: a tuned model as one SavedModel, strings in, that needs TensorFlow and tensorflow-text alone."""

import os
import pathlib
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.disk import check_replaceable, clear_errors, replacing
from bert_keras.features import MULTI_LABEL, REGRESSION
from bert_keras.predictor import Predictor, load

FORMATS = ("savedmodel",)


def export(model: Predictor | str | os.PathLike, out: str | os.PathLike, to: str = "savedmodel") -> str:
    """Writes a SavedModel for serving.

    Its signature `serving_default` takes `text` (and `text_pair` for tasks on pairs), string [batch], and returns
    `label_id` int32 [batch], `label` string [batch] and `probabilities` float32 [batch, classes]; several labels give
    `label_ids` 0 or 1 [batch, classes] in place of the first two, regression gives `score` float32 [batch]. The
    signature `label_names` gives the names in the order of the columns. Texts of any length: long ones are cut as in
    training.

    >>> bk.export("runs/reviews", "served/reviews")
    >>> # anywhere else, with no bert_keras:
    >>> import tensorflow as tf, tensorflow_text
    >>> served = tf.saved_model.load("served/reviews")
    >>> served.signatures["serving_default"](text=tf.constant(["Not once did it fail."]))["label"]

    Args:
        model: a model folder, or the `Predictor` of one.
        out: a new folder; it appears whole or not at all.
        to: "savedmodel".

    Returns:
        The folder written.

    Raises:
        FileExistsError: if `out` exists and is not empty.
        OSError: if it cannot be written.
    """
    checks.one_of("to", to, FORMATS)
    out = pathlib.Path(out).expanduser()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(checks.message("out", "be new or empty", str(out), "Nothing was written."))
    check_replaceable("out", out)
    predictor = model if isinstance(model, Predictor) else load(model)
    module = _Served(predictor)
    with clear_errors("out", out, "Nothing is left of it."), replacing(out) as beside:
        tf.saved_model.save(module, str(beside), signatures=module.signatures())
    return str(out)


class _Served(tf.Module):
    """Preprocessing, network and decision in one graph."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(name="bert_keras")
        self.weights = [variable.value for variable in predictor.model.variables]
        # The table and its file alone: with the tokenizer and the preprocessor themselves, their own functions would be
        # saved beside the signatures, and the graph is two and a half times as large.
        held = vars(predictor.preprocessor.tokenizer).values()
        self.tables = [v for v in held if isinstance(v, (tf.lookup.StaticHashTable, tf.lookup.TextFileInitializer))]
        self._predictor = predictor
        self._names = list(predictor.labels or [])

    def signatures(self) -> dict[str, Any]:
        names = ["text", "text_pair"] if self._predictor.takes_pairs else ["text"]
        specs = [tf.TensorSpec([None], tf.string, name=name) for name in names]
        serve = tf.function(self._serve, input_signature=specs)
        found = {"serving_default": serve.get_concrete_function()}
        if self._names:
            constant = tf.function(lambda: {"label_names": tf.constant(self._names)}, input_signature=[])
            found["label_names"] = constant.get_concrete_function()
        return found

    def _serve(self, *texts: tf.Tensor) -> dict[str, tf.Tensor]:
        model = self._predictor.model
        features = {name: _not_empty(rows) for name, rows in self._predictor.preprocessor(*texts).items()}
        logits = model(features, training=False)
        probabilities = model.probabilities(logits)
        if model.problem_type == REGRESSION:
            return {"score": probabilities[:, 0]}
        if model.problem_type == MULTI_LABEL:
            return {"label_ids": tf.cast(probabilities >= 0.5, tf.int32), "probabilities": probabilities}
        chosen = tf.argmax(logits, axis=-1, output_type=tf.int32)
        label = tf.gather(tf.constant(self._names), chosen)
        return {"label_id": chosen, "label": label, "probabilities": probabilities}


def _not_empty(rows: tf.Tensor) -> tf.Tensor:
    """[batch, seq_length] with a column at least: a batch without texts has none, and encoders read the first."""
    return tf.pad(rows, [[0, 0], [0, tf.maximum(1 - tf.shape(rows)[1], 0)]])
