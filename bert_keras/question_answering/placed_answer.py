"""`placed_answer`: an answer with its place in the context, for published questions and a user's own."""

from collections.abc import Sequence

from bert_keras.question_answering.question_examples import UNPLACED
from bert_keras.text.placing import placed

NOWHERE = "nowhere"


def placed_answer(
    text: str, start: int | None, context: str, units: Sequence[str] | None = None
) -> tuple[tuple[str, int], str]:
    """An answer with the context's own characters and their place there, and how that was found.

    Args:
        text, start: as they are written; see `placed`.
        context: that is to hold the answer.
        units: see `placed`.

    Returns:
        ((text, start), how). `UNPLACED` as the start, and `NOWHERE`, where it is not there or may be at several places.
    """
    place = placed(text, context, start, units)
    if place is None:
        return (text, UNPLACED), NOWHERE
    return (context[place.start : place.end], place.start), place.how
