"""KerasHub's BERT classifier, every row padded to the same length, as its preprocessor pads it.

Its setting is `compiled`: whether XLA compiles the step.
"""

import json
import sys
from typing import Any

import keras
import keras_hub
from common import recipe
from common.batches import Batches
from common.channel import Blocks, Channel
from common.huggingface_files import sample_folder

from systems.keras_loops import InTurns, LossOfSteps
from systems.padded import padded_dataset

NAMES = ("token_ids", "padding_mask", "segment_ids")


class System:
    """One way to run `fit`."""

    def __init__(self, channel: Channel, compiled: bool) -> None:
        self.channel = channel
        self.compiled = compiled

    def losses(self, task: dict[str, Any], path: str, steps: int) -> list[float]:
        """The loss of each of the first steps, without dropout."""
        batches = Batches.read(path)
        losses = _Losses()
        self._model(batches, steps, dropout=0.0).fit(
            padded_dataset(batches, steps, NAMES), callbacks=[losses], verbose=0
        )
        return losses.of_steps(batches)

    def train(self, task: dict[str, Any], path: str, steps: int) -> str:
        """One `fit` in blocks of steps, as the conductor asks for them."""
        batches = Batches.read(path)
        model = self._model(batches, steps, recipe.DROPOUT)
        model.fit(padded_dataset(batches, steps, NAMES), callbacks=[_Turns(Blocks(self.channel))], verbose=0)
        return "ended"

    def _model(self, batches: Batches, steps: int, dropout: float) -> keras.Model:
        backbone = keras_hub.models.BertBackbone.from_preset(str(sample_folder()), dropout=dropout)
        model = keras_hub.models.BertTextClassifier(backbone, 2, preprocessor=None, dropout=dropout)
        model.output_dense.set_weights([batches.kernel, batches.bias])
        optimizer = keras.optimizers.AdamW(_Rate(steps), **recipe.ADAMW)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer, loss, jit_compile=self.compiled)
        return model


class _Rate(keras.optimizers.schedules.LearningRateSchedule):
    """`recipe.rate_share` of the peak, out of a table."""

    def __init__(self, total: int) -> None:
        self.rates = [recipe.LEARNING_RATE * recipe.rate_share(step, total) for step in range(total)]

    def __call__(self, step: Any) -> Any:
        place = keras.ops.minimum(keras.ops.cast(step, "int32"), len(self.rates) - 1)
        return keras.ops.take(keras.ops.convert_to_tensor(self.rates, "float32"), place)


class _Turns(InTurns, keras.callbacks.Callback):
    pass


class _Losses(LossOfSteps, keras.callbacks.Callback):
    pass


if __name__ == "__main__":
    talk = Channel()
    system = System(talk, **json.loads(sys.argv[1]))
    talk.serve({name: getattr(system, name) for name in ("losses", "train")})
