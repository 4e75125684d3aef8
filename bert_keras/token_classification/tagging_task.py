"""`TaggingTask`: sentences of words with a tag each, before an encoder makes windows of ids of them."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.data.splitting import checked_parts, limited
from bert_keras.data.task import Task, preprocessor_of
from bert_keras.text.word_windows import WordPreprocessor
from bert_keras.token_classification.schemes import in_scheme, scheme_of, tag_names
from bert_keras.token_classification.tag_spelling import PLAIN, in_spelling, spelled_names
from bert_keras.token_classification.tagged_sentences import TaggedSentences
from bert_keras.token_classification.tagging_data import TaggingData
from bert_keras.token_classification.tagging_split import LABEL_PIECES, TaggingSplit, make_tagging_split

_READING = ("tag_column", "columns", "word_column", "sentence_column", "encoding", "label_names", "repair")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TaggingTask(Task):
    """Words with a tag each, such as named entities or parts of speech.

    What is read depends on fields that may change: `read` is called with the parts, and with those that `_READING`
    names as keywords.

    Args:
        tag_column: of files, the column with the tags: its number, from 0, that of the words, or -1 for the last; or
            its name out of `columns`, or of "pos", "chunks" and "ner" in a file of four columns and in TFDS; of tables
            the name of a column.
        columns: names for the columns of CoNLL files.
        word_column: as `tag_column`, that of the words; found if None.
        sentence_column: of tables with a word a row, the column that says to which sentence it belongs; found if None.
        encoding: of files of text.
        repair: whether tags that break their scheme are mended as conlleval reads them, of entities that overlap the
            longest is kept, and those that are not in their text are left out; they are errors else.
        label_pieces: "first" labels the first piece of each word, "all" every piece (I- after the first).
        label_names: the classes, in order, as a model has them; those of "train" if None: "O", then by type, sorted, in
            each B, I (E, S). Plain tags sorted. Tags that are numbers are their places here.
        scheme: "bio" or "iob2", "bioes" or "iobes", "bilou", "bmes", "bmewo", "iob1", "io" for types without prefixes,
            or "plain" for tags without entities; found out if None. All become BIO or BIOES, and a line of `facts()`
            says what was changed.
        notes: what a person should know of the tags, one line each.
    """

    kind: ClassVar[str] = TaggingData.kind
    data_class: ClassVar[type[TaggingData]] = TaggingData
    stored: ClassVar[tuple[str, ...]] = ("seq_length", "label_pieces", "tag_column", "repair")
    fixed: ClassVar[tuple[str, ...]] = (*Task.fixed, "notes")
    tag_column: int | str = -1
    columns: Sequence[str] | None = None
    word_column: int | str | None = None
    sentence_column: str | None = None
    encoding: str = "utf-8"
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
        reading = {name: getattr(self, name) for name in _READING}
        rows = self.read(checked_parts(parts, self.parts), **reading)
        if "train" in rows:
            rows["train"] = limited(rows["train"], self.limit, self.split_seed)
        return rows

    @staticmethod
    def texts_of(rows: TaggedSentences) -> Iterable[tuple[str, ...]]:
        return map(tuple, rows.words)

    def tokenize(self, rows: dict[str, TaggedSentences], encoder: Any) -> tuple["TaggingTask", dict[str, TaggingSplit]]:
        preprocessor = preprocessor_of(encoder, WordPreprocessor, "word_preprocessor", self.seq_length)
        scheme, given = self.scheme, self.label_names
        if given is not None:
            given = spelled_names(_checked_names(given), scheme)
            scheme = PLAIN if scheme is None and scheme_of(given) == PLAIN else scheme
        read = [note for own in rows.values() for note in own.notes]
        scheme, rows, spelled = in_spelling(rows, scheme)
        scheme, rows, notes = in_scheme(rows, scheme, self.repair)
        names = _classes(rows, scheme, given)
        _check_tags(rows, names, of_model=self.label_names is not None)
        splits = {n: make_tagging_split(own, preprocessor, names, self.label_pieces) for n, own in rows.items()}
        notes = (f"{len(names)} tags ({scheme}): " + " ".join(names), *dict.fromkeys((*read, *spelled, *notes)))
        return dataclasses.replace(self, label_names=names, scheme=scheme, notes=(*self.notes, *notes)), splits

    def as_data(self, splits: dict[str, TaggingSplit], batch_size: int, order: BatchOrder | None) -> TaggingData:
        metrics = ("accuracy",) if self.scheme == PLAIN else ("f1", "precision", "recall")
        reading = {} if self.columns is None else {"columns": list(self.columns)}
        for name, usual in (("word_column", None), ("sentence_column", None), ("encoding", "utf-8")):
            reading |= {} if getattr(self, name) == usual else {name: getattr(self, name)}
        facts = {"notes": self.notes, "label_names": self.label_names, "scheme": self.scheme}
        return super().as_data(splits, batch_size, order, metrics=metrics, reading=reading, **facts)


def _checked_names(label_names: Sequence[str]) -> Sequence[str]:
    if isinstance(label_names, str) or len(set(label_names)) != len(label_names):
        raise ValueError(checks.message("label_names", "be a list of tags, each once", label_names))
    return label_names


def _classes(rows: dict[str, TaggedSentences], scheme: str, label_names: Sequence[str] | None) -> tuple[str, ...]:
    """The classes: those of the model, or those of "train", or of the first part where there is no such."""
    if label_names is not None:
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
