"""`load_next_sentences`: pairs of sentences, of which the second follows the first or stands elsewhere.

The head for it is a `bk.TextClassifier` of two classes: BERT's next sentence prediction (Devlin et al., 2018, section
3.1) is one dense layer on the pooled output, and so is that.
"""

import dataclasses
import functools
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.splitting import Shares, by_part
from bert_keras.data.task import loaded
from bert_keras.features import SINGLE_LABEL
from bert_keras.foreign_names import foreign_names
from bert_keras.text.lines import decoded_lines
from bert_keras.text_classification.text_task import TextTask

NEXT_SENTENCES = "next_sentences"
LABELS = ("is_next", "not_next")  # BERT's numbers: 0 is next, 1 is not
_FILES = {"train": "train.txt", "validation": "validation.txt", "test": "test.txt"}


class _Documents(list):
    """Documents, each a list of sentences, some of which can be taken."""

    def take(self, rows: np.ndarray) -> "_Documents":
        return _Documents(self[row] for row in rows)


@checks.answers(**foreign_names("load_next_sentences"))
def load_next_sentences(
    source: str | os.PathLike | Mapping[str, Any] | Sequence[Sequence[str]],
    encoder: Any = None,
    *,
    validation_share: float = 0.1,
    test_share: float = 0.0,
    split_seed: int = 0,
    pair_seed: int = 0,
    **options: Any,
) -> Any:
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
        encoder: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`; None for a `Task`.
        validation_share, test_share: of the documents for training, what becomes a part that is not given, two of them
            at least; 0 for none.
        split_seed: draws the documents that are held out.
        pair_seed: of the pairs.
        **options: as in `bk.load_glue`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for a part with fewer than two documents, or none of two sentences.
    """
    checks.integer("pair_seed", pair_seed, 0)
    shares = Shares(validation_share, test_share, split_seed)
    sources = _sources(source)
    task = TextTask(
        name=NEXT_SENTENCES,
        read=functools.partial(_read_pairs, sources, shares, pair_seed),
        parts=shares.parts(sources),
        split_seed=split_seed,
        label_names=LABELS,
        problem_type=SINGLE_LABEL,
        metrics=("accuracy",),
        text_columns=("sentence", "next_sentence"),
    )
    return loaded(task, encoder, options)


def load_next_sentence_task(encoder: Any = None, *, data_dir: str | os.PathLike | None = None, **options: Any) -> Any:
    """As `load_next_sentences` of the folder or file `data_dir`: the task "next_sentences" of `bk.finetune`."""
    if data_dir is None:
        advice = f"E.g. a folder with {_FILES['train']}: a sentence a line, an empty line between documents."
        raise ValueError(checks.message("data_dir", "be the folder or file with documents", None, advice))
    return load_next_sentences(data_dir, encoder, **options)


def _read_pairs(sources: dict[str, Any], shares: Shares, pair_seed: int, parts: tuple[str, ...]) -> dict[str, Examples]:
    """Pairs by part; where a part is held out, of two documents at least."""
    missing = shares.missing(sources)
    wanted = {*parts, "train"} if set(missing) & set(parts) else set(parts)
    documents = {part: _documents(source) for part, source in sources.items() if part in wanted}
    if missing and "train" in documents:
        count = len(documents["train"])
        if count < 2 * (1 + len(missing)):
            advice = "Pass more, or validation_share=0 to hold none out."
            must = f"hold {'four' if len(missing) == 1 else 'six'} documents or more to hold some out"
            raise ValueError(checks.message("source", must, count, advice))
        larger = {f"{part}_share": max(share, 2 / count) for part, share in missing.items()}
        shares = dataclasses.replace(shares, **larger)
    documents = shares.hold_out(documents, lambda rows: range(len(rows)), given=sources)
    return {part: _pairs(part, documents[part], pair_seed) for part in parts}


def _sources(source: Any) -> dict[str, Any]:
    """A file or documents by part."""
    if isinstance(source, (str, os.PathLike)) and pathlib.Path(source).expanduser().is_dir():
        folder = pathlib.Path(source).expanduser()
        files = {part: folder / name for part, name in _FILES.items() if (folder / name).is_file()}
        if "train" not in files:
            raise FileNotFoundError(checks.message("source", f"hold {_FILES['train']}", str(source)))
        return files
    sources = by_part(source, "source")
    for part in sources.values():
        if not isinstance(part, (str, os.PathLike)):
            _checked_documents(part)
        elif not pathlib.Path(part).expanduser().is_file():
            raise FileNotFoundError(checks.message("source", "be a file or a folder", str(part), "There is none."))
    return sources


def _checked_documents(source: Any) -> _Documents:
    if not isinstance(source, (list, tuple)) or not all(isinstance(document, (list, tuple)) for document in source):
        must = "be a file, a folder, documents as lists of str, or a dict of them by part"
        raise TypeError(checks.message("source", must, source))
    for place, document in enumerate(source):
        for sentence in document:
            if not isinstance(sentence, str):
                raise TypeError(checks.message("source", "hold sentences as str", sentence, f"Document {place}."))
    return _Documents(list(document) for document in source)


def _documents(source: Any) -> _Documents:
    if not isinstance(source, (str, os.PathLike)):
        return _checked_documents(source)
    documents: list[list[str]] = [[]]
    for line in decoded_lines(pathlib.Path(source).expanduser()):
        if line.strip():
            documents[-1].append(line.strip())
        elif documents[-1]:
            documents.append([])
    return _Documents(document for document in documents if document)


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
