"""SQuAD's official scores, 1.1 and 2.0: plain functions of predicted texts and the data set's JSON, in percent.

The figures are those of the official scripts, `evaluate-v1.1.py` and `evaluate-v2.0.py`
(https://rajpurkar.github.io/SQuAD-explorer/), down to where the two differ: an answer and a prediction that both
normalise to nothing ("the", "?!") have an F1 of 0 in 1.1 and of 1 in 2.0. Unlike 2.0's script, these count every
question of the set: one without a prediction is wrong, in 2.0 as in 1.1, and a warning says how many there are.
"""

import math
import numbers
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras.checks import is_finite, message, number, one_of, shown, warn
from bert_keras.checks import text as checked_text
from bert_keras.metrics.squad_json import field, keys_of, objects, walk

_PUNCTUATION = str.maketrans("", "", string.punctuation)  # ASCII's; a Unicode dash or quotation mark stays
_ARTICLES = re.compile(r"\b(?:an?|the)\b")
_OFFICIAL_THRESHOLD = 1.0  # the default of --na-prob-thresh
_MISSING = ("count_as_wrong", "error")


def normalize_answer(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, white space made single.

    >>> normalize_answer("The  Nile's   delta.")
    'niles delta'
    """
    checked_text("text", text)
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answer: str) -> bool:
    """Whether the two texts are the same when normalised.

    >>> exact_match("the Nile", "Nile.")
    True
    """
    return normalize_answer(prediction) == normalize_answer(answer)


def f1(prediction: str, answer: str, both_empty: float = 1.0) -> float:
    """F1 of the words of two texts, in [0, 1], each word counted as often as it occurs in both.

    Args:
        prediction: the predicted text.
        answer: the true one.
        both_empty: the score where both normalise to nothing: 1.0 as in SQuAD 2.0's script, 0.0 as in 1.1's.

    >>> f1("the Blue Nile", "Nile")  # one of two words is right, and the one word there is was found
    0.6666666666666666
    """
    return _f1(normalize_answer(prediction), normalize_answer(answer), both_empty)


def squad_v1(
    predictions: Mapping[str, str], references: Sequence[Mapping], *, missing: str = "count_as_wrong"
) -> dict[str, float]:
    """Exact match and F1 as in SQuAD 1.1: the best over a question's answers, the mean over all questions.

    Args:
        predictions: the predicted text of each question, by its id.
        references: the list under "data" in SQuAD's JSON; `QuestionExamples.to_references()` makes one.
        missing: "count_as_wrong" scores a question without a prediction 0, as the official script does, and warns;
            "error" refuses.

    Returns:
        `exact_match` and `f1`, in percent.

    Raises:
        TypeError: predictions are no dict, or one is not a str (its id is named).
        ValueError: predictions for ids that are not in the set; references that have not SQuAD's form (the field's
            path is named), without a question, or with a question without answers, which is SQuAD 2.0's.

    >>> article = {"paragraphs": [{"qas": [{"id": "q1", "answers": [{"text": "the Blue Nile"}, {"text": "Nile"}]}]}]}
    >>> squad_v1({"q1": "blue nile"}, [article])
    {'exact_match': 100.0, 'f1': 100.0}
    """
    answers = _answers(references)
    for name, (path, texts) in answers.items():
        if not texts:
            advice = f"The question is '{name}'. Score sets with unanswerable questions by squad_v2."
            raise ValueError(message(f"{path}.answers", "hold at least one answer", texts, advice))
    _check_predictions(predictions, answers, missing)
    pairs = [_scores(predictions.get(name), texts, 0.0) for name, (_, texts) in answers.items()]
    return {"exact_match": _percent(exact for exact, _ in pairs), "f1": _percent(score for _, score in pairs)}


def squad_v2(
    predictions: Mapping[str, str],
    references: Sequence[Mapping],
    null_odds: Mapping[str, float] | None = None,
    *,
    null_threshold: float | None = _OFFICIAL_THRESHOLD,
    missing: str = "count_as_wrong",
) -> dict[str, float]:
    """Exact match and F1 as in SQuAD 2.0, over all questions, those with an answer and those without.

    A question has no answer if its list `answers` is empty; "" is then the right prediction.

    With `null_odds` the official script does two things, and so does this function. It takes every prediction whose
    odds are above `null_threshold` as "", which is 1.0 unless `--na-prob-thresh` says otherwise: made for
    probabilities, it changes the scores of log odds, such as BERT's. Pass None to score the predictions as they are.
    And it looks for the threshold that would have been best for these very questions: `best_f1` is an upper bound, not
    a score, and means most for predictions that are never "". Among equal odds the search stops after any question, in
    the order of `null_odds`, though no threshold can be put there. Where answering nothing at all is best, the
    threshold is 0.0 whatever the odds.

    Args:
        predictions: the predicted text of each question, by its id; "" for "no answer".
        references: the list under "data" in SQuAD's JSON; `QuestionExamples.to_references()` makes one.
        null_odds: how much speaks for "no answer", by id: any finite number, the higher the more.
        null_threshold: odds above it make a prediction ""; None leaves predictions as they are.
        missing: "count_as_wrong" scores a question without a prediction 0, answer or none, and warns; "error" refuses.

    Returns:
        `exact_match`, `f1` in percent and `total`; `has_answer_exact_match`, `has_answer_f1` and
        `no_answer_exact_match`, `no_answer_f1` of the two parts, left out for a part without questions, as in the
        official script; `has_answer_total`, `no_answer_total`. With `null_odds` also `best_exact_match`, `best_f1`
        and `best_exact_match_threshold`, `best_f1_threshold`.

    Raises:
        TypeError: predictions or null_odds are no dict, a prediction is not a str, or odds are not a number.
        ValueError: predictions or null_odds for ids that are not in the set; a prediction without odds; odds that are
            not finite; references that have not SQuAD's form (the field's path is named), or no question.
    """
    answers = _answers(references)
    _check_predictions(predictions, answers, missing)
    _check_null_odds(null_odds, null_threshold, predictions, answers)
    has_answer = {name: bool(texts) for name, (_, texts) in answers.items()}
    raw = _by_question(predictions, answers)
    scores = dict(raw)
    if null_odds is not None and null_threshold is not None:
        for name in predictions:
            if null_odds[name] > null_threshold:
                scores[name] = (float(not has_answer[name]),) * 2
    result = _figures(list(scores.values()), "")
    for prefix, part in (("has_answer_", True), ("no_answer_", False)):
        result |= _figures([scores[name] for name in scores if has_answer[name] == part], prefix)
    if null_odds is not None:
        for place, metric in enumerate(("exact_match", "f1")):
            gains = {name: raw[name][place] for name in predictions}
            best, threshold = _best_threshold(predictions, gains, null_odds, has_answer)
            result[f"best_{metric}"] = 100.0 * best / len(answers)
            result[f"best_{metric}_threshold"] = threshold
    return result


def squad_by_question(
    predictions: Mapping[str, str], references: Sequence[Mapping], *, missing: str = "count_as_wrong"
) -> dict[str, dict[str, float]]:
    """`exact_match` and `f1` of each question, by id, in [0, 1], by the rules of SQuAD 2.0.

    Arguments and errors are those of `squad_v1`. Their means are `squad_v2`'s figures, and `squad_v1`'s but where an
    answer normalises to nothing.
    """
    answers = _answers(references)
    _check_predictions(predictions, answers, missing)
    scores = _by_question(predictions, answers)
    return {name: {"exact_match": exact, "f1": score} for name, (exact, score) in scores.items()}


def _by_question(
    predictions: Mapping[str, str], answers: Mapping[str, tuple[str, list[str]]]
) -> dict[str, tuple[float, float]]:
    return {
        name: _scores(predictions.get(name), [text for text in texts if text] or [""], 1.0)
        for name, (_, texts) in answers.items()
    }


def _answers(references: Any) -> dict[str, tuple[str, list[str]]]:
    """Each question's path and normalised answers, by id."""
    if isinstance(references, str | Mapping) or not isinstance(references, Sequence):
        advice = "Pass squad['data']."
        raise TypeError(message("references", "be the list under 'data' in SQuAD's JSON", keys_of(references), advice))
    answers = {}
    for _, _, (path, question), name in walk(references):
        given = objects(field(path, question, "answers", list), f"{path}.answers")
        answers[name] = path, [normalize_answer(field(place, answer, "text", str)) for place, answer in given]
    if not answers:
        raise ValueError(message("references", "hold at least one question", references))
    return answers


