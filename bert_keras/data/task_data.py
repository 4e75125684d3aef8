"""`TaskData`: a task's parts, ready for `model.fit`."""

import dataclasses
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.pipeline import BatchOrder, Split, check_labels, make_split
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True, eq=False)
class TaskData:
    """What `bk.load_glue` and its sisters return: `model.fit(data.train, validation_data=data.validation)`.

    Args:
        task: the task's name, e.g. "glue/mrpc".
        label_names: one str a class; None for regression.
        problem_type: "single_label_classification", "multi_label_classification" or "regression".
        metrics: names of the official metrics, as in `bk.metrics`.
        text_columns: names of the one or two text columns.
        splits: by name, e.g. "train", "validation", "test"; MNLI has "validation_matched" and so on.
        batch_size: rows a batch.
        seq_length: tokens that rows are cut to.
        order: the order of `train`'s batches; its `epoch` is the number of the next one.
    """

    task: str
    label_names: tuple[str, ...] | None
    problem_type: str
    metrics: tuple[str, ...]
    text_columns: tuple[str, ...]
    splits: dict[str, Split]
    batch_size: int
    seq_length: int
    order: BatchOrder | None

    @property
    def num_classes(self) -> int:
        """Outputs of a model for this task: its classes, or 1 for regression."""
        return len(self.label_names) if self.label_names else 1

    @property
    def train(self) -> tf.data.Dataset | None:
        """Batches (features, labels) of "train", in a new order each epoch."""
        return self.splits["train"].dataset(self.order) if "train" in self.splits else None

    @property
    def validation(self) -> tf.data.Dataset | None:
        """Batches (features, labels) of the first validation split, sorted by length."""
        return self._batches("validation")

    @property
    def test(self) -> tf.data.Dataset | None:
        """Batches of the first test split, sorted by length; without labels where the task keeps them secret."""
        return self._batches("test")

    def names_of(self, part: str) -> list[str]:
        """The splits of a part: `names_of("validation")` is both of MNLI's."""
        return [name for name in self.splits if name == part or name.startswith(part + "_")]

    def split(self, name: str) -> Split:
        """A split by name; ValueError, with the names there are, for another."""
        return self.splits[checks.one_of("split", name, self.splits)]

    def _batches(self, part: str) -> tf.data.Dataset | None:
        names = self.names_of(part)
        if not names:
            return None
        split = self.splits[names[0]]
        return split.dataset(split.order(self.batch_size))


def make_task_data(
    task: str,
    examples: dict[str, Examples],
    encoder: Any,
    *,
    label_names: tuple[str, ...] | None,
    problem_type: str,
    metrics: tuple[str, ...],
    text_columns: tuple[str, ...],
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
) -> TaskData:
    """Checks labels and tokenizes every split. `encoder` is an encoder or a `Tokenizer`."""
    checks.integer("batch_size", batch_size, 1)
    made = _preprocessor(encoder, seq_length)
    for name, rows in examples.items():
        if rows.labels is not None or not name.startswith("test"):
            check_labels(rows, problem_type, len(label_names) if label_names else 1)
    splits = {name: make_split(rows, made) for name, rows in examples.items()}
    order = splits["train"].order(batch_size, shuffle=True, seed=seed) if "train" in splits else None
    return TaskData(task, label_names, problem_type, metrics, text_columns, splits, batch_size, seq_length, order)


def _preprocessor(encoder: Any, seq_length: int) -> Preprocessor:
    if isinstance(encoder, Tokenizer):
        return Preprocessor(encoder, seq_length)
    if not hasattr(checks.no_tf_keras("encoder", encoder), "preprocessor"):
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file) if there is no encoder yet."
        raise TypeError(checks.message("encoder", "be an encoder or a Tokenizer", encoder, advice))
    return encoder.preprocessor(seq_length)


def checked_parts(parts: tuple[str, ...] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of a task that a user asked for, all for None; raises if one is not known or none is named."""
    if parts is None:
        return known
    if isinstance(parts, str) or not parts:
        raise TypeError(checks.message("parts", f"be a tuple of names out of {known}", parts, f'E.g. ("{known[0]}",).'))
    return tuple(checks.one_of("parts", name, known) for name in parts)
