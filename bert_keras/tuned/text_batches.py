"""`TextBatches`: a network over any number of texts, in batches of like lengths, in the order the texts came."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras.bar import bar
from bert_keras.data.batch_order import BatchOrder
from bert_keras.text.own_function import own_function
from bert_keras.text.padding import backend_ladder, padded_lengths
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.strings import STRINGS_SPEC, string_batch

_SORTED_ROWS = 4096  # texts that are sorted by length together


class TextBatches:
    """Runs a model over texts, a batch from strings to outputs in one graph, traced once for batches of any size.

    On another backend of Keras than TensorFlow the network stands outside that graph.

    Args:
        model: a Keras model from the three features [batch, seq_length] to float32 [batch, width].
        preprocessor: of the model's vocabulary; its padding is not looked at.
        width: numbers that the model gives for a text.
    """

    def __init__(self, model: keras.Model, preprocessor: Preprocessor, width: int) -> None:
        self.model = model
        self.preprocessor = preprocessor
        self.width = width
        self.run = own_function(self._run, autograph=False)
        self._graphs: dict[int, Any] = {}
        self._in_graph = keras.backend.backend() == "tensorflow"

    def __call__(self, columns: tuple[list[str], ...], batch_size: int) -> np.ndarray:
        """float32 [texts, width] of one list of checked texts, or of two for pairs, in the order they came."""
        outputs = np.zeros((len(columns[0]), self.width), "float32")
        if len(outputs) <= batch_size:
            if len(outputs):
                outputs[:] = self._outputs([string_batch("texts", column) for column in columns])
            return outputs
        with bar("predicting", len(outputs)) as shown:
            for start in range(0, len(outputs), _SORTED_ROWS):
                texts = [string_batch("texts", column[start : start + _SORTED_ROWS]) for column in columns]
                part, done = outputs[start : start + _SORTED_ROWS], start
                # Tokenized for their lengths, and again in their batches: a hundredth of what the network takes.
                lengths = self.preprocessor.ragged(*texts)[0].row_lengths().numpy()
                for rows in BatchOrder(lengths, batch_size, shuffle=False).batches(0):
                    part[rows] = self._outputs([tf.gather(column, rows) for column in texts])
                    done += len(rows)
                    shown(done)
        return outputs

    def read(self, batch_size: tf.Tensor, *columns: tf.Tensor) -> tf.Tensor:
        """As a call, in a graph: int32 [], and one or two string tensors [texts]."""
        word_ids, type_ids = self.preprocessor.ragged(*columns)
        order = tf.argsort(word_ids.row_lengths(), stable=True)
        steps = -(-tf.size(order) // batch_size)

        def step(number: tf.Tensor, outputs: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            rows = order[number * batch_size : (number + 1) * batch_size]
            features = self.preprocessor.pad(tf.gather(word_ids, rows), tf.gather(type_ids, rows))
            return number + 1, outputs.write(number, self.model(features, training=False))

        outputs = tf.TensorArray(tf.float32, steps, infer_shape=False, element_shape=[None, self.width])
        # One after the other: memory is that of one batch.
        _, outputs = tf.while_loop(lambda number, _: number < steps, step, (0, outputs), parallel_iterations=1)
        return tf.gather(outputs.concat(), tf.math.invert_permutation(order))

    def _outputs(self, texts: list[tf.Tensor]) -> np.ndarray:
        """float32 [batch, width] of one batch, string [batch] for each column."""
        if not self._in_graph:
            return self._run_elsewhere(*texts)
        if len(texts) not in self._graphs:  # to ask `run` for it at each call takes a tenth of one on a short text
            self._graphs[len(texts)] = self.run.get_concrete_function(*[STRINGS_SPEC] * len(texts))
        return self._graphs[len(texts)](*texts).numpy()

    def _run(self, *texts: tf.Tensor) -> tf.Tensor:
        return self.model(self.preprocessor.pad(*self.preprocessor.ragged(*texts)), training=False)

    def _run_elsewhere(self, *texts: tf.Tensor) -> np.ndarray:
        """As `_run`, where the model is no part of TensorFlow's graph: in few lengths, for each is compiled."""
        words, types = self.preprocessor.ragged(*texts)
        longest = int(tf.reduce_max(words.row_lengths()))
        ladder = backend_ladder(max(self.preprocessor.seq_length, longest), self.preprocessor.window_tokens)
        features = self.preprocessor.pad(words, types, int(padded_lengths(np.array([longest]), ladder)[0]))
        return self.model.predict_on_batch({name: column.numpy() for name, column in features.items()})
