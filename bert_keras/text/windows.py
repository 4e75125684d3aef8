"""`QuestionPreprocessor`: questions and contexts of any length to windows of features, in the TensorFlow graph."""

from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras import checks
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.own_function import own_function
from bert_keras.text.packing import special_tokens
from bert_keras.text.strings import STRINGS_SPEC, string_batch


class Windows(NamedTuple):
    """The windows of a batch of questions. Counting is in tokens but for `starts` and `limits`.

    Args:
        word_ids, type_ids: ragged int32 [windows, (tokens)]: [CLS] question [SEP] a part of the context [SEP].
        rows: int32 [windows], the question that each belongs to, in order.
        firsts: int32 [windows], the number of the window's first token in its context.
        counts: int32 [windows], tokens of context in the window.
        places: int32 [windows], where in the window its context begins.
        starts, limits: ragged int32 [questions, (tokens of the context)], characters: `context[start:limit]` is the
            source of a token.
        question_lengths: int32 [questions], tokens of each, those beyond max_query_length included.
    """

    word_ids: tf.RaggedTensor
    type_ids: tf.RaggedTensor
    rows: tf.Tensor
    firsts: tf.Tensor
    counts: tf.Tensor
    places: tf.Tensor
    starts: tf.RaggedTensor
    limits: tf.RaggedTensor
    question_lengths: tf.Tensor


class QuestionPreprocessor(tf.Module):
    """Windows over contexts of any length, as BERT's SQuAD recipe makes them.

    A window holds the whole question (its first `max_query_length` tokens) and as much context as there is room for;
    the next one begins `doc_stride` tokens further on, until the context's end is inside. A context without tokens has
    one window.

    Args:
        tokenizer: a `Tokenizer`.
        seq_length: the most tokens of a window.
        doc_stride: tokens from the beginning of one window to that of the next. (Hugging Face's `doc_stride` counts the
            tokens that two windows share: `overlap`.)
        max_query_length: tokens of the question that are kept.
        overlap: tokens that two windows share, in place of `doc_stride`, which is not looked at then: the shorter the
            question, the further apart two windows begin.

    >>> windows = QuestionPreprocessor(tokenizer)(["Who wrote it?"], ["A long text …"])
    """

    def __init__(
        self,
        tokenizer: BaseTokenizer,
        seq_length: int = 384,
        doc_stride: int = 128,
        max_query_length: int = 64,
        overlap: int | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(tokenizer, BaseTokenizer):
            raise TypeError(checks.message("tokenizer", "be a Tokenizer", tokenizer, "Pass Tokenizer(vocab_file)."))
        self.tokenizer = tokenizer
        self.seq_length = checks.integer("seq_length", seq_length, 5)
        self.max_query_length = checks.integer("max_query_length", max_query_length, 1)
        special = special_tokens(2, tokenizer.pair_layout)
        room = seq_length - max_query_length - special
        if room < 2:
            must = f"leave room for context: at most seq_length - {special + 2} = {seq_length - special - 2}"
            raise ValueError(checks.message("max_query_length", must, max_query_length))
        self.overlap = None if overlap is None else checks.integer("overlap", overlap, 0, room - 1)
        self.doc_stride = checks.integer("doc_stride", doc_stride, 1)
        if overlap is None and doc_stride >= room:
            must = f"be below {room}, the room that seq_length={seq_length} leaves beside the longest question"
            advice = "A larger step would leave context out between two windows."
            raise ValueError(checks.message("doc_stride", must, doc_stride, advice))
        self._function = own_function(self.windows, input_signature=[STRINGS_SPEC, STRINGS_SPEC], autograph=False)

    def __call__(self, questions: Any, contexts: Any) -> Windows:
        """The windows of a batch: `questions` and `contexts` are str, bytes or string tensors, [questions]."""
        return self._function(string_batch("questions", questions), string_batch("contexts", contexts))

    def windows(self, questions: tf.Tensor, contexts: tf.Tensor) -> Windows:
        """As a call, of string tensors [questions] and unchecked: for use inside another graph."""
        asked = self.tokenizer(questions)
        question_lengths = tf.cast(asked.row_lengths(), tf.int32)
        asked = asked[:, : self.max_query_length]
        # Many questions are about one text: each distinct one is tokenized once.
        distinct, which = tf.unique(contexts)
        tokens = self.tokenizer.tokenize_with_offsets(distinct)
        ids, starts, limits = (tf.gather(column, which) for column in tokens)

        lengths = tf.cast(ids.row_lengths(), tf.int32)
        asked_lengths = tf.minimum(question_lengths, self.max_query_length)
        room = self.seq_length - special_tokens(2, self.tokenizer.pair_layout) - asked_lengths
        more = tf.maximum(lengths - room, 0)
        step = tf.fill(tf.shape(room), self.doc_stride) if self.overlap is None else room - self.overlap
        number = 1 + (more + step - 1) // step  # windows of each question
        rows = tf.repeat(tf.range(tf.size(number)), number)
        place = tf.range(tf.size(rows)) - tf.gather(tf.cumsum(number, exclusive=True), rows)
        firsts = place * tf.gather(step, rows)
        counts = tf.minimum(tf.gather(room, rows), tf.gather(lengths, rows) - firsts)

        begin = tf.gather(tf.cast(ids.row_starts(), tf.int32), rows) + firsts
        context = _gathered(ids.flat_values, begin, counts)
        question = tf.gather(asked, rows)
        word_ids, type_ids = self._packed(question, context)
        return Windows(
            word_ids,
            type_ids,
            rows,
            firsts,
            counts,
            tf.gather(asked_lengths, rows) + 1 + self.tokenizer.pair_layout.separators,
            starts,
            limits,
            question_lengths,
        )

    def _packed(self, question: tf.RaggedTensor, context: tf.RaggedTensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        rows, layout = question.nrows(out_type=tf.int32), self.tokenizer.pair_layout
        first, last = (tf.fill([rows, 1], piece) for piece in (self.tokenizer.cls_id, self.tokenizer.sep_id))
        word_ids = tf.concat([first, question, *[last] * layout.separators, context, last], axis=1)
        head = tf.cast(question.row_lengths(), tf.int32) + 1 + layout.separators
        tail = tf.cast(context.row_lengths(), tf.int32) + 1
        kinds = tf.repeat(tf.tile([0, layout.second_type], [rows]), tf.reshape(tf.stack([head, tail], axis=1), [-1]))
        return word_ids, word_ids.with_flat_values(kinds)


def _gathered(values: tf.Tensor, begin: tf.Tensor, counts: tf.Tensor) -> tf.RaggedTensor:
    """Rows `values[begin : begin + count]`."""
    places = tf.ragged.range(begin, begin + counts)
    return places.with_flat_values(tf.gather(values, places.flat_values))
