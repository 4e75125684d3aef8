"""`hidden_tokens`: which tokens attention does not look at."""

from typing import Any

from keras import ops


def hidden_tokens(mask: Any, positions: Any = None) -> Any:
    """int32, 1 where the token of the last axis is hidden from that of the axis before, else 0.

    Padding is hidden from all: [batch, 1, 1, seq_length]. In packed rows each text is hidden from the others, too:
    [batch, 1, seq_length, seq_length].

    Args:
        mask: int32 [batch, seq_length], 0 at padding, else 1.
        positions: int32 [batch, seq_length] of packed rows, 0 at the first token of each text.
    """
    padding = (1 - mask)[:, None, None, :]
    if positions is None:
        return padding
    texts = ops.cumsum(ops.cast(positions == 0, "int32"), axis=1)
    return ops.maximum(padding, ops.cast(texts[:, None, :, None] != texts[:, None, None, :], "int32"))
