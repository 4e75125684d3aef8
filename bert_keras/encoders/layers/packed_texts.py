"""`packed_texts`: texts of a row each, packed into rows that hold several, where the encoder runs."""

from typing import Any

from keras import ops

from bert_keras.features import FEATURE_NAMES, MASK, POSITION_IDS


def packed_texts(features: dict[str, Any], places: Any) -> tuple[dict[str, Any], Any]:
    """The texts in packed rows, which are as long as the rows that they come in.

    A batch so keeps a row for each text until here, as do its labels and weights: whatever takes a part of its rows
    takes whole texts.

    Args:
        features: the three, int [texts, row_tokens], padded at their ends.
        places: int32 [texts, rows]: in the column of a text's row 1 + the place of its first token, 0 in the others. A
            text without a place is left out.

    Returns:
        The three and `input_position_ids`, int32 [rows, row_tokens], as `bk.pack_rows` makes them, and int32 [texts],
        the place of each text's first token among all of them, 0 for one that is left out.
    """
    mask = ops.cast(features[MASK], "int32")
    (texts, length), rows = ops.shape(mask), ops.shape(places)[1]
    column = ops.max(places, axis=1) - 1
    first = ops.cast(ops.argmax(places, axis=1), "int32") * length + ops.maximum(column, 0)
    kept = ops.logical_and(mask != 0, (column >= 0)[:, None])
    slots = ops.where(kept, first[:, None] + ops.arange(length, dtype="int32"), rows * length)
    # What each token of a packed row is: 1 + its place among the texts' tokens, 0 for padding.
    numbers = ops.arange(1, texts * length + 1, dtype="int32")
    tokens = ops.scatter(ops.reshape(slots, (-1, 1)), numbers, (rows * length + 1,))[:-1]
    packed = {name: _taken(features[name], tokens, (rows, length)) for name in FEATURE_NAMES}
    positions = ops.where(tokens > 0, (tokens - 1) % length, 0)
    return {**packed, POSITION_IDS: ops.reshape(positions, (rows, length))}, first


def _taken(column: Any, tokens: Any, shape: tuple[Any, Any]) -> Any:
    flat = ops.cast(ops.reshape(column, (-1,)), "int32")
    return ops.reshape(ops.take(ops.concatenate([ops.zeros_like(flat[:1]), flat]), tokens, axis=0), shape)