def _check_predictions(predictions: Any, answers: Mapping[str, Any], missing: str) -> None:
    one_of("missing", missing, _MISSING)
    _check_ids("predictions", predictions, answers)
    for name, text in predictions.items():
        if not isinstance(text, str):
            advice = f"It is the prediction for '{name}'. Pass '' for no answer."
            raise TypeError(message("predictions", "be strings", text, advice))
    absent = [name for name in answers if name not in predictions]
    if not absent:
        return
    what = f"{len(absent)} of the set's {len(answers)} questions, the first '{absent[0]}'"
    if missing == "error":
        advice = "Pass missing='count_as_wrong' to count these as wrong."
        raise ValueError(f"`predictions` must hold every question of the set. Without a prediction: {what}. {advice}")
    warn(f"`predictions` lacks {what}: they count as wrong.")


def _check_ids(name: str, values: Any, answers: Mapping[str, Any]) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(message(name, "be a dict by question id", values))
    unknown = [key for key in values if key not in answers]
    if unknown:
        raise ValueError(
            f"`{name}` must be for questions of the set. Received: {len(unknown)} unknown ids of {len(values)}, the "
            f"first {shown(unknown[0])}. The set has {len(answers)} questions, the first '{next(iter(answers))}'. Pass "
            "the references of the split that was predicted, 1.1's or 2.0's."
        )


