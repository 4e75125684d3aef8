"""`normalize`: texts as WordPiece wants them, with the operations of TF-Hub's preprocessing models."""

import tensorflow as tf
from tensorflow_text.python.ops.bert_tokenizer import BasicTokenizer


def normalize(strings: tf.Tensor, lower_case: bool) -> tf.Tensor:
    """String [batch], of the same texts: one space for each control or format character.

    With `lower_case` they are case-folded (NFKC), decomposed (NFD) and stripped of marks before. What is not UTF-8
    stays as it is.
    """
    if lower_case:
        strings = BasicTokenizer(lower_case=True).lower_case(strings)
    return tf.strings.regex_replace(strings, r"\p{Cc}|\p{Cf}", " ")
