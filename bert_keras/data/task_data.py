"""`TaskData`: what the data of every kind of task has: named splits, and batches of them for `fit`."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.look_at_rows import look_at_rows
from bert_keras.data.origin import Origin
from bert_keras.data.row_digests import RowDigests
from bert_keras.data.split import Split
from bert_keras.data.splitting import part_of
from bert_keras.text.long_texts import window_ladder
from bert_keras.text.padding import choose_lengths


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TaskData:
    """What `bk.load_task` and its sisters return: `model.fit(data.train, validation_data=data.validation)`.

    Splits have names. `train`, `validation` and `test` are parts; a part has several splits where a task has several.

    Args:
        task: the task's name, e.g. "glue/mrpc".
        metrics: names of the official metrics, the first of which ranks epochs.
        splits: by name, e.g. "train", "validation", "test"; MNLI has "validation_matched" and so on.
        batch_size: rows a batch.
        order: the order of `train`'s batches; its `epoch` is the number of the next one.
        settings: how the data were made, as a model folder keeps it.
        notes: what a person should know of the reading, one line each.
        which: which rows of a user's own files these are, in words; "" where that needs no words.
        origin: of a user's own rows; None for a task that has a name.
        trained_rows: the rows of "train", as digests; None without that part, or where rows are not told apart.
    """

    kind: ClassVar[str]
    task: str
    metrics: tuple[str, ...]
    splits: dict[str, Any]
    batch_size: int
    order: BatchOrder | None
    settings: dict[str, Any]
    notes: tuple[str, ...] = ()
    which: str = ""
    origin: Origin | None = None
    trained_rows: RowDigests | None = None

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(split):,} {name}" for name, split in self.splits.items())
        labels = getattr(self, "label_names", None)
        of = "" if not labels else f", {len(labels)} labels ({', '.join(labels[:4])}{', …' if len(labels) > 4 else ''})"
        return f"<{type(self).__name__} '{self.task}': {rows}{of}, up to {self.seq_length} tokens>"

    @property
    def seq_length(self) -> int:
        """The most tokens of a row, or of a window."""
        return self.settings["seq_length"]

    @property
    def ladder(self) -> tuple[int, ...]:
        """The lengths of batches with static shapes; () for batches as long as their longest row."""
        return next(iter(self.splits.values())).ladder

    @property
    def reported(self) -> tuple[str, ...]:
        """What the names of the figures that `evaluate` gives begin with."""
        return self.metrics

    @property
    def details(self) -> tuple[str, ...]:
        """What the names of figures begin with that lines of progress leave out."""
        return ()

    def config(self) -> dict[str, Any]:
        """What a model folder keeps of the task."""
        return dict(self.settings)

    def described(self) -> dict[str, Any]:
        """What a model that is trained on the data keeps of them, as plain values for its folder or `.keras` file."""
        rows = {"train_rows": len(self.splits["train"])} if "train" in self.splits else {}
        for name, count in (("row_counts", self.row_count), ("label_counts", self.label_counts)):
            rows[name] = {split: count(split) for split in self.splits}
        origin = {} if self.origin is None else {"origin": self.origin.to_config()}
        return {"task": self.task, "metric_names": list(self.metrics), **self.config(), **rows, **origin}

    def facts(self) -> list[str]:
        """What a person should know before training, one line each."""
        of_splits = [line for name, split in self.splits.items() for line in self.split_facts(name, split)]
        return [*self.notes, *of_splits, *self._shape_facts()]

    def split_facts(self, name: str, split: Any) -> list[str]:
        """What a person should know of a split, one line each."""
        return []

    @property
    def train(self) -> tf.data.Dataset | None:
        """Batches (features, labels) of "train", in a new order each epoch."""
        if "train" not in self.splits:
            return None
        batches = self.splits["train"].dataset(self.order)
        batches.task_data = self  # for the model, which keeps what they are of
        return batches

    def rest(self, epoch: int, first: int) -> tf.data.Dataset:
        """The batches of "train" that are left of an epoch, from number `first` on; both count from 0."""
        return self.splits["train"].dataset(self.order.rest(epoch, first))

    @property
    def validation(self) -> tf.data.Dataset | None:
        """Batches (features, labels) of the first validation split, sorted by length."""
        return self._batches("validation")

    @property
    def test(self) -> tf.data.Dataset | None:
        """Batches of the first test split, sorted by length; without labels where the task keeps them secret."""
        return self._batches("test")

    def look(self, step: int, is_rest: bool = False) -> tuple[str, str]:
        """Where the rows of a step of the running pass over `train` stand, and what of them float32 cannot bear.

        Args:
            step: its number in the epoch, from 0.
            is_rest: whether the pass is over what `rest` gave.

        Returns:
            Both in words, "" for nothing.
        """
        batches = self.order.batches(max(self.order.epoch - (not is_rest), 0))
        return look_at_rows(self.split("train"), batches[step]) if step < len(batches) else ("", "")

    def row_count(self, name: str) -> int:
        """How many texts, questions, sentences or prompts a split has; a row of ids may be a part of one."""
        return len(self.split(name))

    def label_counts(self, name: str) -> dict[str, int]:
        """How many rows, or words, of a split have each label, in the order of the classes; {} where none are named."""
        return {}

    def names_of(self, part: str) -> list[str]:
        """The splits of a part: `names_of("validation")` is both of MNLI's."""
        return [name for name in self.splits if part in (name, part_of(name))]

    def split(self, name: str) -> Any:
        """A split by name; ValueError, with the names there are, for another."""
        return self.splits[checks.one_of("split", name, self.splits)]

    def _shape_facts(self) -> list[str]:
        """What the static shapes of the training batches cost, one line; none without."""
        if self.order is None:
            return []
        if self.order.packing is not None:
            return [self.order.packing_in_words()]
        if not self.ladder:
            return []
        lengths, free = ", ".join(map(str, self.ladder)), self.order.without_ladder()
        shares = f"padding {self.order.padding_share():.1%} of the tokens, {free.padding_share():.1%} without"
        return [f"static shapes: {self.batch_size} rows of {lengths} tokens; {shares}"]

    def _batches(self, part: str) -> tf.data.Dataset | None:
        names = self.names_of(part)
        if not names:
            return None
        split = self.splits[names[0]]
        return split.dataset(split.order(self.batch_size))


def with_ladder(splits: dict[str, Split], static_shapes: bool, seq_length: int) -> dict[str, Split]:
    """The splits with the ladder that pads the rows of the first one least; as they are without `static_shapes`."""
    if not checks.boolean("static_shapes", static_shapes):
        return splits
    first, *others = splits.values()
    # Rows of the other splits must find a length too.
    longest = np.array([split.lengths.max() for split in others], "int64")
    lengths = np.concatenate([first.lengths, longest])
    window = first.window_tokens
    ladder = choose_lengths(lengths, seq_length) if window is None else window_ladder(lengths, window)
    return {name: dataclasses.replace(split, ladder=ladder) for name, split in splits.items()}
