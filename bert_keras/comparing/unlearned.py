"""`unlearned`: whether a run learned nothing, and how that is known."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bert_keras.metrics.chance_score import DRAWS, SHARE, chance_score
from bert_keras.metrics.classification import accuracy, score
from bert_keras.metrics.squad import squad_v1, squad_v2
from bert_keras.question_answering.answers import best_threshold
from bert_keras.running.run import Run
from bert_keras.text_classification.text_evaluator import outputs_of
from bert_keras.tuned.evaluator import logits_of

Answers = tuple[np.ndarray, Any, Callable[[np.ndarray, Any], float]]


def unlearned(run: Run, history: list[dict[str, Any]]) -> str:
    """A sentence that says why a run has learned nothing; "" if it has learned something.

    Its loss must have fallen from the first epoch to the last, and its answers to the dev rows must fit the labels
    better than the same answers dealt out at random: by that an answer that is always the same is found, too.

    Args:
        run: that has trained; its model has the weights of the epoch that was kept.
        history: of its epochs.
    """
    losses = [float(entry["logs"]["loss"]) for entry in history]
    if len(losses) > 1 and not min(losses[1:]) < losses[0]:
        return (
            f"The loss of its training did not fall: {losses[0]:.4f} in the first epoch, {losses[-1]:.4f} in the last."
        )
    kind = run.data.kind
    return by_chance(*_ANSWERS[kind](run), _DRAWS.get(kind, DRAWS)) if kind in _ANSWERS else ""


def by_chance(answers: np.ndarray, labels: Any, statistic: Callable[[np.ndarray, Any], float], draws: int) -> str:
    """A sentence where answers fit the labels no better than the same answers dealt out at random; else ""."""
    if (answers == answers[:1]).all():
        return "It gives every dev row the same answer."
    reached = statistic(answers, labels)
    most = chance_score(lambda dealt: statistic(answers[dealt], labels), len(answers), draws=draws)
    if reached > most:
        return ""
    dealt = f"the same answers dealt out at random reach {most:.4f} or less {SHARE:.0%} of the time"
    return f"Its answers score {reached:.4f} on the dev rows, and {dealt}."


def text_answers(run: Run) -> Answers:
    name, metric = run.data.names_of("validation")[0], run.data.metrics[0]
    labels = np.asarray(run.data.split(name).examples.labels)
    predictions = outputs_of(run.model, run.data, name).predictions
    return predictions, labels, lambda own, true: score([metric], own, true)[metric]


def choice_answers(run: Run) -> Answers:
    split = run.data.split("validation")
    logits = logits_of(run.model, split, run.data.batch_size)
    return logits.argmax(axis=-1), np.asarray(split.examples.labels), accuracy


def tag_answers(run: Run) -> Answers:
    columns = [np.concatenate(tags) for tags in (run.measure.predictions(), run.measure.sentences.tags)]
    return *columns, lambda own, true: float(np.mean(own == true))


def question_answers(run: Run) -> Answers:
    answers, is_v2 = run.measure.answers(), run.data.has_impossible
    ids, references = answers.questions.ids, answers.questions.to_references()
    texts = answers.texts(best_threshold(answers) if is_v2 else None)
    squad = squad_v2 if is_v2 else squad_v1
    return (
        np.array([texts[name] for name in ids]),
        references,
        lambda own, true: squad(dict(zip(ids, own.tolist(), strict=True)), true)["f1"],
    )


_ANSWERS = {
    "text_classification": text_answers,
    "question_answering": question_answers,
    "token_classification": tag_answers,
    "multiple_choice": choice_answers,
}
_DRAWS = {"question_answering": 20}  # scoring takes seconds
