"""Decoding spans: against a slow oracle that looks at every pair."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.question_answering.span_decoder import best_spans
from bert_keras.text.windows import Windows

ROOM, STRIDE, BEFORE = 6, 3, 4  # tokens of context in a window, between windows, and [CLS] question [SEP]


def ints(values):
    return tf.constant(values, tf.int32)


def made(contexts, places, room=ROOM, stride=STRIDE):
    """Windows of contexts whose tokens are at `places`, (start, limit) each."""
    rows, firsts, counts = [], [], []
    for question, tokens in enumerate(places):
        start = 0
        while True:
            rows.append(question)
            firsts.append(start)
            counts.append(min(room, len(tokens) - start))
            if start + counts[-1] >= len(tokens):
                break
            start += stride
    ids = tf.ragged.constant([[0] * (BEFORE + count + 1) for count in counts], dtype=tf.int32)
    starts, limits = (
        tf.RaggedTensor.from_row_lengths(
            ints([place[side] for tokens in places for place in tokens]),
            tf.constant([len(p) for p in places], tf.int64),
        )
        for side in (0, 1)
    )
    columns = map(ints, (rows, firsts, counts, [BEFORE] * len(rows)))
    return Windows(ids, ids, *columns, starts, limits, ints([1] * len(contexts)))


def letters(length, random):
    context = " ".join("abcdefg"[random.integers(7)] for _ in range(length))
    return context, [(2 * place, 2 * place + 1) for place in range(length)]


def oracle(windows, logits, context, places, question, n_best, longest):
    """Every pair of every window, by the rules as they are written down."""
    splits, rows, firsts, counts = (
        column.numpy() for column in (windows.word_ids.row_splits, windows.rows, windows.firsts, windows.counts)
    )
    mine = [w for w in range(len(rows)) if rows[w] == question]

    def surroundings(window, token):
        left, right = token - firsts[window], firsts[window] + counts[window] - 1 - token
        return min(left, right) + 0.01 * counts[window] if left >= 0 and right >= 0 else -1.0

    pairs = []
    for window in mine:
        for start in range(counts[window]):
            token = firsts[window] + start
            if max(mine, key=lambda w: (surroundings(w, token), -w)) != window:
                continue
            for end in range(start, min(start + longest, counts[window])):
                base = splits[window] + BEFORE
                pairs.append((float(logits[0][base + start] + logits[1][base + end]), token, firsts[window] + end))
    best = {}
    for value, start, end in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        left, right = places[start][0], places[end][1]
        best.setdefault(context[left:right], (left, right, value))
    return list(best.values())[:n_best]


def found(spans, question):
    rows = zip(spans.starts[question], spans.ends[question], spans.logits[question], strict=True)
    return [(int(start), int(end), float(value)) for start, end, value in rows if np.isfinite(value)]


@pytest.mark.parametrize("seed", range(12))
def test_the_best_spans_are_those_of_a_search_over_all_pairs(seed):
    random = np.random.default_rng(seed)
    contexts, places = zip(*(letters(length, random) for length in (15, 4, 0, 31)), strict=True)
    windows = made(contexts, places)
    logits = random.normal(size=(2, int(windows.word_ids.row_splits[-1]))).astype("float32")
    spans = best_spans(*map(tf.constant, logits), windows, tf.constant(contexts), tf.constant(5), 4)
    for question, (context, tokens) in enumerate(zip(contexts, places, strict=True)):
        wanted = oracle(windows, logits, context, tokens, question, 5, 4)
        assert [span[:2] for span in found(spans, question)] == [span[:2] for span in wanted]
        np.testing.assert_allclose([s[2] for s in found(spans, question)], [s[2] for s in wanted], atol=1e-6)
    assert found(spans, 2) == []


@pytest.mark.parametrize("stride", [1, 2, 5])
def test_other_strides(stride):
    random = np.random.default_rng(stride)
    context, places = letters(23, random)
    windows = made([context], [places], stride=stride)
    logits = random.normal(size=(2, int(windows.word_ids.row_splits[-1]))).astype("float32")
    spans = best_spans(*map(tf.constant, logits), windows, tf.constant([context]), tf.constant(8), 6)
    wanted = oracle(windows, logits, context, places, 0, 8, 6)
    assert [span[:2] for span in found(spans, 0)] == [span[:2] for span in wanted]


def test_texts_that_repeat_do_not_crowd_out_others():
    """One word 400 times, single words far ahead: the three texts of one, two and three words are all found."""
    context = " ".join(["a"] * 400)
    windows = made([context], [[(2 * place, 2 * place + 1) for place in range(400)]], room=400)
    logits = np.zeros((2, int(windows.word_ids.row_splits[-1])), "float32")
    logits[0][::2] += 9.0  # the ends of these are the starts of the others
    logits[1][::2] += 9.0
    spans = best_spans(*map(tf.constant, logits), windows, tf.constant([context]), tf.constant(4), 3)
    assert sorted(context[start:end] for start, end, _ in found(spans, 0)) == ["a", "a a", "a a a"]


def test_characters_and_bytes_are_not_taken_for_each_other():
    context = "😀ñ e\u0301 שלום 中"
    places = [(0, 1), (1, 2), (3, 5), (6, 10), (11, 12)]
    windows = made([context], [places])
    logits = np.zeros((2, int(windows.word_ids.row_splits[-1])), "float32")
    logits[0][BEFORE + 2], logits[1][BEFORE + 3] = 5, 5
    spans = best_spans(*map(tf.constant, logits), windows, tf.constant([context]), tf.constant(20), 5)
    assert found(spans, 0)[0][:2] == (3, 10)
    assert len({context[start:end] for start, end, _ in found(spans, 0)}) == len(found(spans, 0)) == 15


def test_the_null_logit_is_the_least_of_the_windows_and_the_score_what_it_has_over_the_best_span():
    context, places = letters(9, np.random.default_rng(0))
    windows = made([context, context], [places, []])
    logits = np.full((2, int(windows.word_ids.row_splits[-1])), 0.5, "float32")
    for window, value in enumerate((1.0, 0.25)):
        logits[:, windows.word_ids.row_splits[window]] = value
    spans = best_spans(*map(tf.constant, logits), windows, tf.constant([context] * 2), tf.constant(1), 3)
    assert spans.null_logits.numpy().tolist() == [0.5, 1.0]
    assert spans.null_scores.numpy().tolist() == [-0.5, 20001.0]
