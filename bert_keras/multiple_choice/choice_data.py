"""`ChoiceData`: prompts with several choices each, ready for `model.fit`."""

import dataclasses
from typing import ClassVar

from bert_keras.data.split import Split
from bert_keras.data.task_data import TaskData


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ChoiceData(TaskData):
    """What `bk.load_choices` returns: `model.fit(data.train, validation_data=data.validation)`.

    Features are int32 [batch, num_choices, longest row of the batch], labels int32 [batch], the right choices' numbers.
    A batch has `batch_size` prompts; `examples.texts` of a split are the prompts and a column for each choice.
    """

    kind: ClassVar[str] = "multiple_choice"
    metrics: tuple[str, ...] = ("accuracy",)
    splits: dict[str, Split]

    @property
    def num_choices(self) -> int:
        """Choices of each prompt."""
        return next(iter(self.splits.values())).sequences

    def facts(self) -> list[str]:
        rows = self.batch_size * self.num_choices
        return [f"{self.num_choices} choices each: a batch is {rows} rows of tokens", *super().facts()]

    def split_facts(self, name: str, split: Split) -> list[str]:
        if not split.truncated:
            return []
        what = f"have a choice that is longer than {self.seq_length} tokens with its prompt, and was cut"
        return [f"{split.truncated:,} of {len(split):,} {name} prompts {what}"]
