"""What runs answer to the dev rows: by them it is known whether one has learned, and what other rows would change."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bert_keras.metrics.bootstrap import bootstrap
from bert_keras.metrics.classification import accuracy, score
from bert_keras.metrics.squad import squad_v1, squad_v2
from bert_keras.question_answering.answers import best_threshold
from bert_keras.running.run import Run
from bert_keras.text_classification.text_evaluator import outputs_of
from bert_keras.tuned.evaluator import logits_of

_ONE_DEVIATION = 0.6827  # of normal numbers, the share that is no farther from their mean
_DRAWS = 300


@dataclasses.dataclass(frozen=True)
class Answers:
    """A run's answers to the dev rows.

    Args:
        given: [rows], or of tags [words].
        labels: what is right, as `statistic` takes it.
        statistic: from answers and labels to a score.
        are_rows: whether each answer is of a row that was drawn by itself, as words of one sentence are not.
    """

    given: np.ndarray
    labels: Any
    statistic: Callable[[np.ndarray, Any], float]
    are_rows: bool = False


def answers_of(run: Run) -> Answers | None:
    """Those of the model as it is; None of a kind of task that is not known here."""
    find = _FINDERS.get(run.data.kind)
    return None if find is None else find(run)


def keep_answers(answers: Answers | None, out: pathlib.Path, place: str) -> None:
    """Writes answers of rows beside the model folder, which may go."""
    if answers is not None and answers.are_rows:
        for file, values in ((out / f"{place}.npy", answers.given), (out / f"{place}.labels.npy", answers.labels)):
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, values, allow_pickle=False)


def row_deviation(out: pathlib.Path, places: Sequence[Sequence[str]], metric: str) -> float:
    """How much a mean difference of scores would differ on other rows: its standard deviation, by drawing the rows.

    Args:
        out: the folder of the comparison.
        places: of the runs of each pair.
        metric: by which they are compared.

    Returns:
        NaN where the answers of a pair are not known.
    """
    files = [out / f"{place}.npy" for pair in places for place in pair]
    if not files or not all(file.is_file() for file in files):
        return float("nan")
    given = [np.load(file, allow_pickle=False) for file in files]
    labels = np.load(out / f"{places[0][0]}.labels.npy", allow_pickle=False)

    def mean_difference(rows: np.ndarray) -> float:
        scores = [score([metric], own[rows], labels[rows])[metric] for own in given]
        return float(np.mean(scores[::2]) - np.mean(scores[1::2]))

    low, high = bootstrap(mean_difference, len(labels), samples=_DRAWS, confidence=_ONE_DEVIATION)
    return float(high - low) / 2


def _text_answers(run: Run) -> Answers:
    name, metric = run.data.names_of("validation")[0], run.data.metrics[0]
    labels = np.asarray(run.data.split(name).examples.labels)
    predictions = outputs_of(run.model, run.data, name).predictions
    return Answers(predictions, labels, lambda own, true: score([metric], own, true)[metric], True)


def _choice_answers(run: Run) -> Answers:
    split = run.data.split("validation")
    logits = logits_of(run.model, split, run.data.batch_size)
    return Answers(logits.argmax(axis=-1), np.asarray(split.examples.labels), accuracy, True)


def _tag_answers(run: Run) -> Answers:
    columns = [np.concatenate(tags) for tags in (run.measure.predictions(), run.measure.sentences.tags)]
    return Answers(*columns, lambda own, true: float(np.mean(own == true)))


def _question_answers(run: Run) -> Answers:
    answers, is_v2 = run.measure.answers(), run.data.has_impossible
    ids, references = answers.questions.ids, answers.questions.to_references()
    texts = answers.texts(best_threshold(answers) if is_v2 else None)
    squad = squad_v2 if is_v2 else squad_v1
    given = np.array([texts[name] for name in ids])
    return Answers(given, references, lambda own, true: squad(dict(zip(ids, own.tolist(), strict=True)), true)["f1"])


_FINDERS = {
    "text_classification": _text_answers,
    "question_answering": _question_answers,
    "token_classification": _tag_answers,
    "multiple_choice": _choice_answers,
}