def _check_null_odds(
    null_odds: Any, null_threshold: float | None, predictions: Mapping[str, str], answers: Mapping[str, Any]
) -> None:
    if null_threshold is not None:
        number("null_threshold", null_threshold)
    if null_odds is None:
        if null_threshold not in (None, _OFFICIAL_THRESHOLD):
            raise ValueError(message("null_threshold", "come with null_odds, to which it applies", null_threshold))
        return
    _check_ids("null_odds", null_odds, answers)
    for name, value in null_odds.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(message("null_odds", "be numbers", value, f"They are those of '{name}'."))
        if not is_finite(value):
            raise ValueError(message("null_odds", "be finite numbers", value, f"They are those of '{name}'."))
    absent = [name for name in predictions if name not in null_odds]
    if absent:
        what = f"{len(absent)} of {len(predictions)}, the first '{absent[0]}'"
        raise ValueError(f"`null_odds` must hold every question that has a prediction. Without odds: {what}.")


def _scores(prediction: str | None, answers: Sequence[str], both_empty: float) -> tuple[float, float]:
    """Exact match and F1, each the best over the normalised answers; 0 without a prediction."""
    if prediction is None:
        return 0.0, 0.0
    text = normalize_answer(prediction)
    if text in answers:
        return 1.0, 1.0 if text else both_empty
    return 0.0, max(_f1(text, answer, both_empty) for answer in dict.fromkeys(answers))


def _f1(prediction: str, answer: str, both_empty: float) -> float:
    predicted, true = prediction.split(), answer.split()
    if not predicted and not true:
        return both_empty
    left: dict[str, int] = {}
    for word in true:
        left[word] = left.get(word, 0) + 1
    same = 0
    for word in predicted:
        if left.get(word, 0):
            left[word] -= 1
            same += 1
    if not same:
        return 0.0
    precision, recall = same / len(predicted), same / len(true)
    return 2 * precision * recall / (precision + recall)


def _figures(scores: list[tuple[float, float]], prefix: str) -> dict[str, float]:
    figures: dict[str, float] = {}
    if scores:
        figures[f"{prefix}exact_match"] = _percent(exact for exact, _ in scores)
        figures[f"{prefix}f1"] = _percent(score for _, score in scores)
    return figures | {f"{prefix}total": len(scores)}


def _percent(scores: Iterable[float]) -> float:
    values = list(scores)
    return 100.0 * math.fsum(values) / len(values)


def _best_threshold(
    predictions: Mapping[str, str],
    gains: Mapping[str, float],
    null_odds: Mapping[str, float],
    has_answer: Mapping[str, bool],
) -> tuple[float, float]:
    """The highest sum of scores that a threshold reaches, and that threshold.

    From a threshold below all odds, where every question counts as unanswerable, it is moved up past one question at a
    time: one with an answer gains its score, one without loses its point if its prediction is not "".
    """
    names = [name for name in null_odds if name in gains]
    steps = [gains[name] if has_answer[name] else -float(predictions[name] != "") for name in names]
    odds = np.array([null_odds[name] for name in names], np.float64)
    order = np.argsort(odds, kind="stable")
    start = sum(not has_answer[name] for name in names)
    sums = np.cumsum([start, *np.array(steps, np.float64)[order]])
    best = int(np.argmax(sums))
    return float(sums[best]), float(odds[order[best - 1]]) if best else 0.0
