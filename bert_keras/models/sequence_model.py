"""`SequenceModel`: what models have in common whose head reads the output for each token, and not the pooled one."""

from typing import Any

import keras

from bert_keras import checks
from bert_keras.features import SEQUENCE_OUTPUT
from bert_keras.models.task_model import TaskModel


class SequenceModel(TaskModel):
    """A head over the encoder's sequence output. The pooler, which it does not read, is not trained."""

    @property
    def trainable_weights(self) -> list[keras.Variable]:
        """The weights that `fit` trains: not the pooler's, whose output the head does not read."""
        return without_pooler(super().trainable_weights, self.encoder)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The same weights."""
        return without_pooler(super().trainable_variables, self.encoder)

    def sequence_output(self, inputs: Any, training: bool | None = None) -> Any:
        """The encoder's float [batch, seq_length, hidden_size]; ValueError if it has none."""
        outputs = self.encoder(inputs, training=training)
        if SEQUENCE_OUTPUT not in outputs:
            raise ValueError(checks.message("encoder", f"have the output '{SEQUENCE_OUTPUT}'", sorted(outputs)))
        return outputs[SEQUENCE_OUTPUT]


def without_pooler(variables: list[keras.Variable], encoder: Any) -> list[keras.Variable]:
    """The variables but for those of the encoder's pooler."""
    named = getattr(encoder, "named_weights", dict)()
    unread = {id(weight) for name, weight in named.items() if "pooler" in name}
    return [variable for variable in variables if id(variable) not in unread]
