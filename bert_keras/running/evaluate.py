"""`evaluate` and `write_predictions`: a model on a part of its task, whatever kind of task that is."""

import os
from typing import Any

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.foreign_names import foreign_names
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.running.loading.predictor import predictor
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.predictor import Predictor
from bert_keras.tuned.scores import Scores


@checks.answers(**foreign_names("evaluate"))
def evaluate(
    model: Any,
    data: Any = None,
    part: str = "validation",
    *,
    null_threshold: float | None = None,
    trained_rows: str = "refuse",
) -> Scores:
    """The task's official metrics of `model` on a part of `data`.

    >>> bk.evaluate(model, data)  # a model, and the data that it was trained on
    >>> bk.evaluate("runs/reviews")  # a model folder or a predictor: the rows that were held out in training
    >>> bk.evaluate(bk.load("runs/reviews"), "more.csv", "test")  # a table of your own

    Args:
        model: of the data's kind: a `bk.TextClassifier`, a `bk.SpanLabeler` for question answering, a
            `bk.TokenClassifier`, a `bk.MultipleChoice` or a `bk.MaskedLM`; or a predictor, a model folder, a `.keras`
            file.
        data: of `bk.load_task` or its sisters; or what `Predictor.task_data` takes as a task, such as a table of yours.
            If None, for a predictor or a folder, the task that it was trained on.
        part: "validation", "test" or "train"; a part with several splits, as MNLI's, gives the metrics of each, those
            of the second and later ones under `metric_split`, e.g. `accuracy_mismatched`.
        null_threshold: of question answering with questions that have no answer: a null score above it means "no
            answer". If None, the threshold is chosen on one half of the questions and the scores are those of the
            other half (by a hash of the id): a threshold found on the questions that it is scored on flatters.
        trained_rows: of a table of yours, as `Predictor.task_data` has it: what becomes of rows that were trained on.

    Returns:
        Floats by metric name, as scikit-learn names them. For question answering, in percent, `f1` and `exact_match`;
        where questions have no answer also those of the two kinds of question, `null_threshold`, and what the same
        questions give at a threshold of 0, `f1_at_zero` and `exact_match_at_zero`. For entities `f1`, `precision` and
        `recall` as seqeval counts them, and of each type, as `f1_PER`; for plain tags `accuracy` of the words. For
        masked words `masked_accuracy`, `masked_loss` and `perplexity`. The dict knows its `part` and number of `rows`,
        and of a classifier the scores of each class and the confusion matrix: see `bk.Scores`.

    Raises:
        ValueError: if the part is not there or has no labels, or the model is for another kind of task.
        TypeError: for batches, such as `data.validation`, which do not say what they are of.
    """
    if isinstance(model, (str, os.PathLike)):
        model = load(model)
    if not isinstance(data, TaskData):
        _check_no_batches(data)
        made = model if isinstance(model, Predictor) else predictor(model)
        data, model = made.task_data(part, data, trained_rows=trained_rows), made.model
    model = model.model if isinstance(model, Predictor) else model
    measure = evaluator(model, data, part, null_threshold=null_threshold)
    return Scores(measure(), part, measure.rows, data.which, **measure.details())


def _check_no_batches(data: Any) -> None:
    if hasattr(data, "element_spec"):
        advice = "Pass the data, and the part's name: bk.evaluate(model, data, 'test'). model.evaluate takes batches."
        raise TypeError(checks.message("data", "say what they are of", type(data).__name__, advice))


def evaluator(model: Any, data: TaskData, part: str = "validation", **options: Any) -> Evaluator:
    """`evaluate` to be called again and again as the model learns: what it traces, it traces once."""
    made = KINDS[data.kind].evaluator
    options = {name: value for name, value in options.items() if value is not None}
    for name, value in options.items():
        if name not in made.options:
            takers = " and ".join(other for other, kind in KINDS.items() if name in kind.evaluator.options)
            raise ValueError(checks.message(name, f"be None but for {takers}", value, f"This is {data.kind}."))
    return made(model, data, part, **options)


def is_scorable(data: TaskData) -> bool:
    """Whether there are rows of "validation" to score: their batches are (features, labels)."""
    return data.validation is not None and isinstance(data.validation.element_spec, tuple)


@checks.answers(**foreign_names("write_predictions"))
def write_predictions(
    model: Any,
    data: TaskData,
    folder: str | os.PathLike,
    part: str | None = None,
    *,
    null_threshold: float | None = None,
) -> list[str]:
    """Writes predictions in the format that the task's official scorer takes.

    For GLUE a TSV file for each split, under the leaderboard's names. For question answering `predictions.json` (the
    text of each question's answer, "" for none), `null_odds.json` and `nbest_predictions.json`. For tags
    `PART.conll`: a word, its tag and the model's on each line.

    Args:
        model: of the data's kind, with its labels.
        data: of `bk.load_task` or its sisters, with the part's splits.
        folder: made if it is not there.
        part: "test" for GLUE and tags, "validation" for question answering if None.
        null_threshold: as in `evaluate`; None: the one that `evaluate` would choose.

    Returns:
        The files written.

    Raises:
        ValueError: for a task whose scorer takes no file, as own texts, choices and masked words.
    """
    part = part or KINDS[data.kind].evaluator.submitted
    return evaluator(model, data, part, null_threshold=null_threshold).write_predictions(folder)
