"""`load_next_sentences`: pairs of sentences, of which the second follows the first or stands elsewhere.

The head for it is a `bk.TextClassifier` of two classes: BERT's next sentence prediction (Devlin et al., 2018, section
3.1) is one dense layer on the pooled output, and so is that.
"""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.task_data import checked_parts
from bert_keras.features import SINGLE_LABEL
from bert_keras.text.decoding import decoded_lines
from bert_keras.text_classification.text_data import TaskData, make_task_data

NEXT_SENTENCES = "next_sentences"
LABELS = ("is_next", "not_next")  # BERT's numbers: 0 is next, 1 is not
_FILES = {"train": "train.txt", "validation": "validation.txt", "test": "test.txt"}


def load_next_sentences(
    source: str | os.PathLike | Mapping[str, Any] | Sequence[Sequence[str]],
    encoder: Any,
    *,
    validation_share: float = 0.1,
    pair_seed: int = 0,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    **options: Any,
) -> TaskData:
    """Pairs of sentences from documents: a sentence with the one behind it, or with one of another document.

    Each sentence but the last of its document begins one pair; half of the pairs, drawn with `pair_seed`, get as their
    second a sentence of another document of the same part. The labels are BERT's: 0 is next, 1 is not.

    >>> data = bk.load_next_sentences("documents.txt", encoder)
    >>> model = bk.TextClassifier(encoder, num_classes=2)
    >>> model.fit(data.train, validation_data=data.validation)

    Args:
        source: a text file in UTF-8, a sentence a line and an empty line between documents; or documents, each a list
            of str; or a dict of either by part: "train", "validation", "test". A folder is that of train.txt,
            validation.txt and test.txt, as far as they are there.
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        validation_share: where there is only "train", the share of the documents that becomes "validation"; 0 for none.
        pair_seed: of the pairs, and of the documents that are held out.
        limit: only the first so many training pairs.
        parts: which parts to make; all if None.
        **options: `seq_length`, `batch_size`, `seed` of the order of the training batches and `static_shapes`, as in
            `bk.load_glue`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for a part with fewer than two documents, or none of two sentences.
    """
    pair_seed = checks.integer("pair_seed", pair_seed, 0)
    limit = None if limit is None else checks.integer("limit", limit, 1)
    documents = _by_part(source)
    if set(documents) == {"train"} and checks.number("validation_share", validation_share, 0.0, 0.9) > 0:
        documents = _held_out(documents["train"], validation_share, pair_seed)
    examples = {part: _pairs(part, documents[part], pair_seed) for part in checked_parts(parts, tuple(documents))}
    if "train" in examples:
        examples["train"] = examples["train"].head(limit)
    return make_task_data(
        NEXT_SENTENCES,
        examples,
        encoder,
        label_names=LABELS,
        problem_type=SINGLE_LABEL,
        metrics=("accuracy",),
        text_columns=("sentence", "next_sentence"),
        **options,
    )


def load_next_sentence_task(encoder: Any, *, data_dir: str | os.PathLike | None = None, **options: Any) -> TaskData:
    """As `load_next_sentences` of the folder or file `data_dir`: the task "next_sentences" of `bk.finetune`."""
    if data_dir is None:
        advice = f"E.g. a folder with {_FILES['train']}: a sentence a line, an empty line between documents."
        raise ValueError(checks.message("data_dir", "be the folder or file with documents", None, advice))
    return load_next_sentences(data_dir, encoder, **options)


def _by_part(source: Any) -> dict[str, list[list[str]]]:
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source).expanduser()
        if path.is_dir():
            found = {part: path / name for part, name in _FILES.items() if (path / name).is_file()}
            if "train" not in found:
                raise FileNotFoundError(checks.message("source", f"hold {_FILES['train']}", str(source)))
            return {part: _read(file) for part, file in found.items()}
        return {"train": _read(path)}
    if isinstance(source, Mapping):
        unknown = [name for name in source if name not in _FILES]
        if unknown or not source:
            must = f"be files or documents by part, out of {', '.join(_FILES)}"
            raise ValueError(checks.message("source", must, list(source)))
        return {part: next(iter(_by_part(given).values())) for part, given in source.items()}
    documents = list(source) if isinstance(source, (list, tuple)) else None
    if documents is None or not all(isinstance(document, (list, tuple)) for document in documents):
        must = "be a file, a folder, documents as lists of str, or a dict of them by part"
        raise TypeError(checks.message("source", must, source))
    for place, document in enumerate(documents):
        for sentence in document:
            if not isinstance(sentence, str):
                raise TypeError(checks.message("source", "hold sentences as str", sentence, f"Document {place}."))
    return {"train": [list(document) for document in documents]}


def _read(path: str | os.PathLike) -> list[list[str]]:
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(checks.message("source", "be a file or a folder", str(path), "There is none."))
    documents: list[list[str]] = [[]]
    for line in decoded_lines(path):
        if line.strip():
            documents[-1].append(line.strip())
        elif documents[-1]:
            documents.append([])
    return [document for document in documents if document]


def _held_out(documents: list[list[str]], share: float, seed: int) -> dict[str, list[list[str]]]:
    """Train and validation: whole documents, two of each at least, in their order."""
    count = max(2, round(share * len(documents)))
    if len(documents) < count + 2:
        advice = "Pass more, or validation_share=0 to hold none out."
        raise ValueError(
            checks.message("source", "hold four documents or more to hold some out", len(documents), advice)
        )
    held = set(np.random.default_rng((seed, 1)).permutation(len(documents))[:count].tolist())
    return {
        "train": [document for place, document in enumerate(documents) if place not in held],
        "validation": [documents[place] for place in sorted(held)],
    }


def _pairs(part: str, documents: list[list[str]], seed: int) -> Examples:
    """One pair for each sentence that has one behind it; half of them, drawn by the seed, are not with that."""
    owners = np.array([number for number, document in enumerate(documents) for _ in document])
    sentences = [sentence for document in documents for sentence in document]
    firsts = np.flatnonzero(owners[:-1] == owners[1:])
    if len(np.unique(owners)) < 2 or not len(firsts):
        must = f"hold two documents or more for {part}, and one of two sentences"
        raise ValueError(checks.message("source", must, [len(document) for document in documents][:10]))
    random = np.random.default_rng((seed, 0))
    labels = np.zeros(len(firsts), "int32")
    labels[random.permutation(len(firsts))[: len(firsts) // 2]] = 1
    begins, ends = (np.searchsorted(owners, owners[firsts], side) for side in ("left", "right"))
    # A number among the sentences of all other documents, which skips those of the pair's own.
    drawn = random.integers(0, len(sentences) - (ends - begins))
    drawn += np.where(drawn >= begins, ends - begins, 0)
    seconds = np.where(labels == 1, drawn, firsts + 1)
    columns = ([sentences[row] for row in rows] for rows in (firsts, seconds))
    return Examples(tuple(columns), labels, firsts, f"{part} of {NEXT_SENTENCES}")
