"""`TaggingData`: the parts of a task of tags, ready for `model.fit`."""

import dataclasses
from collections import Counter
from typing import Any, ClassVar

from bert_keras.data.task_data import TaskData
from bert_keras.text.word_windows import WordPreprocessor
from bert_keras.token_classification.tagging_split import TaggingSplit


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TaggingData(TaskData):
    """What `bk.load_tagging` returns: `model.fit(data.train, validation_data=data.validation)`.

    A row of a batch is a sentence, or a window over a long one.

    Args:
        label_names: one str a class: "O" first, then by type, sorted, in each B, I, E, S. Of plain tags, sorted.
        scheme: "bio", "bioes", or "plain" for tags without entities.
        reading: the options of `bk.load_tagging` that another such file is read with, beside the settings.
    """

    kind: ClassVar[str] = "token_classification"
    splits: dict[str, TaggingSplit]
    label_names: tuple[str, ...]
    scheme: str
    reading: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def num_classes(self) -> int:
        """Outputs of a model for this task, for each token."""
        return len(self.label_names)

    @property
    def label_pieces(self) -> str:
        """ "first" or "all", which pieces of a word have its label."""
        return self.settings["label_pieces"]

    @property
    def preprocessor(self) -> WordPreprocessor:
        """How words become windows."""
        return next(iter(self.splits.values())).preprocessor

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(f"{metric}_" for metric in self.metrics)  # of each type

    def config(self) -> dict[str, Any]:
        config = {"labels": list(self.label_names), "scheme": self.scheme, **self.settings}
        return config | ({"reading": self.reading} if self.reading else {})

    def row_count(self, name: str) -> int:
        return len(self.split(name).sentences)

    def label_counts(self, name: str) -> dict[str, int]:
        """How many words of a split have each tag."""
        sentences = self.split(name).sentences
        if sentences.tags is None:
            return {}
        counts = Counter(tag for tags in sentences.tags for tag in tags)
        return {label: counts[label] for label in self.label_names}

    def split_facts(self, name: str, split: TaggingSplit) -> list[str]:
        return split.facts(name)
