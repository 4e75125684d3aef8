"""`SpanLabeler`: an encoder and one dense layer over its sequence output: where an answer begins and where it ends."""

from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.features import END_LOGITS, MASK, START_LOGITS
from bert_keras.models.sequence_model import SequenceModel
from bert_keras.models.targets import guard_positions

_OUTPUTS = (START_LOGITS, END_LOGITS)
_PADDED = -1e4  # added to the logits of padding: no answer stands there


@keras.saving.register_keras_serializable(package="bert_keras")
class SpanLabeler(SequenceModel):
    """The start and the end of a span in each row: extractive question answering (Devlin et al., 2018).

    Called on the three features [batch, seq_length] it returns `start_logits` and `end_logits`, each float32
    [batch, seq_length]. The labels are the places of the first and the last token of the answer, counted in the row, in
    a dict under the same two names, int [batch]; 0, [CLS], stands for "no answer in this row". The loss is the mean of
    the two sparse categorical cross-entropies. The model is compiled with the recipe when it is made.

    >>> encoder = bk.load_encoder("bert_en_uncased_L-12_H-768_A-12")
    >>> data = bk.load_squad("v1.1", encoder)
    >>> model = bk.SpanLabeler(encoder)
    >>> model.fit(data.train, epochs=2)
    >>> bk.evaluate(model, data)
    {'f1': ..., 'exact_match': ...}

    Args:
        encoder: `bk.load_encoder(...)` or `bk.BertEncoder(...)`.
        seed: of the head's weights; None draws from Keras' global seed.
    """

    kind = "question_answering"
    settings = ("seed",)

    def __init__(self, encoder: keras.layers.Layer, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(encoder, **kwargs)
        self.seed = seed
        normal = keras.initializers.TruncatedNormal(stddev=0.02, seed=seed)
        self.span = keras.layers.Dense(2, kernel_initializer=normal, name="span", dtype="float32")
        self.span.build((None, None, self.encoder.config.hidden_size))
        self.compile()
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, Any]:
        mask = inputs[MASK] if isinstance(inputs, dict) else inputs[1]
        logits = self.span(self.sequence_output(inputs, training))
        logits += _PADDED * (1.0 - ops.cast(mask, "float32")[..., None])
        return {START_LOGITS: logits[..., 0], END_LOGITS: logits[..., 1]}

    def compile(self, optimizer: Any = None, loss: Any = None, metrics: Any = None, **kwargs: Any) -> None:
        """Keras' `compile`; without a loss it is the mean of the losses of start and end."""
        if loss is None:
            kwargs.setdefault("loss_weights", dict.fromkeys(_OUTPUTS, 0.5))
        super().compile(optimizer, loss, metrics, **kwargs)

    def default_loss(self) -> dict[str, keras.losses.Loss]:
        return {name: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for name in _OUTPUTS}

    def default_metrics(self) -> dict[str, keras.metrics.Metric]:
        return {name: keras.metrics.SparseCategoricalAccuracy(name="accuracy") for name in _OUTPUTS}

    def check_targets(self, name: str, targets: Any) -> None:
        _check_names(name, targets)
        for output in _OUTPUTS:
            checks.positions(f"{name}['{output}']", np.asarray(targets[output]))

    def guard_targets(self, targets: Any, outputs: Any) -> Any:
        _check_names("labels", targets)
        length = ops.shape(outputs[START_LOGITS])[1]
        return {name: guard_positions(f"labels['{name}']", targets[name], length) for name in _OUTPUTS}

    def _has_task_loss(self) -> bool:
        return isinstance(self.loss, dict) and all(
            isinstance(loss, keras.losses.SparseCategoricalCrossentropy) for loss in self.loss.values()
        )


def _check_names(name: str, targets: Any) -> None:
    if not isinstance(targets, dict) or set(targets) != set(_OUTPUTS):
        must = f"be a dict of '{START_LOGITS}' and '{END_LOGITS}', the places of an answer's first and last token"
        received = sorted(targets) if isinstance(targets, dict) else type(targets).__name__
        raise ValueError(checks.message(name, must, received, "bk.load_squad and bk.load_files make such batches."))
