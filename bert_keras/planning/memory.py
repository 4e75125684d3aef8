"""`training_memory`: bytes of one training step of the native encoder, from its sizes alone.

Nothing here is fitted but what JAX's random numbers take, see below, and how much is in flight beside the gradient that
`encoders/trained_layer.py` writes out. Each number is a tensor that the layers of
`encoders/layer_forward.py`, `encoders/trained_layer.py` and `encoders/bert_encoder.py` make and the gradient reads,
that `models/steps.py` adds up, or that `optimization/adamw.py` keeps. `benchmarks/memory_grid.py` holds them beside
what TensorFlow's allocator and the XLA compiler report.
"""

import dataclasses
import math

from bert_keras import checks
from bert_keras.encoders.encoder import EncoderConfig

PRECISIONS = {"float32": 4, "bfloat16": 2, "float16": 2}  # bytes of one number
BACKENDS = ("tensorflow", "jax")
_WIDE, _MASK = 4, 1  # bytes of a float32, which softmax and layer norms are in at any precision, and of a truth value
_OWN = None  # stands for the bytes of the precision

# What a layer keeps from the forward pass to its gradient: how many, of which bytes, and why.
_HIDDEN_SPLIT = (  # [rows, seq_length, hidden_size], of which a shard has its heads
    (3, _OWN, "query, key and value: factors of the two products of attention"),
    (1, _OWN, "the context, which the attention output's kernel is multiplied by"),
)
_HIDDEN = (  # [rows, seq_length, hidden_size], whole on each shard
    (2, _MASK, "which numbers dropout kept, after attention and after feed-forward"),
    (4, _WIDE, "of each of the two layer norms the centred numbers and their scale, factors of each other"),
    (2, _OWN, "the two layer norms' outputs: what feed-forward, and the next layer, multiply by a kernel"),
)
_SCORES = (  # [rows, num_heads, seq_length, seq_length], of which a shard has its heads
    (1, _WIDE, "softmax's output, of which its gradient is made"),
    (1, _MASK, "which attention weights dropout kept"),
    (1, _OWN, "the attention weights after dropout, which the values are multiplied by"),
)
_INNER = {  # [rows, seq_length, intermediate_size], of which a shard has its part
    "tanh": (
        (1, _OWN, "x, the product with the kernel"),
        (2, _OWN, "0.044715 x and 0.044715 x², each a factor in the cube"),
        (1, _OWN, "tanh's output, of which its gradient is made"),
        (2, _OWN, "0.5 x and 1 + tanh, factors of each other"),
        (1, _OWN, "GELU's output, which the output kernel is multiplied by"),
    ),
    "erf": (
        (1, _OWN, "x / √2, where erf's gradient is taken"),
        (2, _OWN, "0.5 x and 1 + erf, factors of each other"),
        (1, _OWN, "GELU's output, which the output kernel is multiplied by"),
    ),
}
# The same of `encoders/trained_layer.py`, which TensorFlow trains in float32 and bfloat16 where layers are not worked
# out again.
_WRITTEN_HIDDEN_SPLIT = (
    (3, _OWN, "query, key and value"),
    (2, _OWN, "the context, by heads and by rows"),
)
_WRITTEN_HIDDEN = (
    (2, _OWN, "which numbers dropout kept, as 0 and 1"),
    (2, _WIDE, "the normalised rows of each of the two layer norms, before gamma"),
    (2, _OWN, "the two layer norms' outputs"),
)
_WRITTEN_SCORES = ((1, _WIDE, "the attention weights before dropout"), (1, _OWN, "those after it"))
_WRITTEN_INNER = ((2, _OWN, "what GELU is given, and what it gives"),)
# TensorFlow's graph optimizer takes the constants of the cube's gradient together, and works that factor out early:
# but not of layers that are worked out again, which wait for their gradient.
_EARLY_INNER = {"tanh": 1, "erf": 0}
# XLA keeps the random bits that a mask is made of, 4 bytes each, in the mask's place; and the words that attention
# masks are drawn with, two of 4 bytes each, are made ahead for all layers that are worked out again. The two, unlike
# all else here, were read from XLA's lists of buffers and from its totals on a CPU, and chosen to fit them.
_BITS, _WORDS = 4, 2 * 4
# The embeddings keep the same of their layer norm, in float32, their own sum, and what dropout kept.
_EMBEDDED = ((2, _WIDE, "centred numbers and scale"), (1, _OWN, "the first layer's input"), (1, _MASK, "dropout"))


