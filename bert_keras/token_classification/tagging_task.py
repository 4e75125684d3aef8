"""`TaggingTask`: sentences of words with a tag each, before an encoder makes windows of ids of them."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.splitting import checked_parts, limited
from bert_keras.data.task import Task, preprocessor_of
from bert_keras.text.word_windows import WordPreprocessor
from bert_keras.token_classification.schemes import PLAIN, in_scheme, scheme_of, tag_names
from bert_keras.token_classification.tagged_sentences import TaggedSentences
from bert_keras.token_classification.tagging_data import TaggingData
from bert_keras.token_classification.tagging_split import LABEL_PIECES, TaggingSplit, make_tagging_split


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TaggingTask(Task):
    """Words with a tag each, such as named entities or parts of speech.

    What is read depends on fields that may change: `read` is called with the parts, and with `tag_column` and `columns`
    as keywords.

    Args:
        tag_column: of files, the column with the tags: its number, from 0, that of the words, or -1 for the last; or
            its name out of `columns`, or of "pos", "chunks" and "ner" in a file of four columns and in TFDS.
        columns: names for the files' columns.
        repair: whether tags that break their scheme are mended as conlleval reads them; they are an error else.
        label_pieces: "first" labels the first piece of each word, "all" every piece (I- after the first).
        label_names: the classes, in order, as a model has them; those of "train" if None: "O", then by type, sorted, in
            each B, I (E, S). Plain tags sorted.
        scheme: "bio" (IOB2), "bioes", "iob1", or "plain" for tags without entities; found out if None. IOB1 is turned
            into BIO, and a line of `facts()` says so.
        notes: what a person should know of the tags, one line each.
    """

    kind: ClassVar[str] = TaggingData.kind
    data_class: ClassVar[type[TaggingData]] = TaggingData
    stored: ClassVar[tuple[str, ...]] = ("seq_length", "label_pieces", "tag_column", "repair")
    fixed: ClassVar[tuple[str, ...]] = (*Task.fixed, "notes")
    tag_column: int | str = -1
    columns: Sequence[str] | None = None
    repair: bool = False
    label_pieces: str = "first"
    label_names: Sequence[str] | None = None
    scheme: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.boolean("repair", self.repair)
        if not isinstance(self.tag_column, str):
            checks.integer("tag_column", self.tag_column)
        checks.one_of("label_pieces", self.label_pieces, LABEL_PIECES)

    def rows(self, parts: tuple[str, ...] | None = None) -> dict[str, TaggedSentences]:
        rows = self.read(checked_parts(parts, self.parts), tag_column=self.tag_column, columns=self.columns)
        if "train" in rows:
            rows["train"] = limited(rows["train"], self.limit, self.split_seed)
        return rows

    @staticmethod
    def texts_of(rows: TaggedSentences) -> Iterable[tuple[str, ...]]:
        return map(tuple, rows.words)

    def tokenize(self, rows: dict[str, TaggedSentences], encoder: Any) -> tuple["TaggingTask", dict[str, TaggingSplit]]:
        preprocessor = preprocessor_of(encoder, WordPreprocessor, "word_preprocessor", self.seq_length)
        scheme = self.scheme
        if self.label_names is not None and scheme is None and scheme_of(self.label_names) == PLAIN:
            scheme = PLAIN
        scheme, rows, notes = in_scheme(rows, scheme, self.repair)
        names = _classes(rows, scheme, self.label_names)
        _check_tags(rows, names, of_model=self.label_names is not None)
        splits = {n: make_tagging_split(own, preprocessor, names, self.label_pieces) for n, own in rows.items()}
        notes = (f"{len(names)} tags ({scheme}): " + " ".join(names), *notes)
        return dataclasses.replace(self, label_names=names, scheme=scheme, notes=(*self.notes, *notes)), splits

    def as_data(self, splits: dict[str, TaggingSplit], batch_size: int, order: BatchOrder | None) -> TaggingData:
        metrics = ("accuracy",) if self.scheme == PLAIN else ("f1", "precision", "recall")
        reading = {} if self.columns is None else {"columns": list(self.columns)}
        facts = {"notes": self.notes, "label_names": self.label_names, "scheme": self.scheme}
        return super().as_data(splits, batch_size, order, metrics=metrics, reading=reading, **facts)


def _classes(rows: dict[str, TaggedSentences], scheme: str, label_names: Sequence[str] | None) -> tuple[str, ...]:
    """The classes: those of the model, or those of "train", or of the first part where there is no such."""
    if label_names is not None:
        if isinstance(label_names, str) or len(set(label_names)) != len(label_names):
            raise ValueError(checks.message("label_names", "be a list of tags, each once", label_names))
        names = tuple(label_names)
    else:
        first = rows.get("train", next(iter(rows.values())))
        if first.tags is None:
            raise ValueError(checks.message("label_names", "be given for sentences without tags", None))
        names = tag_names((tag for tags in first.tags for tag in tags), scheme)
    if len(names) < 2:
        advice = "A model of one class has nothing to learn. Is it the right column (tag_column)?"
        raise ValueError(checks.message("tags", "be of two kinds or more", list(names), advice))
    return names


def _check_tags(rows: dict[str, TaggedSentences], names: tuple[str, ...], of_model: bool) -> None:
    """Raises ValueError, with its place, at the first tag that is no class."""
    known = set(names)
    for sentences in rows.values():
        for row, tags in enumerate(sentences.tags or ()):
            for place, tag in enumerate(tags):
                if tag not in known:
                    whose = "the labels of the model" if of_model else "a tag of the training part"
                    near = checks.did_you_mean(tag, names)
                    advice = f"It stands on {sentences.place(row, place)}. {near}".strip()
                    more = "" if of_model else " Correct it, or name all tags: label_names=[…]."
                    raise ValueError(checks.message("tag", f"be {whose}: {', '.join(names)}", tag, advice + more))
