"""`unlearned`: whether a run learned nothing, and how that is known."""

from typing import Any

import numpy as np

from bert_keras.metrics.chance_score import DRAWS, SHARE, chance_score
from bert_keras.tuned.given_answers import GivenAnswers

_LEAST_ROWS = 20  # of fewer, answers that are all right can be chance, too
_FEW_DRAWS = 20  # where scoring takes seconds, as of questions


def unlearned(answers: GivenAnswers | None, history: list[dict[str, Any]]) -> str:
    """A sentence that says why a run has learned nothing; "" if it has learned something.

    Its loss must have fallen after the first epoch, and its answers to the dev rows must fit the labels better than the
    same answers dealt out at random: by that an answer that is always the same is found, too. Of fewer than 20
    dev rows, and where all have one label, the loss alone is looked at.

    Args:
        answers: of the epoch that was kept; None where they are not known.
        history: of its epochs.
    """
    losses = [float(entry["logs"]["loss"]) for entry in history]
    if len(losses) > 1 and not min(losses[1:]) < losses[0]:
        ends = f"{losses[0]:.4f} in the first epoch, {losses[-1]:.4f} in the last"
        return f"The loss of its training did not fall: {ends}."
    if answers is None or not _tell(answers):
        return ""
    if (answers.given == answers.given[:1]).all():
        return "It gives every dev row the same answer."
    reached = answers.statistic(answers.given, answers.labels)
    most = chance_score(
        lambda dealt: answers.statistic(answers.given[dealt], answers.labels),
        len(answers.given),
        draws=_FEW_DRAWS if answers.is_slow else DRAWS,
    )
    if reached > most:
        return ""
    dealt = f"the same answers dealt out at random reach {most:.4f} or less {SHARE:.0%} of the time"
    return f"Its answers score {reached:.4f} on the dev rows, and {dealt}."


def _tell(answers: GivenAnswers) -> bool:
    """Whether these answers could show that nothing was learned."""
    if len(answers.given) < _LEAST_ROWS:
        return False
    if not isinstance(answers.labels, np.ndarray):  # of questions the right answers are more than one each
        return True
    has_several = bool((answers.labels != answers.labels[:1]).any())
    return has_several and not np.array_equal(answers.given, answers.labels)