@dataclasses.dataclass(frozen=True)
class Memory:
    """Bytes on one device at the fullest moment of a training step.

    Args:
        weights: of encoder and head, float32 at any precision.
        gradients: float32. When the gradient begins there are none but the sums of the micro-batches before.
        optimizer: AdamW's two moments of every trained weight.
        activations: what is kept for the gradient.
        temporary: what lives for a moment: gradients of activations, kernels in the compute dtype, weights that decay.
        moment: "backward", when the gradient begins, or "update", when all gradients are there.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    temporary: int
    moment: str

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.temporary


def training_memory(
    sizes: EncoderConfig,
    seq_length: int,
    rows: int,
    *,
    precision: str = "float32",
    recompute: bool = False,
    micro_batches: int = 1,
    devices: int = 1,
    shards: int = 1,
    trained_share: float = 1.0,
    gelu: str = "tanh",
    backend: str = "tensorflow",
) -> Memory:
    """The bytes that one training step of `bk.BertEncoder` with dropout and a small head takes on each device.

    Args:
        sizes: an encoder's `config`; layers, heads and the inner width must be known.
        seq_length: tokens of each row, padding included.
        rows: of the whole batch, on all devices.
        precision: of activations and matrix products: "float32", "bfloat16" or "float16".
        recompute: whether layers are worked out again for the gradient.
        micro_batches: parts that a device's rows are worked out in.
        devices: on which copies of the model (or of its shards) take their part of the rows.
        shards: devices that one copy is split over, as Megatron-LM splits it (Shoeybi et al., 2019).
        trained_share: of the parameters that are trained, in [0, 1]. Activations are counted as if all were.
        gelu: "tanh" or "erf".
        backend: "tensorflow", or "jax" for a step compiled as one program.

    Raises:
        TypeError, ValueError: for settings out of range.
    """
    checks.one_of("precision", precision, PRECISIONS)
    checks.one_of("gelu", gelu, _INNER)
    checks.one_of("backend", backend, BACKENDS)
    checks.boolean("recompute", recompute)
    for name, value in (("micro_batches", micro_batches), ("devices", devices), ("shards", shards)):
        checks.integer(name, value, 1)
    share = checks.number("trained_share", trained_share, 0.0, 1.0)
    tokens_of = checks.integer("seq_length", seq_length, 1)
    part = math.ceil(math.ceil(checks.integer("rows", rows, 1) / devices) / micro_batches)
    eager = backend == "tensorflow"
    is_written = eager and precision != "float16" and not recompute
    size = _Step(sizes, part * tokens_of, tokens_of, PRECISIONS[precision], shards, gelu, eager, is_written)

    weights = math.ceil(sizes.parameters / shards) * _WIDE
    trained = int(weights * share)
    row = sizes.embedding_size or sizes.hidden_size
    word_table = math.ceil((sizes.vocab_size or 0) * row / shards) * _WIDE if share == 1.0 else 0
    # `train_in_parts` adds gradients to sums: those before and after an addition are counted both.
    summed = trained if size.eager and (micro_batches > 1 or devices > 1) else 0
    # TensorFlow runs what is ready: decayed weights, which need no gradient, are worked out while the old are in use.
    decayed = trained if size.eager else 0
    casts = 0 if precision == "float32" or is_written else size.kernels() * PRECISIONS[precision]
    fullest = size.in_flight()
    if recompute:
        casts //= sizes.num_layers  # a layer casts its kernels again when it is worked out again
        fullest += size.layer()
    fullest += summed + decayed + casts
    if not size.eager:  # one program: what is worked out again for the first layer meets the other layers' gradients
        ends = size.kernels() * _WIDE * (sizes.num_layers - 1) // sizes.num_layers if recompute else 0
        summed = min(int(ends * share), trained)
    activations = size.hidden() * size.bytes_of(_EMBEDDED) + size.of_all_layers(recompute)
    backward = Memory(weights, summed, 2 * trained, activations, fullest, "backward")
    # The norm squares every gradient, the word table's the largest. Sums and decayed weights stay until it is there.
    waiting = summed + decayed if size.eager and summed else 0
    update = Memory(weights, trained, 2 * trained, 0, word_table + waiting, "update")
    return max(backward, update, key=lambda memory: memory.total)


@dataclasses.dataclass(frozen=True)
class _Step:
    """Bytes of the activations of one part of a batch on one shard."""

    sizes: EncoderConfig
    tokens: int
    seq_length: int
    own: int  # bytes of a number in the compute dtype
    shards: int
    gelu: str
    eager: bool  # TensorFlow's executor, which runs an operation as soon as its inputs are there
    written: bool  # with the layers' own gradient

    def hidden(self) -> int:
        return self.tokens * self.sizes.hidden_size

    def inner(self) -> int:
        return math.ceil(self.tokens * self.sizes.intermediate_size / self.shards)

    def scores(self) -> int:
        return math.ceil(self.tokens * self.seq_length * self.sizes.num_heads / self.shards)

    def kernels(self) -> int:
        """Numbers in the layers' kernels on a shard."""
        width, inner = self.sizes.hidden_size, self.sizes.intermediate_size
        return math.ceil(self.sizes.num_layers * (4 * width * width + 2 * width * inner) / self.shards)

    def copied_kernels(self) -> int:
        """Numbers in the kernels of one layer that it keeps a copy of: all but key's and value's, that are not scaled.

        In another precision than the weights' it is all of them.
        """
        if self.own != _WIDE:
            return self.kernels() // self.sizes.num_layers
        width, inner = self.sizes.hidden_size, self.sizes.intermediate_size
        return math.ceil((2 * width * width + 2 * width * inner) / self.shards)

    def bytes_of(self, tensors: tuple) -> int:
        widths = {_OWN: self.own, _MASK: _MASK if self.eager else _BITS}
        return sum(count * widths.get(width, width) for count, width, _ in tensors)

    def layer(self) -> int:
        """All that one layer keeps."""
        split = math.ceil(self.hidden() / self.shards)
        if self.written:
            return (
                split * self.bytes_of(_WRITTEN_HIDDEN_SPLIT)
                + self.hidden() * self.bytes_of(_WRITTEN_HIDDEN)
                + self.scores() * self.bytes_of(_WRITTEN_SCORES)
                + self.inner() * self.bytes_of(_WRITTEN_INNER)
                + self.copied_kernels() * self.own
            )
        return (
            split * self.bytes_of(_HIDDEN_SPLIT)
            + self.hidden() * self.bytes_of(_HIDDEN)
            + self.scores() * self.bytes_of(_SCORES)
            + self.inner() * self.bytes_of(_INNER[self.gelu])
        )

    def of_all_layers(self, recompute: bool) -> int:
        """What all layers keep; of layers that are worked out again their outputs, beside one whole layer."""
        layers = self.sizes.num_layers
        if recompute:
            drawn = 0 if self.eager else (layers - 1) * self.scores() * _WORDS
            return layers * self.hidden() * self.own + drawn
        early = self.inner() * self.own * _EARLY_INNER[self.gelu] if self.eager and not self.written else 0
        return layers * (self.layer() + early)

    def in_flight(self) -> int:
        """Gradients of the last layer's activations when most are there, less what that layer has no more use for."""
        if self.written:  # the gradient of what GELU gives, its slope, and a part of that; or that of the scores
            feed = self.inner() * self.bytes_of(_WRITTEN_INNER) + self.hidden() * 4 * _WIDE
            return max(3 * self.inner() * _WIDE, 3 * self.scores() * _WIDE - feed)
        # At feed-forward: the gradient of GELU's output, and in the place of one of its factors that of the other; the
        # layer's own gradient in the place of its output. The second layer norm's scale is used up.
        forward = self.inner() * self.own - self.hidden() * _WIDE
        # At attention, of long rows: the gradients of the weights before and after dropout and softmax; feed-forward's
        # are used up.
        feed = self.inner() * self.bytes_of(_INNER[self.gelu]) + self.hidden() * 4 * _WIDE
        attention = self.scores() * (2 * self.own + _WIDE) - feed
        return max(forward, attention)
