"""`load_task`: from a name, a file or an object to its data: "glue/mrpc", "squad/v1.1", "my_questions.json"."""

from typing import Any

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.data.task_data import TaskData
from bert_keras.foreign_names import foreign_names
from bert_keras.running.choosing.find_task import check_kind, open_task


@checks.answers(**foreign_names("load_task"))
def load_task(task: Any, encoder: Any = None, *, kind: str | None = None, **options: Any) -> Any:
    """Data chosen by a name or a file; with an encoder tokenized for it.

    >>> task = bk.load_task("squad/v2.0", data_dir="squad", limit=1000, doc_stride=96)  # chosen: for bk.finetune
    >>> data = bk.load_task("glue/mrpc", encoder, batch_size=16)  # tokenized: for model.fit

    Args:
        task: "glue/mrpc" and the like; "squad/v1.1" or "squad/v2.0"; "imdb_reviews"; "conll2003"; "swag";
            "next_sentences"; "samples/reviews", "samples/questions" or "samples/entities", which come with the library;
            or what `bk.load_files` takes; or a `Task`.
        encoder: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`. None gives a `Task`, which `bk.finetune` takes.
        kind: the kind that the task must be of, such as the `kind` of a model; None for any.
        **options: which data: `data_dir`, a TFDS data folder or that of a task's own files; `limit`, only so many
            training rows; `split_seed`, by which they and held-out parts are drawn; `validation_share`, `test_share`
            and `validation`, as in `bk.load_files`. How ids are made: `seq_length`; for texts `long_text` and
            `max_windows`; for questions `doc_stride`, `max_query_length` and `max_answer_length`; for tags
            `tag_column`, `label_pieces` and `repair`. With an encoder `parts`, `batch_size`, `seed` and
            `static_shapes`, as in `Task.load`.

    Returns:
        A `Task`; with an encoder a `TaskData`.

    Raises:
        ValueError: for another name, with the nearest ones, or another kind.
        TypeError: for an option that this task does not have.
    """
    if isinstance(task, TaskData):
        advice = "bk.load_task and bk.load_files without an encoder give what bk.finetune takes."
        raise TypeError(checks.message("task", "be chosen, and not tokenized already", task.task, advice))
    if isinstance(task, Task):
        check_kind(task.kind, kind, task.name)
        return task.changed(**options) if encoder is None else task.load(encoder, **options)
    return open_task(task, encoder, kind, is_file=False, options=options)
