"""An answer at its place in the context, with the context's own characters."""

from bert_keras.question_answering.placed_answer import NOWHERE, placed_answer
from bert_keras.question_answering.question_examples import UNPLACED


def test_an_answer_and_how_it_was_found():
    assert placed_answer("tea", 4, "Ann, tea") == (("tea", 5), "found at its only place")
    assert placed_answer("tea", 5, "Ann, tea") == (("tea", 5), "")
    assert placed_answer("TEA", 5, "Ann, tea") == (
        ("tea", 5),
        "found at its only place with other case, blanks or accents",
    )
    assert placed_answer("milk", 5, "Ann, tea") == (("milk", UNPLACED), NOWHERE)
    assert placed_answer("tea", 3, "\U0001f600 tea tea", ["UTF-16"]) == (("tea", 2), "counted in UTF-16")
