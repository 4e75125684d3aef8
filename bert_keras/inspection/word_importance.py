"""`word_importance`: what each word adds to one answer, by integrated gradients over the word embeddings.

Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks (2017, https://arxiv.org/abs/1703.01365).
"""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.features import MASK, POOLED, POOLED_OUTPUT, REGRESSION, SEQUENCE_OUTPUT, TYPE_IDS
from bert_keras.foreign_names import foreign_names
from bert_keras.inspection.attention_maps import native_encoder
from bert_keras.markup import Markup, coloured, escaped
from bert_keras.models.token_mean import levelled_mean
from bert_keras.text_classification.text_predictor import TextPredictor

TOLERANCE = 0.01  # of the logit's difference, which the numbers must sum to
BASELINES = ("mask", "pad")
_FEWEST, _MOST = 16, 1024  # steps, where they are chosen
_POINTS = 32  # of the path, run together


class WordScore(NamedTuple):
    """A word of the text and its importance.

    Args:
        word: `text[start:end]`.
        start, end: characters of the text that it stands in.
        score: what it adds to the logit; below 0 what it takes away.
        column: 0 for a word of the text, 1 for one of its pair.
    """

    word: str
    start: int
    end: int
    score: float
    column: int = 0


@dataclasses.dataclass(frozen=True)
class WordImportance:
    """The importance of each word for one answer. In a notebook the text is shown with coloured words.

    Args:
        words: in the order of the text; those beyond the model's seq_length were not read and are not there.
        label: the class looked at; None for regression.
        logit: of that class, or the number itself.
        baseline_logit: the same with every word masked.
        steps: points of the path.
        gap: by how much the words' sum misses `logit - baseline_logit`.
        texts: what was looked at.
    """

    words: tuple[WordScore, ...]
    label: str | None
    logit: float
    baseline_logit: float
    steps: int
    gap: float
    texts: tuple[str, ...] = dataclasses.field(repr=False)

    def _repr_html_(self) -> str:
        """The text with words that speak for the answer on blue and against it on orange; all of it escaped."""
        most = max((abs(word.score) for word in self.words), default=0.0) or 1.0
        lines = []
        for column, text in enumerate(self.texts):
            parts, place = [], 0
            for word in self.words:
                if word.column == column:
                    colour = coloured(word.word, word.score / most, f"{word.word} {word.score:+.3f}")
                    parts += [escaped(text[place : word.start]), colour]
                    place = word.end
            lines.append("".join(parts) + escaped(text[place:]))
        name = "" if self.label is None else f"<b>{escaped(self.label)}</b> "
        head = f"{name}<small>logit {self.logit:.2f}, without the words {self.baseline_logit:.2f}</small>"
        body = "<br>".join(lines)
        return Markup(f'<div dir="auto">{head}<br><span style="white-space: pre-wrap">{body}</span></div>')


@checks.answers(**foreign_names("word_importance"))
def word_importance(
    predictor: TextPredictor,
    text: str | tuple[str, str],
    label: str | None = None,
    *,
    steps: int | None = None,
    baseline: str = "mask",
) -> WordImportance:
    """What each word of a text adds to one logit of a tuned classifier.

    Integrated gradients over the rows of the word table: the words' vectors go in a straight line from those of a
    baseline to their own, and what each adds on the way is added up. [CLS], [SEP], positions and segments stay as they
    are. The numbers sum to the logit less that of the baseline.

    >>> predictor = bk.load("runs/reviews", native=True)
    >>> importance = bk.word_importance(predictor, "The food was not good.")
    >>> [(word.word, round(word.score, 2)) for word in importance.words]

    Args:
        predictor: a classifier that `bk.load` made. Of one with a hub encoder, the weights are put into a native one
            at each call first; `bk.load(folder, native=True)` does that once.
        text: a str, or a (text, pair).
        label: the class looked at; if None, the one that the model answers, of several labels the most probable one.
        steps: points of the path; if None, as many as it takes for the sum to come within 1 % of the difference of the
            logits: 16, 32, ... to 1024.
        baseline: what a word is set against: "mask", the vector of [MASK], which says in training that there is a word
            and not which; or "pad", the vector of [PAD].

    Raises:
        TypeError: for what is no classifier's predictor, or no text.
        ValueError: for an unknown label or baseline, an encoder that has no native form, or a text of several windows.
        RuntimeError: on another backend of Keras than TensorFlow.

    Warns, if the sum is not within 1 %; `gap` says by how much it misses.
    """
    checks.tensorflow_backend("bk.word_importance")
    if not isinstance(predictor, TextPredictor):
        raise TypeError(checks.message("predictor", "be a classifier of bk.load", predictor))
    if steps is not None:
        checks.integer("steps", steps, 1)
    checks.one_of("baseline", baseline, BASELINES)
    texts = tuple(text) if isinstance(text, (tuple, list)) else (text,)
    row = _Row(predictor, texts, baseline)
    number = _class_number(predictor, label, row)
    logit, baseline_logit = (float(row.logits(share)[number]) for share in (1.0, 0.0))
    count = _FEWEST if steps is None else steps
    while True:
        scores = row.integrated(number, count)
        gap = float(scores.sum()) - (logit - baseline_logit)
        is_near = abs(gap) <= TOLERANCE * abs(logit - baseline_logit)
        if is_near or steps is not None or count >= _MOST:
            break
        count *= 2
    if not is_near:
        advice = "Pass more steps." if steps is not None else "The two logits are nearly equal, or the path is rough."
        checks.warn(f"The words' sum misses the difference of the logits by {gap:.2g} in {count} steps. {advice}")
    name = None if predictor.labels is None else predictor.labels[number]
    return WordImportance(row.words(scores), name, logit, baseline_logit, count, gap, texts)


