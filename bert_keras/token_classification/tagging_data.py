"""`TaggingData`: the parts of a task of tags, ready for `model.fit`."""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from bert_keras import checks
from bert_keras.data.split import BatchOrder
from bert_keras.data.task_data import Parts, with_ladder
from bert_keras.features import TOKEN_CLASSIFICATION
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.word_windows import WordPreprocessor
from bert_keras.token_classification.schemes import PLAIN, in_scheme, scheme_of, tag_names
from bert_keras.token_classification.tagged_sentences import TaggedSentences
from bert_keras.token_classification.tagging_split import LABEL_PIECES, TaggingSplit, make_tagging_split


@dataclasses.dataclass(frozen=True, eq=False)
class TaggingData(Parts):
    """What `bk.load_tagging` returns: `model.fit(data.train, validation_data=data.validation)`.

    Args:
        task: the task's name, e.g. "conll2003".
        label_names: one str a class: "O" first, then by type, sorted, in each B, I, E, S. Of plain tags, sorted.
        scheme: "bio", "bioes", or "plain" for tags without entities.
        metrics: names of the official metrics that rank epochs.
        splits: by name: "train", "validation", "test".
        batch_size: rows a batch; a row is a sentence, or a window over a long one.
        preprocessor: how words become windows.
        label_pieces: "first" or "all".
        order: the order of `train`'s batches; its `epoch` is the number of the next one.
        kept: `tag_column` and `repair`, as the data were read with.
        told: what a person should know of the tags, a line each.
    """

    kind: ClassVar[str] = TOKEN_CLASSIFICATION
    task: str
    label_names: tuple[str, ...]
    scheme: str
    metrics: tuple[str, ...]
    splits: dict[str, TaggingSplit]
    batch_size: int
    preprocessor: WordPreprocessor
    label_pieces: str
    order: BatchOrder | None
    kept: dict[str, Any]
    told: tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        """Outputs of a model for this task, for each token."""
        return len(self.label_names)

    @property
    def seq_length(self) -> int:
        """The most tokens of a window."""
        return self.preprocessor.seq_length

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(f"{metric}_" for metric in self.metrics)  # of each type

    def config(self) -> dict[str, Any]:
        kept = {"labels": list(self.label_names), "scheme": self.scheme, "label_pieces": self.label_pieces}
        return {**kept, **self.kept, "seq_length": self.seq_length}

    def facts(self) -> list[str]:
        lines = [f"{len(self.label_names)} tags ({self.scheme}): " + " ".join(self.label_names), *self.told]
        of_splits = [line for name, split in self.splits.items() for line in split.facts(name, self.seq_length)]
        return lines + of_splits + self.shape_facts()


def make_tagging_data(
    task: str,
    parts: dict[str, TaggedSentences],
    encoder: Any,
    *,
    label_names: Sequence[str] | None = None,
    scheme: str | None = None,
    kept: dict[str, Any],
    label_pieces: str = "first",
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
    static_shapes: bool = False,
) -> TaggingData:
    """Checks the tags and makes the windows of every part; the arguments are those of `load_tagging`."""
    checks.integer("batch_size", batch_size, 1)
    checks.one_of("label_pieces", label_pieces, LABEL_PIECES)
    preprocessor = _preprocessor(encoder, seq_length)
    if label_names is not None and scheme is None and scheme_of(label_names) == PLAIN:
        scheme = PLAIN
    scheme, parts, told = in_scheme(parts, scheme, checks.boolean("repair", kept["repair"]))
    names = _names(parts, scheme, label_names)
    _check_known(parts, names, given=label_names is not None)
    splits = {name: make_tagging_split(rows, preprocessor, names, label_pieces) for name, rows in parts.items()}
    splits = with_ladder(splits, static_shapes, seq_length)
    order = splits["train"].order(batch_size, shuffle=True, seed=seed) if "train" in splits else None
    metrics = ("accuracy",) if scheme == PLAIN else ("f1", "precision", "recall")
    return TaggingData(
        task, names, scheme, metrics, splits, batch_size, preprocessor, label_pieces, order, kept, tuple(told)
    )


def _names(parts: dict[str, TaggedSentences], scheme: str, given: Sequence[str] | None) -> tuple[str, ...]:
    """The classes: those given, or those of "train", or of the first part where there is no such."""
    if given is not None:
        if isinstance(given, str) or len(set(given)) != len(given):
            raise ValueError(checks.message("label_names", "be a list of tags, each once", given))
        names = tuple(given)
    else:
        first = parts.get("train", next(iter(parts.values())))
        if first.tags is None:
            raise ValueError(checks.message("label_names", "be given for sentences without tags", None))
        names = tag_names((tag for tags in first.tags for tag in tags), scheme)
    if len(names) < 2:
        advice = "A model of one class has nothing to learn. Is it the right column (tag_column)?"
        raise ValueError(checks.message("tags", "be of two kinds or more", list(names), advice))
    return names


def _check_known(parts: dict[str, TaggedSentences], names: tuple[str, ...], given: bool) -> None:
    known = set(names)
    for sentences in parts.values():
        for row, tags in enumerate(sentences.tags or ()):
            for place, tag in enumerate(tags):
                if tag in known:
                    continue
                whose = "the labels of the model" if given else "a tag of the training part"
                near = checks.did_you_mean(tag, names)
                advice = f"It stands on {sentences.place(row, place)}. {near}".strip()
                more = "" if given else " Correct it, or name all tags: label_names=[…]."
                must = f"be {whose}: {', '.join(names)}"
                raise ValueError(checks.message("tag", must, tag, advice + more))


def _preprocessor(encoder: Any, seq_length: int) -> WordPreprocessor:
    if isinstance(encoder, Tokenizer):
        return WordPreprocessor(encoder, seq_length)
    if not hasattr(checks.no_tf_keras("encoder", encoder), "word_preprocessor"):
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file) if there is no encoder yet."
        raise TypeError(checks.message("encoder", "be an encoder or a Tokenizer", encoder, advice))
    return encoder.word_preprocessor(seq_length)
