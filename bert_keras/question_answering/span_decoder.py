"""From the start and end logits of windows to the best spans of each question, in the TensorFlow graph.

The rules are those of BERT's SQuAD script (Devlin et al., 2018): both ends inside the context, the start not after the
end, at most `max_answer_length` tokens, the start in the window that shows most of its surroundings (the max-context
rule), answers with the same text counted once. That script pairs the 20 best starts of a window with its 20 best ends;
here every admissible pair is looked at.
"""

from typing import NamedTuple

import tensorflow as tf

from bert_keras.text.windows import Windows

_NONE = -1e4  # stands for the logit of the best span where the context has no token
_WIDER = 8  # times as many pairs are looked at when too many of the best had the same text


class Spans(NamedTuple):
    """The best spans of `Q` questions, best first; rows are filled up to `n_best` with zeros.

    Args:
        starts, ends: int32 [Q, n_best], characters: `context[start:end]`.
        logits: float32 [Q, n_best], the two logits of a span added; -inf where there is no span.
        null_logits: float32 [Q], the two logits of [CLS] added, the least over the question's windows.
    """

    starts: tf.Tensor
    ends: tf.Tensor
    logits: tf.Tensor
    null_logits: tf.Tensor

    @property
    def null_scores(self) -> tf.Tensor:
        """float32 [Q]: how much more speaks for no answer than for the best span; SQuAD 2.0's "null odds"."""
        return self.null_logits - tf.maximum(tf.reduce_max(self.logits, axis=1), 2 * _NONE)


def best_spans(
    start_logits: tf.Tensor,
    end_logits: tf.Tensor,
    windows: Windows,
    contexts: tf.Tensor,
    n_best: tf.Tensor,
    max_answer_length: int,
) -> Spans:
    """The `n_best` spans with different texts of each question.

    Args:
        start_logits, end_logits: float32 [tokens], the rows of all windows one after the other.
        windows: of `QuestionPreprocessor`.
        contexts: string [Q], UTF-8.
        n_best: int32 [], 1 or more.
        max_answer_length: in tokens, 1 or more.
    """
    count = tf.size(contexts)
    cls = tf.cast(windows.word_ids.row_starts(), tf.int32)
    at_cls = tf.gather(start_logits, cls) + tf.gather(end_logits, cls)
    null_logits = tf.math.unsorted_segment_min(at_cls, windows.rows, count)

    scores = _pair_scores(start_logits, end_logits, windows, cls, max_answer_length)
    # One empty context more: TensorFlow cannot put the results of no question at all together.
    texts = tf.concat([contexts, [""]], 0)
    token_splits = tf.cast(windows.starts.row_splits, tf.int32)
    token_splits = tf.concat([token_splits, token_splits[-1:]], 0)

    def of_question(question: tf.Tensor) -> tuple[tf.Tensor, ...]:
        begin, stop = token_splits[question], token_splits[question + 1]
        places = [column.flat_values[begin:stop] for column in (windows.starts, windows.limits)]
        return _distinct(texts[question], *places, scores[begin:stop], n_best)

    signature = tuple(tf.TensorSpec([None], dtype) for dtype in (tf.int32, tf.int32, tf.float32))
    columns = tf.map_fn(of_question, tf.range(count + 1), fn_output_signature=signature)
    return Spans(*(column[:-1] for column in columns), null_logits)


def _pair_scores(
    start_logits: tf.Tensor, end_logits: tf.Tensor, windows: Windows, cls: tf.Tensor, max_answer_length: int
) -> tf.Tensor:
    """float32 [tokens of all contexts, max_answer_length]: of the span from a token on, by length less one.

    Every token of a context begins spans in one window only, so the rows are those of `windows.starts`.
    """
    inner = tf.ragged.range(windows.counts)  # a window's tokens of context, counted from 0
    place, window = inner.flat_values, tf.cast(inner.value_rowids(), tf.int32)
    length = tf.gather(windows.counts, window)
    token = tf.gather(windows.firsts, window) + place
    token += tf.gather(tf.cast(windows.starts.row_starts(), tf.int32), tf.gather(windows.rows, window))
    number = tf.size(windows.starts.flat_values)
    # What stands on a token's poorer side; ties go to the longer window by a hundredth, then to the first.
    shown = 100 * tf.minimum(place, length - 1 - place) + length
    best = tf.math.unsorted_segment_max(shown, token, number)
    holder = tf.where(shown == tf.gather(best, token), tf.range(tf.size(token)), tf.size(token))
    holder = tf.math.unsorted_segment_min(holder, token, number)  # for each token its place in the flat columns

    base = tf.gather(cls + windows.places, window) + place
    at, left = tf.gather(base, holder), tf.gather(length - place, holder)  # tokens left in the window, itself included
    steps = tf.range(max_answer_length)
    inside = steps[None, :] < left[:, None]
    ends = tf.gather(end_logits, tf.where(inside, at[:, None] + steps[None, :], 0))
    return tf.where(inside, tf.gather(start_logits, at)[:, None] + ends, float("-inf"))


def _distinct(
    context: tf.Tensor, starts: tf.Tensor, limits: tf.Tensor, scores: tf.Tensor, n_best: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """Starts, ends and logits [n_best] of one question's best spans with different texts.

    `starts` and `limits` are int32 [tokens], characters of the context, `scores` float32 [tokens, longest].
    """
    longest = tf.shape(scores)[1]
    flat = tf.reshape(scores, [-1])
    # Where a character begins, in bytes: a text is cut out by bytes, without counting from the context's beginning.
    _, begins = tf.strings.unicode_decode_with_offsets(context, "UTF-8")
    begins = tf.concat([tf.cast(begins, tf.int32), [tf.strings.length(context)]], 0)

    def looked_at(pool: tf.Tensor) -> tuple[tf.Tensor, ...]:
        values, pairs = tf.math.top_k(flat, pool)
        spans = tf.where(values > float("-inf"))[:, 0]
        values, pairs = tf.gather(values, spans), tf.gather(pairs, spans)
        left = tf.gather(starts, pairs // longest)
        right = tf.gather(limits, pairs // longest + pairs % longest)
        at = tf.gather(begins, left)
        texts = tf.strings.substr(context, at, tf.gather(begins, right) - at)
        unique, which = tf.unique(texts)
        first = tf.math.unsorted_segment_min(tf.range(tf.size(texts)), which, tf.size(unique))[:n_best]
        return tuple(tf.gather(column, first) for column in (left, right, values))

    size = tf.size(flat)
    pool = tf.minimum(4 * n_best, size)
    state = tf.while_loop(
        lambda pool, left, *_: (tf.size(left) < n_best) & (pool < size),
        lambda pool, *_: (tf.minimum(pool * _WIDER, size), *looked_at(tf.minimum(pool * _WIDER, size))),
        (pool, *looked_at(pool)),
        shape_invariants=(tf.TensorShape([]), *[tf.TensorShape([None])] * 3),
    )
    left, right, values = state[1:]
    room = [[0, n_best - tf.size(left)]]
    return tf.pad(left, room), tf.pad(right, room), tf.pad(values, room, constant_values=float("-inf"))
