"""`Task`: data that were chosen, before an encoder makes ids of them."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from bert_keras import checks
from bert_keras.data.check_packing import check_packing
from bert_keras.data.origin import Origin
from bert_keras.data.row_digests import RowDigests
from bert_keras.data.splitting import checked_parts, limited, part_of
from bert_keras.data.task_data import TaskData, with_ladder
from bert_keras.text.base_tokenizer import BaseTokenizer

_OF_BATCHES = ("batch_size", "seed", "static_shapes", "packed")  # arguments of `Task.data`


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """What `bk.load_task` gives without an encoder; `bk.finetune` takes it.

    A kind of task has a subclass, whose further fields say how ids are made of its rows.

    >>> task = bk.load_task("squad/v2.0", data_dir="squad", limit=1000, doc_stride=96)
    >>> bk.finetune(task, "bert_en_uncased_L-12_H-768_A-12", "runs/squad")
    >>> data = task.load(encoder)

    Args:
        name: of the task or its files, for messages and model folders.
        read: called with the names of parts; gives their rows by split, as "train" or "validation_matched".
        parts: that there are.
        limit: only so many training rows, drawn by `split_seed`; all if None.
        split_seed: draws what is held out of the training rows, and those that `limit` leaves. It is not the seed of a
            run: every run has the same rows.
        origin: of a user's own rows; None for a task that has a name.
        seq_length: tokens of a row, special ones included.

    Attributes:
        kind: of task, as model folders call it.
        data_class: the class of its data.
        stored: names of the fields that a model folder keeps: data for a tuned model are made with them again.
        fixed: names of the fields that belong to the rows: no option sets them.
        tells_rows: whether a row is known again by its texts.
    """

    kind: ClassVar[str]
    data_class: ClassVar[type[TaskData]]
    stored: ClassVar[tuple[str, ...]] = ("seq_length",)
    fixed: ClassVar[tuple[str, ...]] = (
        "name",
        "read",
        "parts",
        "split_seed",
        "origin",
    )  # rows are held out by the seed already
    default_batch_size: ClassVar[int] = 32
    tells_rows: ClassVar[bool] = True
    name: str
    read: Callable[[tuple[str, ...]], dict[str, Any]] = dataclasses.field(repr=False)
    parts: tuple[str, ...]
    limit: int | None = None
    split_seed: int = 0
    origin: Origin | None = dataclasses.field(default=None, repr=False)
    seq_length: int = 128

    def __post_init__(self) -> None:
        if self.limit is not None:
            checks.integer("limit", self.limit, 1)
        checks.integer("split_seed", self.split_seed, 0)
        checks.integer("seq_length", self.seq_length, 3)
        for field in dataclasses.fields(self):  # NumPy's numbers become plain ones, which can be written as JSON
            if isinstance(value := getattr(self, field.name), np.number):
                object.__setattr__(self, field.name, value.item())

    def rows(self, parts: tuple[str, ...] | None = None) -> dict[str, Any]:
        """The rows of some parts by split, read; of all parts if None."""
        rows = self.read(checked_parts(parts, self.parts))
        return rows | {n: limited(rows[n], self.limit, self.split_seed) for n in rows if part_of(n) == "train"}

    def load(self, encoder: Any, *, parts: tuple[str, ...] | None = None, **options: Any) -> TaskData:
        """The rows as batches for an encoder.

        Args:
            encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
            parts: which parts to make; all if None.
            **options: `batch_size`, `seed`, `static_shapes` and `packed` as for `data`, and any field of the task to
                change.
        """
        batches = {name: options.pop(name) for name in _OF_BATCHES if name in options}
        task = self.changed(**options)
        return task.data(task.rows(parts), encoder, **batches)

    def data(
        self,
        rows: dict[str, Any],
        encoder: Any,
        *,
        batch_size: int | None = None,
        seed: int = 0,
        static_shapes: bool = False,
        packed: int = 0,
    ) -> TaskData:
        """What `rows` gave as batches for an encoder.

        Args:
            rows: by split.
            encoder: an encoder or a `Tokenizer`.
            batch_size: rows a batch; that of the kind's published recipe if None.
            seed: of the order of the training batches.
            static_shapes: whether batches have few shapes, for XLA and TPUs, which compile each: every batch has
                batch_size rows, padded to one of at most five lengths. A model must be compiled with
                static_shapes=True.
            packed: 1 to have a model pack the texts of a training batch into rows that hold several, for next to no
                padding; with more, as many parts of a batch, those of a model's micro-batches and replicas. 0 for a row
                a text. Batches are then of texts of all lengths. On TensorFlow with static_shapes=True alone.

        Raises:
            ValueError: if rows of this kind, or for this encoder, cannot be packed.
        """
        if checks.integer("packed", packed, 0):
            self.check_packed()
            check_packing(encoder, packed, batch_size or self.default_batch_size, static_shapes)
        batch_size = checks.integer("batch_size", self.default_batch_size if batch_size is None else batch_size, 1)
        task, splits = self.tokenize(rows, encoder)
        splits = with_ladder(splits, static_shapes, task.seq_length)
        order = splits["train"].order(batch_size, shuffle=True, seed=seed) if "train" in splits else None
        if packed and order is not None:
            order = order.packed(packed, task.seq_length)
        trained = RowDigests.of(self.texts_of(rows["train"])) if "train" in rows and self.tells_rows else None
        data = task.as_data(splits, batch_size, order)
        return dataclasses.replace(data, origin=self.origin, trained_rows=trained)

    def changed(self, **fields: Any) -> "Task":
        """The task with other values of some fields; TypeError, with the nearest names, for what is no such field."""
        names = self.option_names()
        for name, value in fields.items():
            if name not in names:
                must = f"be left out for {self.name}, of {self.kind}, which takes {', '.join(names)}"
                raise TypeError(checks.message(name, must, value, checks.did_you_mean(name, names)))
        return dataclasses.replace(self, **fields) if fields else self

    def check_packed(self) -> None:
        """Raises ValueError where several rows of this task cannot be packed into one."""
        must = f"be off for {self.name}: texts and pairs with a class or a number each are packed, and not {self.kind}"
        raise ValueError(checks.message("packed", must, True))

    @classmethod
    def option_names(cls) -> list[str]:
        """Names of the fields that options of `bk.load_task` set."""
        return [field.name for field in dataclasses.fields(cls) if field.name not in cls.fixed]

    def settings(self) -> dict[str, Any]:
        """What a model folder keeps of how the data are made."""
        return {name: getattr(self, name) for name in self.stored}

    @staticmethod
    def texts_of(rows: Any) -> Iterable[tuple[str, ...]]:
        """All texts of each row: by them a row is known again."""
        return zip(*rows.texts, strict=True)

    def tokenize(self, rows: dict[str, Any], encoder: Any) -> tuple["Task", dict[str, Any]]:
        """The rows as splits of ids, and the task with what they taught of it, such as its labels."""
        raise NotImplementedError

    def as_data(self, splits: dict[str, Any], batch_size: int, order: Any, **facts: Any) -> TaskData:
        """The data of this kind; `facts` are the fields that its class has beside those of every kind."""
        fields = {"splits": splits, "batch_size": batch_size, "order": order, **facts}
        return self.data_class(task=self.name, settings=self.settings(), **fields)


def loaded(task: Task, encoder: Any, options: dict[str, Any]) -> Any:
    """A task just made, with options that are fields of it; with an encoder its data, and options of `Task.load`."""
    if "split_seed" in options:
        task = dataclasses.replace(task, split_seed=options.pop("split_seed"))
    if encoder is not None:
        return task.load(encoder, **options)
    for name in ("parts", *_OF_BATCHES):
        if name in options:
            advice = "Without one, bk.finetune takes it from its recipe and devices."
            raise TypeError(checks.message(name, "be passed with an encoder only", options[name], advice))
    return task.changed(**options)


def reader_of(rows: Mapping[str, Any]) -> Callable[[tuple[str, ...]], dict[str, Any]]:
    """What a `Task` reads with where its rows are there already, by split."""
    return lambda parts: {name: rows[name] for name in rows if part_of(name) in parts}


def parts_in(splits: Iterable[str]) -> tuple[str, ...]:
    """The parts that splits belong to, each once, in their order."""
    return tuple(dict.fromkeys(part_of(name) for name in splits))


def preprocessor_of(encoder: Any, preprocessor: type, method: str, seq_length: int, **options: Any) -> Any:
    """The door for encoders and tokenizers: the preprocessor of either.

    Args:
        encoder: an encoder, or a `Tokenizer` where there is none yet.
        preprocessor: its class.
        method: the encoder's method that makes one.
        seq_length: tokens of a row.
        **options: of the preprocessor.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(encoder, BaseTokenizer):
        return preprocessor(encoder, seq_length, **options)
    if not hasattr(checks.no_tf_keras("encoder", encoder), method):
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file) if there is no encoder yet."
        raise TypeError(checks.message("encoder", "be an encoder or a Tokenizer", encoder, advice))
    return getattr(encoder, method)(seq_length, **options)
