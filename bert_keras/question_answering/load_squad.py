"""`load_squad`, `load_questions` and `load_question_files`: questions about texts, chosen, or as batches of windows."""

import dataclasses
import functools
import operator
import os
from collections.abc import Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.origin import Origin
from bert_keras.data.samples import FOLDER
from bert_keras.data.splitting import Shares, by_part
from bert_keras.data.task import loaded
from bert_keras.foreign_names import foreign_names
from bert_keras.question_answering.holds_questions import holds_questions
from bert_keras.question_answering.own_questions import read_own_questions
from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.question_answering.question_task import QuestionTask
from bert_keras.question_answering.read_squad import (
    SQUAD_SPLITS,
    checked_file,
    read_squad,
    squad_version,
)

QUESTIONS = "samples/questions"
_SAMPLES = {"train": FOLDER / "questions_train.json", "test": FOLDER / "questions_test.json"}
_OF_TABLES = (  # options of tables of texts
    *("text", "text_pair", "label", "weight", "class_weight"),
    *("problem_type", "label_names", "label_separator", "unlabelled", "in_memory"),
)


@checks.answers(**foreign_names("load_squad"))
def load_squad(version: str, encoder: Any = None, *, data_dir: str | os.PathLike | None = None, **options: Any) -> Any:
    """SQuAD as windows of token ids, from TFDS or from the set's own JSON files, the same from both.

    >>> data = load_squad("v1.1", encoder)
    >>> features, labels = next(iter(data.train))
    >>> labels  # int32 [batch] each: the first and the last token of the answer
    {'start_logits': ..., 'end_logits': ...}

    Args:
        version: "v1.1" or "v2.0"; "squad/v1.1" as well.
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`; None for a
            `Task`.
        data_dir: a TFDS data folder, or a folder with `train-v1.1.json`, `dev-v1.1.json` and so on; TFDS's default
            folder if None.
        **options: `limit`, `split_seed`, `seq_length`, `doc_stride`, `max_query_length` and `max_answer_length`, see
            `QuestionTask`; with an encoder `parts`, `batch_size`, `seed` and `static_shapes`, see `Task.load`.

    Raises:
        ValueError: for an unknown version, a file that is not in SQuAD's form (the field's path is named), or a
            doc_stride that would leave context out.
        FileNotFoundError: if `data_dir` does not hold the set.
    """
    version = squad_version(version)
    task = QuestionTask(
        name=f"squad/{version}",
        read=lambda parts: {part: read_squad(version, part, data_dir) for part in parts},
        parts=tuple(SQUAD_SPLITS),
    )
    return loaded(task, encoder, options)


def load_questions(encoder: Any = None, *, split_seed: int = 0, **options: Any) -> Any:
    """The questions that come with the library, some without an answer, in three parts with different paragraphs.

    Args:
        encoder: as in `load_squad`.
        split_seed: draws the paragraphs that are held out as "validation", a fifth of those to train on, and the
            training questions that `limit` leaves.
        **options: as in `load_squad`.
    """
    return loaded(_task(QUESTIONS, _SAMPLES, Shares(validation_share=0.2, split_seed=split_seed)), encoder, options)


def load_question_files(
    files: str | os.PathLike | Mapping[str, str | os.PathLike],
    encoder: Any = None,
    *,
    validation_share: float = 0.1,
    test_share: float = 0.0,
    split_seed: int = 0,
    **options: Any,
) -> Any:
    """Questions of your own, in SQuAD's JSON, as windows of token ids. See `bk.load_files`.

    >>> data = load_question_files({"train": "train.json", "validation": "dev.json"}, encoder)
    >>> data = load_question_files("questions.json", encoder)  # a tenth of its contexts becomes "validation"

    Args:
        files: a file in SQuAD's JSON, or a table with a question a row, as Hugging Face has them (.jsonl, .json,
            .parquet, frames, data sets); or several by part: "train", "validation", "test". See docs/own_data.md.
        encoder: as in `load_squad`.
        validation_share, test_share: of the contexts to train on, what becomes a part that has no file; 0 for none. All
            questions about one context go to one side.
        split_seed: draws the contexts that are held out, and the training questions that `limit` leaves.
        **options: as in `load_squad`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a file is not in SQuAD's form: line and column, or the path of the field.
        TypeError: for an option of tables of texts.
    """
    shares = Shares(validation_share, test_share, split_seed)
    for name in _OF_TABLES:
        if name in options:
            advice = "A table of texts in JSON has an object a line, and its name ends in .jsonl."
            raise TypeError(checks.message(name, "be left out for questions in SQuAD's JSON", options[name], advice))
    sources = {}
    for part, source in by_part(files).items():
        sources[part] = checked_file(source) if isinstance(source, (str, os.PathLike)) else source
        if not isinstance(source, (str, os.PathLike)) and not holds_questions(source):
            must = "be the path of a file, rows of questions, or a dict of them by part"
            raise TypeError(checks.message("files", must, source))
    paths = [source.name for source in sources.values() if hasattr(source, "name") and hasattr(source, "suffix")]
    name = "+".join(dict.fromkeys(paths)) or "questions"
    task = dataclasses.replace(_task(name, sources, shares), origin=Origin.of(files, shares, sources))
    return loaded(task, encoder, options)


def _questions(source: Any, part: str, **reading: Any) -> QuestionExamples:
    return read_own_questions(source, str(source) if isinstance(source, os.PathLike) else part, **reading)


def _task(name: str, paths: dict[str, Any], shares: Shares) -> QuestionTask:
    """The task of files by part, with the parts that are held out by whole contexts."""
    groups = operator.attrgetter("contexts")

    def read(parts: tuple[str, ...], **reading: Any) -> dict[str, Any]:
        own = functools.partial(_questions, **reading)
        return shares.read(paths, own, parts, groups)

    return QuestionTask(name=name, read=read, parts=shares.parts(paths), split_seed=shares.split_seed)
