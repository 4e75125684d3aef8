"""`MaskedData`: texts as rows with masks, ready for `MaskedLM.fit`; `load_masked` makes it."""

import dataclasses
import itertools
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.split import BatchOrder
from bert_keras.data.task_data import Parts, with_ladder
from bert_keras.features import MASKED_LM
from bert_keras.masked_lm.masked_split import MaskedSplit
from bert_keras.masked_lm.masker import Masker
from bert_keras.text.lines import documents, sources
from bert_keras.text.packing import check_seq_length, combine_segments
from bert_keras.text.tokenizer import Tokenizer

ROWS = ("packed", "texts")
_ENCODE_TEXTS = 1024  # tokenized in one call
_DOCUMENTS = 20  # from so many on, whole documents are held out, else lines


@dataclasses.dataclass(frozen=True, eq=False)
class MaskedData(Parts):
    """What `bk.load_masked` returns: `model.fit(data.train, validation_data=data.validation)`.

    Args:
        task: what messages call it.
        metrics: of `bk.evaluate`.
        splits: "train" and "validation".
        batch_size: rows a batch.
        seq_length: the most tokens of a row.
        rows: "packed" or "texts".
        order: the order of `train`'s batches; its `epoch` is the number of the next one, and of its masks.
    """

    kind = MASKED_LM
    task: str
    metrics: tuple[str, ...]
    splits: dict[str, MaskedSplit]
    batch_size: int
    seq_length: int
    rows: str
    order: BatchOrder | None

    def config(self) -> dict[str, Any]:
        masker = next(iter(self.splits.values())).masker
        chosen = {"masked_share": masker.share, "whole_words": masker.whole_words}
        return {"seq_length": self.seq_length, "rows": self.rows, **chosen}

    def facts(self) -> list[str]:
        lines = []
        for name, split in self.splits.items():
            tokens = int(split.lengths.sum())
            lines.append(f"{name}: {split.texts:,} texts, {len(split):,} rows, {tokens:,} tokens")
            if split.truncated:
                lines.append(f"{name}: {split.truncated:,} texts are longer than {self.seq_length} tokens and were cut")
        return lines + self.shape_facts()


def load_masked(
    files_or_texts: Any,
    encoder: Any,
    *,
    validation: Any = None,
    held_out: float = 0.05,
    rows: str = "packed",
    masked_share: float = 0.15,
    whole_words: bool = True,
    seq_length: int = 128,
    batch_size: int = 32,
    seed: int = 0,
    limit: int | None = None,
    static_shapes: bool = False,
) -> MaskedData:
    """Texts with masks, a new one each epoch, for `bk.MaskedLM`: see `Masker` for what is masked.

    Args:
        files_or_texts: a text file (UTF-8, a line or a paragraph each; an empty line ends a document), several, or a
            list of texts, which stand for lines.
        encoder: an encoder or a `Tokenizer`, with [MASK] in its vocabulary.
        validation: others, to measure on. If None, a share of these is held out, the same whatever the seed: whole
            documents where there are twenty or more, else lines.
        held_out: that share, in (0, 1).
        rows: "packed": the lines of a document follow one another, and every seq_length - 2 tokens make a row, so that
            lines go on in the next row, and the last row of a document may be short. "texts": a row for each line, cut
            to seq_length.
        masked_share: of the tokens.
        whole_words: whether all pieces of a word are masked together.
        seq_length, batch_size, seed, static_shapes: as in `bk.load_glue`; the seed is that of the order and the masks.
        limit: only so many training rows, the first ones.

    Raises:
        ValueError: for no text at all, bytes that are not UTF-8 (with file and line), a vocabulary without [MASK], a
            seq_length beyond the encoder's position table.
    """
    checks.integer("batch_size", batch_size, 1)
    checks.one_of("rows", rows, ROWS)
    if limit is not None:
        checks.integer("limit", limit, 1)
    tokenizer = _tokenizer(encoder, seq_length)
    masker = Masker(tokenizer, seed, masked_share, whole_words)
    given = sources(files_or_texts)
    texts = {"train": list(documents(given))}
    if validation is not None:
        texts["validation"] = list(documents(sources(validation)))
    else:
        texts = _held_out(texts["train"], held_out)
    source = ", ".join(path.name for path in given[:3]) if isinstance(given[0], pathlib.Path) else "texts"
    splits = {name: _split(part, rows, seq_length, masker, source) for name, part in texts.items()}
    if limit is not None:
        splits["train"] = _head(splits["train"], limit)
    splits = with_ladder(splits, static_shapes, seq_length)
    order = splits["train"].order(batch_size, shuffle=True, seed=seed)
    metrics = ("masked_accuracy", "masked_loss", "perplexity")
    return MaskedData(f"masked words of {source}", metrics, splits, batch_size, seq_length, rows, order)


