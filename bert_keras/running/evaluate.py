"""`evaluate` and `write_predictions`: a model on a part of its task, whatever kind of task that is."""

import os
from typing import Any

from bert_keras import checks
from bert_keras.data.task_data import Parts
from bert_keras.features import (
    MASKED_LM,
    MULTIPLE_CHOICE,
    QUESTION_ANSWERING,
    TEXT_CLASSIFICATION,
    TOKEN_CLASSIFICATION,
)
from bert_keras.masked_lm.masked_evaluator import MaskedEvaluator
from bert_keras.multiple_choice.choice_evaluator import ChoiceEvaluator
from bert_keras.question_answering.question_evaluator import QuestionEvaluator
from bert_keras.text_classification.text_evaluator import TextEvaluator
from bert_keras.token_classification.tag_evaluator import TagEvaluator
from bert_keras.tuned.evaluator import Evaluator

EVALUATORS: dict[str, type[Evaluator]] = {
    TEXT_CLASSIFICATION: TextEvaluator,
    QUESTION_ANSWERING: QuestionEvaluator,
    TOKEN_CLASSIFICATION: TagEvaluator,
    MASKED_LM: MaskedEvaluator,
    MULTIPLE_CHOICE: ChoiceEvaluator,
}


def evaluate(
    model: Any, data: Parts, part: str = "validation", *, null_threshold: float | None = None
) -> dict[str, float]:
    """The task's official metrics of `model` on a part of `data`.

    Args:
        model: a `bk.TextClassifier`, or a `bk.SpanLabeler` for question answering, or a `bk.TokenClassifier`, or a
            `bk.MultipleChoice`.
        data: of `bk.load_glue`, `bk.load_squad` or their sisters.
        part: "validation", "test" or "train"; a part with several splits, as MNLI's, gives the metrics of each, those
            of the second and later ones under `metric_split`, e.g. `accuracy_mismatched`.
        null_threshold: of question answering with questions that have no answer: a null score above it means "no
            answer". If None, the threshold is chosen on one half of the questions and the scores are those of the
            other half (by a hash of the id): a threshold found on the questions that it is scored on flatters.

    Returns:
        Floats by metric name, as scikit-learn names them. For question answering, in percent, `f1` and `exact_match`;
        where questions have no answer also those of the two kinds of question, `null_threshold`, and what the same
        questions give at a threshold of 0, `f1_at_zero` and `exact_match_at_zero`. For entities `f1`, `precision` and
        `recall` as seqeval counts them, and of each type, as `f1_PER`; for plain tags `accuracy` of the words.

    Raises:
        ValueError: if the part is not there or has no labels, or the model is for another kind of task.
    """
    return evaluator(model, data, part, null_threshold=null_threshold)()


def evaluator(model: Any, data: Parts, part: str = "validation", *, null_threshold: float | None = None) -> Evaluator:
    """`evaluate` to be called again and again as the model learns: what it traces, it traces once."""
    options = {} if null_threshold is None else {"null_threshold": null_threshold}
    if options and data.kind != QUESTION_ANSWERING:
        raise ValueError(checks.message("null_threshold", "be None for a task without questions", null_threshold))
    return EVALUATORS[data.kind](model, data, part, **options)


def write_predictions(
    model: Any,
    data: Parts,
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
        model: a `bk.TextClassifier` with the task's labels, a `bk.SpanLabeler` or a `bk.TokenClassifier`.
        data: of `bk.load_glue` or its sisters, with the part's splits.
        folder: made if it is not there.
        part: "test" for GLUE and tags, "validation" for question answering if None.
        null_threshold: as in `evaluate`; None: the one that `evaluate` would choose.

    Returns:
        The files written.
    """
    part = part or EVALUATORS[data.kind].submitted
    return evaluator(model, data, part, null_threshold=null_threshold).write_predictions(folder)
