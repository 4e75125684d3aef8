"""`MaskedData`: texts as rows with masks, ready for `MaskedLM.fit`."""

import dataclasses
from typing import ClassVar

from bert_keras.data.task_data import TaskData
from bert_keras.masked_lm.masked_split import MaskedSplit


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MaskedData(TaskData):
    """What `bk.load_masked` returns: `model.fit(data.train, validation_data=data.validation)`.

    Features are the three int32 [batch, longest row of the batch] and `masked_lm_positions` int32 [batch, predictions],
    labels `masked_lm_ids` of that shape. `order.epoch`, the number of the next epoch, is that of its masks too.
    """

    kind: ClassVar[str] = "masked_lm"
    metrics: tuple[str, ...] = ("masked_accuracy", "masked_loss", "perplexity")
    splits: dict[str, MaskedSplit]

    def split_facts(self, name: str, split: MaskedSplit) -> list[str]:
        size = f"{name}: {split.texts:,} texts, {len(split):,} rows, {int(split.lengths.sum()):,} tokens"
        cut = f"{name}: {split.truncated:,} texts are longer than {self.seq_length} tokens and were cut"
        return [size, cut] if split.truncated else [size]
