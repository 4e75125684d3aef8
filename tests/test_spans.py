"""Decoding spans: against a slow oracle that looks at every pair."""

import numpy as np
import pytest

from bert_keras.metrics.spans import WindowLogits, best_spans, null_scores


def random_case(seed, stride=3, room=6):
    """Three questions about texts of single letters, in windows of `room` tokens every `stride`."""
    random = np.random.default_rng(seed)
    contexts, rows, firsts, counts = [], [], [], []
    for question, length in enumerate((15, 4, 0)):
        contexts.append(" ".join("abcdefg"[random.integers(7)] for _ in range(length)))
        start = 0
        while True:
            rows.append(question)
            firsts.append(start)
            counts.append(min(room, length - start))
            if start + counts[-1] >= length:
                break
            start += stride
    lengths = np.array(counts) + 5  # [CLS] two tokens of question [SEP] context [SEP]
    splits = np.concatenate([[0], np.cumsum(lengths)])
    values = random.normal(size=(2, splits[-1])).astype("float32")
    logits = WindowLogits(*values, splits, *map(np.array, (rows, firsts, counts, [4] * len(rows))), len(contexts))
    places = [np.arange(0, len(context) + 1, 2)[: (len(context) + 1) // 2] for context in contexts]
    return logits, contexts, places, [place + 1 for place in places]


def oracle(logits, contexts, question, n_best, longest):
    windows = [w for w in range(len(logits.rows)) if logits.rows[w] == question]

    def surroundings(window, token):
        left = token - logits.firsts[window]
        right = logits.firsts[window] + logits.counts[window] - 1 - token
        return min(left, right) + 0.01 * logits.counts[window] if left >= 0 and right >= 0 else -1.0

    pairs = []
    for window in windows:
        base = logits.splits[window] + logits.places[window]
        for start in range(logits.counts[window]):
            token = logits.firsts[window] + start
            if max(windows, key=lambda w: (surroundings(w, token), -w)) != window:
                continue
            for end in range(start, min(start + longest, logits.counts[window])):
                value = logits.start_logits[base + start] + logits.end_logits[base + end]
                pairs.append((float(value), token, logits.firsts[window] + end))
    best = {}
    for value, start, end in sorted(pairs, reverse=True):
        text = contexts[question][2 * start : 2 * end + 1]
        best.setdefault(text, (value, 2 * start, 2 * end + 1))
    return list(best.items())[:n_best]


@pytest.mark.parametrize("seed", range(20))
def test_the_best_spans_are_those_of_a_search_over_all_pairs(seed):
    logits, contexts, starts, limits = random_case(seed)
    found = best_spans(logits, contexts, starts, limits, n_best=5, max_answer_length=4)
    for question in range(3):
        wanted = oracle(logits, contexts, question, 5, 4)
        assert [span.text for span in found[question]] == [text for text, _ in wanted]
        for span, (_, (value, start, end)) in zip(found[question], wanted, strict=True):
            assert (span.start, span.end) == (start, end)
            assert span.logit == pytest.approx(value, abs=1e-6)
            assert contexts[question][span.start : span.end] == span.text
    assert found[2] == []


def test_texts_that_repeat_do_not_crowd_out_others():
    """One word forty times: the two distinct answers of one and two words are both found."""
    context = " ".join(["a"] * 40)
    values = np.linspace(3, 1, 45).astype("float32")
    columns = ([0], [0], [40], [4])
    logits = WindowLogits(values, values, np.array([0, 45]), *map(np.array, columns), 1)
    starts = [np.arange(0, 80, 2)]
    found = best_spans(logits, [context], starts, [starts[0] + 1], n_best=2, max_answer_length=2)
    assert sorted(span.text for span in found[0]) == ["a", "a a"]


def test_the_null_score_is_the_least_of_the_windows():
    values = np.array([1.0, 9, 9, 9, 9, 9, 0.25, 9, 9, 9, 9, 9], "float32")
    columns = ([0, 0], [0, 1], [1, 1], [4, 4])
    logits = WindowLogits(values, values * 2, np.array([0, 6, 12]), *map(np.array, columns), 1)
    assert null_scores(logits).tolist() == [0.75]
