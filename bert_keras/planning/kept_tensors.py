"""What a layer keeps from the forward pass to its gradient: how many tensors of a shape, of which bytes, and why.

They are read off `encoders/layer_forward.py`, `encoders/trained_layer.py`, `encoders/modern_forward.py`,
`encoders/mobile_forward.py` and `encoders/embedding_tables.py`.
"""

WIDE = 4  # bytes of a float32, which softmax and layer norms are in at any precision
OWN = "own"  # of the precision
ROWS, LOOKS = "rows", "looks"  # of a truth value where rows, or attention weights, are dropped; else there is none
ROWS_OWN = "rows own"  # of the precision where rows are dropped
LOOKS_OWN = "looks own"  # of the precision where attention weights are dropped or cast: else they are softmax's

HIDDEN_SPLIT = (  # [rows, seq_length, hidden_size], of which a shard has its heads
    (3, OWN, "query, key and value: factors of the two products of attention"),
    (1, OWN, "the context, which the attention output's kernel is multiplied by"),
)
HIDDEN = (  # [rows, seq_length, hidden_size], whole on each shard
    (2, ROWS, "which numbers dropout kept, after attention and after feed-forward"),
    (4, WIDE, "of each of the two layer norms the centred numbers and their scale, factors of each other"),
    (2, OWN, "the two layer norms' outputs: what feed-forward, and the next layer, multiply by a kernel"),
)
SCORES = (  # [rows, num_heads, seq_length, seq_length], of which a shard has its heads
    (1, WIDE, "softmax's output, of which its gradient is made"),
    (1, LOOKS, "which attention weights dropout kept"),
    (1, LOOKS_OWN, "the attention weights after dropout, which the values are multiplied by"),
)
INNER = {  # [rows, seq_length, intermediate_size], of which a shard has its part
    "tanh": (
        (1, OWN, "x, the product with the kernel"),
        (2, OWN, "0.044715 x and 0.044715 x², each a factor in the cube"),
        (1, OWN, "tanh's output, of which its gradient is made"),
        (2, OWN, "0.5 x and 1 + tanh, factors of each other"),
        (1, OWN, "GELU's output, which the output kernel is multiplied by"),
    ),
    "erf": (
        (1, OWN, "x / √2, where erf's gradient is taken"),
        (2, OWN, "0.5 x and 1 + erf, factors of each other"),
        (1, OWN, "GELU's output, which the output kernel is multiplied by"),
    ),
    "relu": ((1, OWN, "ReLU's output, of which its gradient is made"),),
    "silu": ((2, OWN, "what SiLU is given, and what it gives"),),
}
# TensorFlow's graph optimizer takes the constants of the cube's gradient together, and works that factor out early:
# but not of layers that are worked out again, which wait for their gradient.
EARLY_INNER = {"tanh": 1}

# The same of `encoders/trained_layer.py`, which TensorFlow trains in float32 and bfloat16 where layers are not worked
# out again.
WRITTEN_HIDDEN_SPLIT = (
    (3, OWN, "query, key and value"),
    (2, OWN, "the context, by heads and by rows"),
)
WRITTEN_HIDDEN = (
    (2, ROWS_OWN, "which numbers dropout kept, as 0 and 1"),
    (2, WIDE, "the normalised rows of each of the two layer norms, before gamma"),
    (2, OWN, "the two layer norms' outputs"),
)
WRITTEN_SCORES = ((1, WIDE, "the attention weights before dropout"), (1, LOOKS_OWN, "those after it"))
WRITTEN_INNER = ((2, OWN, "what is bent, and what comes of it"),)

# ModernBERT's layers have the same of attention. Dropout is on the product of what is bent and its gate.
MODERN_HIDDEN = (
    (1, ROWS, "which numbers dropout kept after attention"),
    (4, WIDE, "of each of the two layer norms the centred numbers and their scale"),
    (2, OWN, "the two layer norms' outputs"),
)
MODERN_INNER = (  # beside those of `INNER`
    (1, OWN, "the gate, which what is bent is multiplied by"),
    (1, OWN, "their product, which the output kernel is multiplied by"),
    (1, ROWS, "which numbers of it dropout kept"),
)
MODERN_LAST = ((2, WIDE, "the last layer norm's centred numbers and scale"), (1, OWN, "its output"))

# MobileBERT's, whose norms keep what they multiply by gamma: [rows, seq_length, bottleneck], then the whole width.
MOBILE_NARROW = (
    (3, OWN, "query, key and value"),
    (1, OWN, "the context"),
    (3, WIDE, "what the norms of the two bottlenecks and of attention are given"),
    (2, OWN, "the outputs of the norms of the shared bottleneck and of attention"),
)
MOBILE_FEED_FORWARD = ((1, WIDE, "what the norm after a feed-forward is given"), (1, OWN, "and what it gives"))
MOBILE_HIDDEN = (
    (1, ROWS, "which numbers dropout kept before the last norm"),
    (1, WIDE, "what that norm is given"),
    (1, OWN, "what it gives"),
)

# The embeddings keep the same of their layer norm, in float32, and what dropout kept: as wide as the tables. Where a
# dense layer leads to the encoder's width, there is its output besides.
EMBEDDED = ((2, WIDE, "centred numbers and scale"), (1, OWN, "the sum, normed"), (1, ROWS, "dropout"))
MOBILE_EMBEDDED = ((1, WIDE, "what the norm is given"), (1, OWN, "what it gives"), (1, ROWS, "dropout"))