def _tokenizer(encoder: Any, seq_length: int) -> Tokenizer:
    check_seq_length(seq_length, 1)
    if isinstance(encoder, Tokenizer):
        return encoder
    if not hasattr(checks.no_tf_keras("encoder", encoder), "preprocessor"):
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file) if there is no encoder yet."
        raise TypeError(checks.message("encoder", "be an encoder or a Tokenizer", encoder, advice))
    return encoder.preprocessor(seq_length).tokenizer


def _held_out(texts: list[list[str]], share: float) -> dict[str, list[list[str]]]:
    if not 0.0 < checks.number("held_out", share) < 1.0:
        raise ValueError(checks.message("held_out", "lie between 0 and 1", share))
    whole = len(texts) >= _DOCUMENTS
    places = (
        [(d, None) for d in range(len(texts))]
        if whole
        else [(d, n) for d, t in enumerate(texts) for n in range(len(t))]
    )
    if len(places) < 2:
        advice = "Pass other texts to measure on as `validation`."
        raise ValueError(checks.message("files_or_texts", "hold two lines or more", len(places), advice))
    count = min(max(1, round(share * len(places))), len(places) - 1)
    drawn = {places[place] for place in np.random.default_rng(0).permutation(len(places))[:count]}
    if whole:
        train = [text for place, text in enumerate(texts) if (place, None) not in drawn]
        return {"train": train, "validation": [text for place, text in enumerate(texts) if (place, None) in drawn]}
    train = [[line for n, line in enumerate(text) if (d, n) not in drawn] for d, text in enumerate(texts)]
    rest = [[line for n, line in enumerate(text) if (d, n) in drawn] for d, text in enumerate(texts)]
    return {"train": [text for text in train if text], "validation": [text for text in rest if text]}


def _split(texts: list[list[str]], rows: str, seq_length: int, masker: Masker, source: str) -> MaskedSplit:
    tokenizer, room = masker.tokenizer, seq_length - 2
    lines = [line for document in texts for line in document]
    made = [tokenizer(lines[start : start + _ENCODE_TEXTS]) for start in range(0, len(lines), _ENCODE_TEXTS)]
    ids = tf.concat(made, axis=0)
    truncated = 0
    if rows == "packed":
        ends = np.append(0, ids.row_lengths().numpy().cumsum())[np.append(0, np.cumsum([len(d) for d in texts]))]
        cuts = [np.arange(begin, end, room) for begin, end in itertools.pairwise(ends)]
        ids = tf.RaggedTensor.from_row_splits(ids.flat_values, np.append(np.concatenate(cuts), ends[-1]))
    else:
        truncated = int((ids.row_lengths().numpy() > room).sum())
    ids = tf.ragged.boolean_mask(ids, ids.row_lengths() > 0)
    if not ids.nrows():
        raise ValueError(checks.message("files_or_texts", "hold text that makes tokens", lines[:3]))
    word_ids, type_ids = combine_segments([ids], seq_length, tokenizer.cls_id, tokenizer.sep_id)
    examples = Examples((), None, np.arange(int(word_ids.nrows())), source)
    return MaskedSplit(examples, word_ids, type_ids, truncated, masker=masker, texts=len(lines))


def _head(split: MaskedSplit, limit: int) -> MaskedSplit:
    return dataclasses.replace(
        split, examples=split.examples.head(limit), word_ids=split.word_ids[:limit], type_ids=split.type_ids[:limit]
    )
