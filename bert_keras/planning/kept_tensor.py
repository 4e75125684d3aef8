"""`KeptTensor`: what a layer keeps from the forward pass to its gradient, of which bytes, and why, in tables by shape.

They are read off `layer_forward.py`, `trained_layer.py`, `modern_forward.py`, `mobile_forward.py` and
`embedding_tables.py` of `encoders/layers/`.
"""

from typing import NamedTuple

WIDE = 4  # bytes of a float32, which softmax and layer norms are in at any precision
OWN = "own"  # of the precision
ROWS, LOOKS = "rows", "looks"  # of a truth value where rows, or attention weights, are dropped; else there is none
ROWS_OWN = "rows own"  # of the precision where rows are dropped
LOOKS_OWN = "looks own"  # of the precision where attention weights are dropped or cast: else they are softmax's


class KeptTensor(NamedTuple):
    """Tensors of one shape that are kept.

    Args:
        count: how many.
        width: bytes of a number, or one of the names above.
        why: the gradient reads them.
    """

    count: int
    width: int | str
    why: str


HIDDEN_SPLIT = (  # [rows, seq_length, hidden_size], of which a shard has its heads
    KeptTensor(3, OWN, "query, key and value: factors of the two products of attention"),
    KeptTensor(1, OWN, "the context, which the attention output's kernel is multiplied by"),
)
HIDDEN = (  # [rows, seq_length, hidden_size], whole on each shard
    KeptTensor(2, ROWS, "which numbers dropout kept, after attention and after feed-forward"),
    KeptTensor(4, WIDE, "of each of the two layer norms the centred numbers and their scale, factors of each other"),
    KeptTensor(2, OWN, "the two layer norms' outputs: what feed-forward, and the next layer, multiply by a kernel"),
)
SCORES = (  # [rows, num_heads, seq_length, seq_length], of which a shard has its heads
    KeptTensor(1, WIDE, "softmax's output, of which its gradient is made"),
    KeptTensor(1, LOOKS, "which attention weights dropout kept"),
    KeptTensor(1, LOOKS_OWN, "the attention weights after dropout, which the values are multiplied by"),
)
INNER = {  # [rows, seq_length, intermediate_size], of which a shard has its part
    "tanh": (
        KeptTensor(1, OWN, "x, the product with the kernel"),
        KeptTensor(2, OWN, "0.044715 x and 0.044715 x², each a factor in the cube"),
        KeptTensor(1, OWN, "tanh's output, of which its gradient is made"),
        KeptTensor(2, OWN, "0.5 x and 1 + tanh, factors of each other"),
        KeptTensor(1, OWN, "GELU's output, which the output kernel is multiplied by"),
    ),
    "erf": (
        KeptTensor(1, OWN, "x / √2, where erf's gradient is taken"),
        KeptTensor(2, OWN, "0.5 x and 1 + erf, factors of each other"),
        KeptTensor(1, OWN, "GELU's output, which the output kernel is multiplied by"),
    ),
    "relu": (KeptTensor(1, OWN, "ReLU's output, of which its gradient is made"),),
    "silu": (KeptTensor(2, OWN, "what SiLU is given, and what it gives"),),
}
# TensorFlow's graph optimizer takes the constants of the cube's gradient together, and works that factor out early:
# but not of layers that are worked out again, which wait for their gradient.
EARLY_INNER = {"tanh": 1}

# The same of `encoders/layers/trained_layer.py`, by which TensorFlow trains in float32 and bfloat16 where layers are
# not worked out again.
WRITTEN_HIDDEN_SPLIT = (
    KeptTensor(3, OWN, "query, key and value"),
    KeptTensor(2, OWN, "the context, by heads and by rows"),
)
WRITTEN_HIDDEN = (
    KeptTensor(2, ROWS_OWN, "which numbers dropout kept, as 0 and 1"),
    KeptTensor(2, WIDE, "the normalised rows of each of the two layer norms, before gamma"),
    KeptTensor(2, OWN, "the two layer norms' outputs"),
)
WRITTEN_SCORES = (
    KeptTensor(1, WIDE, "the attention weights before dropout"),
    KeptTensor(1, LOOKS_OWN, "those after it"),
)
WRITTEN_INNER = (KeptTensor(2, OWN, "what is bent, and what comes of it"),)

# ModernBERT's layers have the same of attention. Dropout is on the product of what is bent and its gate.
MODERN_HIDDEN = (
    KeptTensor(1, ROWS, "which numbers dropout kept after attention"),
    KeptTensor(4, WIDE, "of each of the two layer norms the centred numbers and their scale"),
    KeptTensor(2, OWN, "the two layer norms' outputs"),
)
MODERN_INNER = (  # beside those of `INNER`
    KeptTensor(1, OWN, "the gate, which what is bent is multiplied by"),
    KeptTensor(1, OWN, "their product, which the output kernel is multiplied by"),
    KeptTensor(1, ROWS, "which numbers of it dropout kept"),
)
MODERN_LAST = (KeptTensor(2, WIDE, "the last layer norm's centred numbers and scale"), KeptTensor(1, OWN, "its output"))

# MobileBERT's, whose norms keep what they multiply by gamma: [rows, seq_length, bottleneck], then the whole width.
MOBILE_NARROW = (
    KeptTensor(3, OWN, "query, key and value"),
    KeptTensor(1, OWN, "the context"),
    KeptTensor(3, WIDE, "what the norms of the two bottlenecks and of attention are given"),
    KeptTensor(2, OWN, "the outputs of the norms of the shared bottleneck and of attention"),
)
MOBILE_FEED_FORWARD = (
    KeptTensor(1, WIDE, "what the norm after a feed-forward is given"),
    KeptTensor(1, OWN, "and what it gives"),
)
MOBILE_HIDDEN = (
    KeptTensor(1, ROWS, "which numbers dropout kept before the last norm"),
    KeptTensor(1, WIDE, "what that norm is given"),
    KeptTensor(1, OWN, "what it gives"),
)

# The embeddings keep the same of their layer norm, in float32, and what dropout kept: as wide as the tables. Where a
# dense layer leads to the encoder's width, there is its output besides.
EMBEDDED = (
    KeptTensor(2, WIDE, "centred numbers and scale"),
    KeptTensor(1, OWN, "the sum, normed"),
    KeptTensor(1, ROWS, "dropout"),
)
MOBILE_EMBEDDED = (
    KeptTensor(1, WIDE, "what the norm is given"),
    KeptTensor(1, OWN, "what it gives"),
    KeptTensor(1, ROWS, "dropout"),
)
