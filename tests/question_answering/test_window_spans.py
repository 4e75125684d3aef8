"""`window_spans`: probabilities of a window's spans, texts counted once, several windows, "no answer", whole words."""

import numpy as np
import pytest

from bert_keras.question_answering.window_spans import WindowTokens, window_spans, word_bounds

TEXT = "aa bb AA cc"
STARTS, LIMITS = np.array([0, 3, 6, 9]), np.array([2, 5, 8, 11])


def window(begins, ends, tokens=slice(0, 4)):
    """A window whose probabilities, of [CLS] and its tokens, are these."""
    logits = (np.log(np.maximum(column, 1e-12)).astype("float32") + 3 for column in (begins, ends))
    return WindowTokens(STARTS[tokens], LIMITS[tokens], *logits)


def test_a_span_has_the_probability_of_its_start_times_that_of_its_end():
    one = window([0.1, 0.2, 0.4, 0.2, 0.1], [0.2, 0.1, 0.1, 0.1, 0.5])
    spans, null = window_spans(TEXT, [one], 3, 4, whole_words=False)
    assert [(span.start, span.end) for span in spans] == [(3, 11), (0, 11), (6, 11)]
    assert [span.score for span in spans] == pytest.approx([0.2, 0.1, 0.1])
    assert null == pytest.approx(0.1 * 0.2)


def test_no_span_is_longer_than_it_may_be_or_ends_before_it_begins():
    one = window([0.1, 0.2, 0.4, 0.2, 0.1], [0.2, 0.1, 0.1, 0.1, 0.5])
    spans, _ = window_spans(TEXT, [one], 100, 2, whole_words=False)
    texts = {TEXT[span.start : span.end] for span in spans}
    assert texts == {"aa", "aa bb", "bb", "bb AA", "AA cc", "cc"}  # "AA" is "aa"
    assert len(window_spans(TEXT, [one], 100, 1, whole_words=False)[0]) == 3


def test_the_same_text_in_one_window_is_one_answer_at_its_most_probable_place():
    one = window([0.2, 0.3, 0.0, 0.5, 0.0], [0.2, 0.3, 0.0, 0.5, 0.0])
    spans, _ = window_spans(TEXT, [one], 100, 1, whole_words=False)
    assert (spans[0].start, spans[0].end) == (6, 8)
    assert spans[0].score == pytest.approx(0.5 * 0.5 + 0.3 * 0.3)


def test_of_several_windows_the_highest_counts():
    early = window([0.1, 0.9, 0.0], [0.1, 0.9, 0.0], slice(0, 2))
    late = window([0.0, 1.0, 0.0], [0.02, 0.98, 0.0], slice(2, 4))
    spans, null = window_spans(TEXT, [early, late], 1, 4, whole_words=True)
    assert spans[0].score == pytest.approx(0.98) and spans[0].start == 6
    assert null == pytest.approx(0, abs=1e-9)
    assert window_spans(TEXT, [late, early], 1, 4, whole_words=True)[0][0] == spans[0]


def test_a_context_without_tokens_has_no_answer():
    nothing = window([1.0], [1.0], slice(0, 0))
    assert window_spans(" ", [nothing], 5, 3, whole_words=True) == ([], 1.0)
    assert [len(column) for column in word_bounds(*[np.zeros(0, int)] * 2, np.zeros(0, bool))] == [0, 0]


def test_words_are_pieces_that_go_on():
    starts, limits = np.array([0, 2, 4, 7, 8]), np.array([2, 4, 6, 8, 9])
    begins, ends = word_bounds(starts, limits, np.array([False, True, True, False, True]))
    assert begins.tolist() == [0, 0, 0, 7, 7] and ends.tolist() == [6, 6, 6, 9, 9]
    begins, ends = word_bounds(
        starts, limits, np.array([True, False, False, True, False])
    )  # the first piece begins one
    assert begins.tolist() == [0, 2, 4, 4, 8] and ends.tolist() == [2, 4, 8, 8, 9]
