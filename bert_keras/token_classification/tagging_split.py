"""`TaggingSplit`: sentences as windows of ids in memory, with a class for each token that is labelled."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.labelled_rows import LabelledRows
from bert_keras.data.split import Split
from bert_keras.features import UNLABELLED, WORD_IDS
from bert_keras.text.word_windows import WordPreprocessor, WordWindows
from bert_keras.token_classification.tagged_sentences import TaggedSentences

LABEL_PIECES = ("first", "all")
_CHUNK_SENTENCES = 2048  # turned into windows in one call


@dataclasses.dataclass(frozen=True, eq=False)
class TaggingSplit(Split):
    """One part of a tagging task: a row is a window over a sentence.

    Args:
        examples: `ids` are the numbers of the windows' sentences; the labels are in `labels`.
        word_ids, type_ids: ragged int32 [windows, (tokens)].
        truncated: sentences longer than seq_length, which have several windows.
        sentences: all sentences of the part.
        preprocessor: that made the windows.
        labels: ragged int32 [windows, (tokens)], classes; `UNLABELLED`, -1, on all tokens that are not labelled. None
            for sentences without tags. Of windows that share tokens, one has the label.
        unread: words without a piece, of characters that the tokenizer drops: they are always "O".
    """

    examples: LabelledRows
    sentences: TaggedSentences = dataclasses.field(kw_only=True)
    preprocessor: WordPreprocessor = dataclasses.field(kw_only=True)
    labels: tf.RaggedTensor | None = None
    unread: int = 0

    def place(self, row: int) -> str:
        sentence = int(self.examples.ids[row])
        lines = self.sentences.lines
        if lines is None:
            return f"{self.examples.source}, sentence {sentence}"
        first = lines[sentence] if isinstance(lines[sentence], int) else lines[sentence][0]
        return f"{self.examples.source}, line {first}"

    def targets(self) -> Any:
        return self.labels

    def targets_of(self, rows: tf.Tensor, targets: Any, features: dict[str, tf.Tensor]) -> tf.Tensor:
        """int32 [batch, tokens]."""
        padded = features[WORD_IDS]
        shape = tf.stack([tf.constant(-1, tf.int64), tf.shape(padded, tf.int64)[1]])
        labels = tf.gather(targets, rows).to_tensor(default_value=UNLABELLED, shape=shape)
        return tf.ensure_shape(labels, padded.shape)

    def facts(self, name: str) -> list[str]:
        """What a person should know of this part before training on it, one line each."""
        words = sum(map(len, self.sentences.words))
        lines = [f"{name}: {len(self.sentences):,} sentences, {words:,} words"]
        if self.truncated:
            what = f"{self.truncated:,} sentences are longer than {self.preprocessor.seq_length} tokens"
            lines.append(f"{name}: {what} and are read in several windows, each word in one: {len(self):,} rows")
        if self.unread:
            lines.append(f"{name}: {self.unread:,} words have no character that the tokenizer reads, and no label")
        return lines


def make_tagging_split(
    sentences: TaggedSentences, preprocessor: WordPreprocessor, label_names: tuple[str, ...], label_pieces: str
) -> TaggingSplit:
    """Cuts the sentences of a part into windows, once, and lays their tags, if they have any, on the tokens.

    With `label_pieces="all"` pieces after the first have I- in place of B-, where the classes `label_names` have it.
    """
    starts = range(0, len(sentences), _CHUNK_SENTENCES)
    chunks = [preprocessor(list(sentences.words[start : start + _CHUNK_SENTENCES])) for start in starts]
    word_ids = tf.concat([chunk.word_ids for chunk in chunks], axis=0)
    type_ids = tf.concat([chunk.type_ids for chunk in chunks], axis=0)
    rows = np.concatenate([chunk.rows.numpy() + start for chunk, start in zip(chunks, starts, strict=True)])
    rows = rows.astype("int64")
    labels = None
    if sentences.tags is not None:
        tags = [[tag for own in sentences.tags[start : start + _CHUNK_SENTENCES] for tag in own] for start in starts]
        columns = zip(chunks, tags, strict=True)
        flat = np.concatenate([_labels(*chunk, label_names, label_pieces) for chunk in columns])
        labels = tf.RaggedTensor.from_row_splits(flat, word_ids.row_splits, validate=False)
        if not (flat != UNLABELLED).any():
            source = sentences.source or "this part"
            raise ValueError(checks.message("sentences", "hold a word that the tokenizer reads", source))
    unread = sum(int((chunk.firsts.numpy() < 0).sum()) for chunk in chunks)
    return TaggingSplit(
        LabelledRows(None, rows, sentences.source),
        word_ids,
        type_ids,
        int((np.bincount(rows) > 1).sum()),
        sentences=sentences,
        preprocessor=preprocessor,
        labels=labels,
        unread=unread,
    )


def _labels(windows: WordWindows, tags: list[str], label_names: tuple[str, ...], label_pieces: str) -> np.ndarray:
    """int32 [tokens of all windows]: the classes of the tokens that are labelled, -1 of the others."""
    number = {name: place for place, name in enumerate(label_names)}
    classes = np.array([number[tag] for tag in tags], "int32")
    labels = np.full(int(windows.word_ids.row_splits[-1]), UNLABELLED, "int32")
    if label_pieces == "all":
        after = np.array([number.get("I" + name[1:] if name[:2] == "B-" else name, n) for name, n in number.items()])
        labels[windows.tokens.numpy()] = after[classes[windows.words.numpy()]]
    firsts = windows.firsts.numpy()
    labels[firsts[firsts >= 0]] = classes[firsts >= 0]
    return labels
