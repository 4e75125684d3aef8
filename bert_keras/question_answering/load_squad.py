"""`load_squad` and `load_question_files`: questions about texts as batches of windows for an encoder."""

import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.samples import FOLDER
from bert_keras.data.task_data import checked_parts
from bert_keras.question_answering.question_data import QuestionData, make_question_data
from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.question_answering.read_squad import SQUAD_SPLITS, SQUAD_VERSIONS, read_squad, read_squad_json

QUESTIONS = "samples/questions"
_FILE_PARTS = ("train", "validation", "test")


def load_squad(
    version: str,
    encoder: Any,
    *,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    **options: Any,
) -> QuestionData:
    """SQuAD as windows of token ids, from TFDS or from the set's own JSON files, the same from both.

    >>> data = load_squad("v1.1", encoder)
    >>> features, labels = next(iter(data.train))
    >>> labels  # int32 [batch] each: the first and the last token of the answer
    {'start_logits': ..., 'end_logits': ...}

    Args:
        version: "v1.1" or "v2.0"; "squad/v1.1" as well.
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        data_dir: a TFDS data folder, or a folder with `train-v1.1.json`, `dev-v1.1.json` and so on; TFDS's default
            folder if None.
        limit: only so many training questions, drawn by a hash of their ids: the same in every run.
        parts: which of "train" and "validation" to read; both if None.
        **options: of the windows and batches, as below.
        seq_length: tokens of a window, 384.
        doc_stride: tokens from the beginning of one window to that of the next, 128.
        max_query_length: tokens of a question that are kept, 64.
        max_answer_length: the most tokens of an answer when logits are decoded, 30.
        batch_size: windows a batch, 16.
        seed: of the order of the training batches, 0.
        static_shapes: as in `bk.load_glue`, False.

    Raises:
        ValueError: for an unknown version, a file that is not in SQuAD's form (the field's path is named), or a
            doc_stride that would leave context out.
        FileNotFoundError: if `data_dir` does not hold the set.
    """
    version = checks.one_of("version", _lower(version), SQUAD_VERSIONS)
    names = checked_parts(parts, tuple(SQUAD_SPLITS))
    limit = None if limit is None else checks.integer("limit", limit, 1)
    questions = {name: read_squad(version, name, data_dir, limit if name == "train" else None) for name in names}
    return make_question_data(f"squad/{version}", questions, encoder, **options)


def load_question_files(
    files: str | os.PathLike | Mapping[str, str | os.PathLike],
    encoder: Any,
    *,
    validation_share: float = 0.1,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    **options: Any,
) -> QuestionData:
    """Questions of your own, in SQuAD's JSON, as windows of token ids.

    >>> data = load_question_files({"train": "train.json", "validation": "dev.json"}, encoder)
    >>> data = load_question_files("questions.json", encoder)  # a tenth of it, whole contexts, becomes "validation"

    Args:
        files: a file, or files by part: "train", "validation", "test".
        encoder: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        validation_share: of one file, the share of the questions that is held out, drawn with the seed. All questions
            about one context go to one side. 0 for none.
        limit: only the first so many training questions.
        parts: which parts to make; all if None.
        **options: as in `load_squad`: `seq_length`, `doc_stride`, `max_query_length`, `max_answer_length`,
            `batch_size`, `seed`, `static_shapes`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a file is not in SQuAD's form: line and column, or the path of the field.
    """
    if isinstance(files, Mapping):
        unknown = [name for name in files if name not in _FILE_PARTS]
        if unknown or not files:
            raise ValueError(checks.message("files", f"be files by part, out of {_FILE_PARTS}", list(files)))
        questions = {name: read_squad_json(path) for name, path in files.items()}
        title = "+".join(pathlib.Path(os.fspath(path)).name for path in files.values())
        return _made(title, questions, encoder, limit, parts, options)
    if not isinstance(files, (str, os.PathLike)):
        raise TypeError(checks.message("files", "be the path of a file, or a dict of them by part", files))
    share = checks.number("validation_share", validation_share, 0.0, 0.9)
    seed = checks.integer("seed", options.get("seed", 0), 0)
    questions = _held_out(read_squad_json(files), share, seed)
    return _made(pathlib.Path(files).name, questions, encoder, limit, parts, options)


def load_questions(
    encoder: Any,
    *,
    data_dir: Any = None,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    **options: Any,
) -> QuestionData:
    """The questions that come with the library, some without an answer, in three parts with different paragraphs."""
    if data_dir is not None:
        raise ValueError(checks.message("data_dir", f"be None for {QUESTIONS}, which comes with the library", data_dir))
    questions = _held_out(read_squad_json(FOLDER / "questions_train.json"), 0.2, seed=0)
    questions["test"] = read_squad_json(FOLDER / "questions_test.json")
    return _made(QUESTIONS, questions, encoder, limit, parts, options)


def _made(
    task: str,
    questions: dict[str, QuestionExamples],
    encoder: Any,
    limit: int | None,
    parts: tuple[str, ...] | None,
    options: dict[str, Any],
) -> QuestionData:
    limit = None if limit is None else checks.integer("limit", limit, 1)
    chosen = {name: questions[name] for name in checked_parts(parts, tuple(questions))}
    if "train" in chosen:
        chosen["train"] = chosen["train"].head(limit)
    return make_question_data(task, chosen, encoder, **options)


def _held_out(questions: QuestionExamples, share: float, seed: int) -> dict[str, QuestionExamples]:
    if not share:
        return {"train": questions}
    names = list(dict.fromkeys(questions.contexts))
    if len(names) < 2:
        advice = "Pass validation_share=0, or files={'train': …, 'validation': …}."
        raise ValueError(checks.message("files", "hold two contexts or more to hold one out", len(names), advice))
    sizes = dict.fromkeys(names, 0)
    for context in questions.contexts:
        sizes[context] += 1
    held: set[str] = set()
    count = 0
    for place in np.random.default_rng(seed).permutation(len(names))[: len(names) - 1]:
        if held and count >= share * len(questions):
            break
        held.add(names[place])
        count += sizes[names[place]]
    rows = np.array([context in held for context in questions.contexts])
    return {"train": questions.take(np.flatnonzero(~rows)), "validation": questions.take(np.flatnonzero(rows))}


def _lower(version: Any) -> str:
    if not isinstance(version, str):
        raise TypeError(checks.message("version", "be 'v1.1' or 'v2.0'", version))
    return version.lower().removeprefix("squad/")
