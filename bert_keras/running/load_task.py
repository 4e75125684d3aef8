"""From a task's name to its data: "glue/mrpc", "squad/v1.1", "samples/reviews", "my_questions.json"."""

import dataclasses
import functools
import os
import re
from collections.abc import Callable
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.open_table import TABLE_ENDINGS, is_table
from bert_keras.data.task_data import Parts
from bert_keras.features import (
    MASKED_LM,
    MULTIPLE_CHOICE,
    QUESTION_ANSWERING,
    TEXT_CLASSIFICATION,
    TOKEN_CLASSIFICATION,
)
from bert_keras.multiple_choice.load_choices import SWAG, load_swag
from bert_keras.question_answering.load_squad import QUESTIONS, load_questions, load_squad
from bert_keras.question_answering.read_squad import SQUAD_VERSIONS
from bert_keras.running.load_files import load_files
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS, glue_task
from bert_keras.text_classification.glue.load_glue import load_glue
from bert_keras.text_classification.imdb import IMDB, load_imdb
from bert_keras.text_classification.next_sentences import NEXT_SENTENCES, load_next_sentence_task
from bert_keras.text_classification.reviews import REVIEWS, load_reviews
from bert_keras.text_classification.text_table import TextTable
from bert_keras.token_classification.load_tagging import EXTENSIONS, TAGGING_TASKS, holds_tags, load_tagging


@dataclasses.dataclass(frozen=True)
class Task:
    """What is known of a task before its data are read.

    Args:
        name: its full name; of a file its path.
        kind: one of `features.KINDS`.
        load: called with an encoder and the options of `load_task`; makes the data.
        is_own: whether it is a file of the user's: no `data_dir`, and `validation` may name another.
    """

    name: str
    kind: str
    load: Callable[..., Parts]
    is_own: bool = False


_NAMED = {
    **{f"squad/{version}": (QUESTION_ANSWERING, functools.partial(load_squad, version)) for version in SQUAD_VERSIONS},
    REVIEWS: (TEXT_CLASSIFICATION, load_reviews),
    IMDB: (TEXT_CLASSIFICATION, load_imdb),
    QUESTIONS: (QUESTION_ANSWERING, load_questions),
    **{name: (TOKEN_CLASSIFICATION, functools.partial(load_tagging, name)) for name in TAGGING_TASKS},
    SWAG: (MULTIPLE_CHOICE, load_swag),
    NEXT_SENTENCES: (TEXT_CLASSIFICATION, load_next_sentence_task),
}
# What data of each kind are made with, beside batches and their order: fields of a recipe and of a model folder.
DATA_FIELDS = {
    TEXT_CLASSIFICATION: ("seq_length", "long_text", "max_windows"),
    QUESTION_ANSWERING: ("seq_length", "doc_stride", "max_query_length", "max_answer_length"),
    TOKEN_CLASSIFICATION: ("seq_length", "label_pieces", "tag_column", "repair"),
    MASKED_LM: ("seq_length",),
    MULTIPLE_CHOICE: ("seq_length",),
}


def task_names() -> list[str]:
    """Every task that `load_task` knows by name."""
    return [*(f"glue/{name}" for name in GLUE_TASKS), *_NAMED]


def load_task(task: str | os.PathLike | TextTable, encoder: Any, *, kind: str | None = None, **options: Any) -> Parts:
    """A task by its name, tokenized for `encoder`: a `TaskData`, `QuestionData` or `ChoiceData`.

    Args:
        task: "glue/mrpc" and the like; "squad/v1.1" or "squad/v2.0"; "imdb_reviews"; "swag"; "next_sentences";
            "samples/reviews" or "samples/questions", which come with the library; or the path of a .json file of your
            own, with questions as in SQuAD.
        encoder: an encoder or a tokenizer.
        kind: one of `features.KINDS`, if the task must be that: the `kind` of a model.
        **options: `seq_length`, `batch_size`, `seed`, `limit`, `parts`, `static_shapes` (see `bk.load_glue`), and
            `data_dir` for all but the samples; for texts also `long_text` and `max_windows`; for question answering
            also `doc_stride`, `max_query_length` and
            `max_answer_length`; with a file also `validation`, another that is that part, or `whole`, the name of
            the part that all of the file is.

    Raises:
        ValueError: for another name, with the nearest ones, or another kind.
    """
    found = find_task(task)
    if kind not in (None, found.kind):
        raise ValueError(checks.message("task", f"be of the kind {kind}", task, f"It is of the kind {found.kind}."))
    if not found.is_own:
        if "validation" in options:
            must = f"be None for {found.name}, which has its own"
            raise ValueError(checks.message("validation", must, options["validation"]))
        options.pop("whole", None)
        return found.load(encoder, **options)
    if options.pop("data_dir", None) is not None:
        raise ValueError(checks.message("data_dir", "be None for a file of your own", found.name))
    return found.load(encoder, **options)


def find_task(task: str | os.PathLike | TextTable) -> Task:
    """The task of a name or a file; ValueError, with the nearest names, if there is none."""
    if isinstance(task, TextTable):
        return Task(task.name, task.kind, task.load, is_own=True)
    if isinstance(task, os.PathLike):
        task = os.fspath(task)
    if not isinstance(task, str):
        raise TypeError(checks.message("task", "be the name of a task, a file, or what bk.load_files gives", task))
    if task.lower().startswith("glue/") or re.sub("[-_ ]", "", task.lower()) in GLUE_TASKS:
        name = f"glue/{glue_task(task).name}"
        return Task(name, TEXT_CLASSIFICATION, functools.partial(load_glue, name))
    if task.lower() in _NAMED:
        kind, load = _NAMED[task.lower()]
        return Task(task.lower(), kind, load)
    if holds_tags(task):
        load = functools.partial(_own, task, load=load_tagging)
        return Task(task, TOKEN_CLASSIFICATION, load, is_own=True)
    if task.lower().endswith(".json"):
        return Task(task, QUESTION_ANSWERING, functools.partial(_own, task), is_own=True)
    if is_table(task):
        return Task(task, TEXT_CLASSIFICATION, functools.partial(_own, task), is_own=True)
    near = checks.did_you_mean(task, [*task_names(), *GLUE_TASKS])
    tables = f"a folder or a file of texts that ends in {', '.join(TABLE_ENDINGS)}"
    tags = f"a folder or a file of tags that ends in {', '.join(EXTENSIONS)}"
    must = f"be one of {', '.join(task_names())}, a .json file with questions, {tables}, or {tags}"
    raise ValueError(checks.message("task", must, task, near))


def _own(
    path: str,
    encoder: Any,
    validation: Any = None,
    whole: str | None = None,
    load: Callable[..., Parts] = load_files,
    **options: Any,
) -> Parts:
    files = path if validation is None else {"train": path, "validation": validation}
    return load(files if whole is None else {whole: path}, encoder, **options)