class _Row:
    """One text or pair before a native encoder and a head: vectors, their baseline, gradients along the path."""

    def __init__(self, predictor: TextPredictor, texts: tuple[str, ...], baseline: str) -> None:
        predictor.logits([texts])  # says what is wrong with texts
        self._texts = texts
        self._head, self._pooling = predictor.model.classifier, predictor.model.pooling
        self._native: BertEncoder = native_encoder(predictor.model.encoder)
        self._tokenizer = tokenizer = predictor.preprocessor.tokenizer
        self._ids, self._types = (ragged[0] for ragged in predictor.preprocessor.ragged(*([part] for part in texts)))
        most = predictor.preprocessor.seq_length
        if len(self._ids) > most:
            must = f"fit one window of {most} tokens, for its words to be looked at"
            raise ValueError(checks.message("text", must, texts[0], "Pass a part of it."))
        special = [tokenizer.cls_id, tokenizer.sep_id]
        self._is_word = ~np.isin(self._ids.numpy(), special)
        blank = tokenizer.pad_id if baseline == "pad" else tokenizer.mask_id
        if blank is None:
            raise ValueError(checks.message("baseline", "be 'pad' for a vocabulary without [MASK]", baseline))
        table = tf.convert_to_tensor(self._native.word_table)
        self._vectors = tf.gather(table, self._ids)  # [tokens, hidden_size]
        self._from = tf.gather(table, tf.where(self._is_word, blank, self._ids))

    def logits(self, share: float) -> np.ndarray:
        """float32 [num_classes] at a share of the path: 0 is the baseline, 1 the text."""
        return self._run(self._at(tf.constant([share])))[0].numpy()

    def integrated(self, number: int, steps: int) -> np.ndarray:
        """float64 [tokens]: the integral of the gradient of one logit along the path, times the path."""
        # Gauss and Legendre's points and weights on [0, 1]: far fewer than of equal distance, as the path is smooth.
        points, weights = np.polynomial.legendre.leggauss(steps)
        points, weights = (points + 1) / 2, weights / 2
        gradient = np.zeros(self._vectors.shape, "float64")
        for start in range(0, steps, _POINTS):
            vectors = self._at(tf.constant(points[start : start + _POINTS], tf.float32))
            with tf.GradientTape() as tape:
                tape.watch(vectors)
                logits = self._run(vectors)[:, number]
            part = tape.gradient(logits, vectors).numpy()
            gradient += np.tensordot(weights[start : start + _POINTS], part, 1)
        return (gradient * (self._vectors - self._from).numpy()).sum(axis=-1)

    def words(self, scores: np.ndarray) -> tuple[WordScore, ...]:
        """The scores of tokens [tokens], added up over the pieces of each word."""
        scored, ids = [], self._ids.numpy()
        goes_on, is_second = self._tokenizer.goes_on[ids], np.cumsum(ids == self._tokenizer.sep_id) > 0
        for column, text in enumerate(self._texts):
            _, starts, limits = (ragged[0].numpy() for ragged in self._tokenizer.tokenize_with_offsets([text]))
            places = np.flatnonzero(self._is_word & (is_second == column))
            words: list[list[Any]] = []
            for place, start, limit in zip(places, starts, limits, strict=False):  # the text may have been cut
                # Of a character that makes several words, as a fraction does, the words are one.
                if words and (goes_on[place] or start < words[-1][1]):
                    words[-1] = [words[-1][0], max(int(limit), words[-1][1]), words[-1][2] + scores[place]]
                else:
                    words.append([int(start), int(limit), scores[place]])
            scored += [WordScore(text[start:end], start, end, float(score), column) for start, end, score in words]
        return tuple(scored)

    def _at(self, shares: tf.Tensor) -> tf.Tensor:
        """[shares, tokens, hidden_size]"""
        return self._from + shares[:, None, None] * (self._vectors - self._from)

    def _run(self, vectors: tf.Tensor) -> tf.Tensor:
        """float32 [points, num_classes]"""
        points, tokens, width = vectors.shape
        features = {MASK: tf.ones([points, tokens], tf.int32), TYPE_IDS: tf.tile(self._types[None], [points, 1])}
        outputs = self._native.encode_words(tf.reshape(vectors, [-1, width]), features)
        if self._pooling == POOLED:
            return self._head(outputs[POOLED_OUTPUT])
        return self._head(levelled_mean(outputs[SEQUENCE_OUTPUT], features[MASK]))


def _class_number(predictor: TextPredictor, label: str | None, row: _Row) -> int:
    if predictor.model.problem_type == REGRESSION:
        if label is not None:
            raise ValueError(checks.message("label", "be None for a model that gives a number", label))
        return 0
    if label is None:
        return int(row.logits(1.0).argmax())
    return predictor.labels.index(checks.one_of("label", label, predictor.labels))
