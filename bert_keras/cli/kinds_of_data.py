"""Of which kind a command's data are, and which options that kind has, as far as it is known without TensorFlow.

`running/kinds.py` has the same of the classes, which are heavy; tests compare the two.
"""

import pathlib
from typing import Any

from bert_keras.data.tables.glimpse import glimpse
from bert_keras.data.tables.open_table import SHEETS
from bert_keras.multiple_choice.holds_choices import holds_choices
from bert_keras.question_answering.holds_questions import holds_questions
from bert_keras.text_classification.glue.glue_tasks import known_glue_task
from bert_keras.token_classification.holds_tags import EXTENSIONS, holds_tags

TEXTS, QUESTIONS, TAGS, CHOICES = (
    "text_classification",
    "question_answering",
    "token_classification",
    "multiple_choice",
)
# By kind, the options of `bk.load_task` that say how ids are made of rows, in the order of the task's fields.
FIELDS = {
    TEXTS: ("limit", "seq_length", "long_text", "max_windows"),
    QUESTIONS: (
        *("limit", "seq_length", "doc_stride", "max_query_length", "max_answer_length"),
        *("repair", "unanswered"),
    ),
    TAGS: (
        *("limit", "seq_length", "tag_column", "columns", "word_column", "sentence_column", "encoding"),
        *("repair", "label_pieces", "label_names", "scheme"),
    ),
    CHOICES: ("limit", "seq_length"),
}
# By option of predictors and of `bk.evaluate`, the kinds that have it.
TAKERS = {"top_k": (QUESTIONS,), "null_threshold": (QUESTIONS,), "abstain_below": (TEXTS,)}
_NAMES = {
    **dict.fromkeys(("samples/reviews", "imdb_reviews", "next_sentences"), TEXTS),
    **dict.fromkeys(("samples/questions", "squad/v1.1", "squad/v2.0"), QUESTIONS),
    **dict.fromkeys(("samples/entities", "conll2003"), TAGS),
    "swag": CHOICES,
}
_COLUMNS = ("text", "text_pair", "label", "weight")
_MOST = 1 << 25  # bytes of a file that is read as a whole where its beginning is asked for


def kind_of(task: str, given: dict[str, Any]) -> str | None:
    """The kind of a task's name, or of a file that is there; None where its beginning does not tell at once.

    Args:
        task: as a command has it.
        given: options of `bk.load_task` that were given: columns that are named are those of texts.
    """
    if task.lower() in _NAMES:
        return _NAMES[task.lower()]
    if known_glue_task(task) is not None:
        return TEXTS
    path = pathlib.Path(task).expanduser()
    if task.lower().endswith(EXTENSIONS):
        return TAGS
    if "://" in task or not path.is_file() or not is_soon_seen(path):
        return None
    named = {given[name] for name in _COLUMNS if name in given}
    if named and named <= set(glimpse(path).columns):
        return TEXTS
    for kind, holds in ((QUESTIONS, holds_questions), (TAGS, holds_tags), (CHOICES, holds_choices)):
        if holds(path):
            return kind
    return TEXTS if glimpse(path).rows else None


def is_soon_seen(path: pathlib.Path) -> bool:
    """Whether the first rows can be had at once: without the others, or those are few, and without pandas."""
    if path.suffix.lower() in SHEETS:
        return False
    return ".json" not in path.suffixes or path.stat().st_size <= _MOST
