"""`StepBytes`: what the activations of a training step take, by the network whose layers keep them.

Nothing here is fitted but what JAX's random numbers take, see below, and how much is in flight beside the gradient that
`encoders/layers/trained_layer.py` writes out.
"""

import dataclasses
import math

from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.planning import kept_tensor as kept
from bert_keras.planning.kept_tensor import WIDE
from bert_keras.planning.network import Network

_MASK = 1  # bytes of a truth value
# XLA keeps the random bits that a mask is made of, 4 bytes each, in the mask's place; and the words that attention
# masks are drawn with, two of 4 bytes each, are made ahead for all layers that are worked out again. The two, unlike
# all else here, were read from XLA's lists of buffers and from its totals on a CPU, and chosen to fit them.
_BITS, _WORDS = 4, 2 * 4


@dataclasses.dataclass(frozen=True)
class StepBytes:
    """Bytes of the activations of one part of a batch on one shard, of BERT's layers.

    Args:
        sizes: the encoder's.
        network: which network it is.
        tokens, seq_length: of the part, and of a row.
        own: bytes of a number in the compute dtype.
        shards: devices that the model is split over.
        eager: whether it is TensorFlow's executor, which runs an operation as soon as its inputs are there.
        recompute: whether layers are worked out again.
        written: whether the layers have their own gradient.
    """

    sizes: EncoderConfig
    network: Network
    tokens: int
    seq_length: int
    own: int
    shards: int
    eager: bool
    recompute: bool
    written: bool

    def hidden(self) -> int:
        return self.tokens * self.sizes.hidden_size

    def inner(self) -> int:
        return math.ceil(self.tokens * self.sizes.intermediate_size / self.shards)

    def scores(self) -> int:
        return math.ceil(self.tokens * self.seq_length * self.sizes.num_heads / self.shards)

    def layer_kernels(self) -> int:
        """Numbers in the kernels of one layer on a shard."""
        width, inner = self.sizes.hidden_size, self.sizes.intermediate_size
        return math.ceil((4 * width * width + 2 * width * inner) / self.shards)

    def bytes_of(self, tensors: tuple[kept.KeptTensor, ...]) -> int:
        """Of one number of each tensor."""
        mask, network = _MASK if self.eager else _BITS, self.network
        widths = {
            kept.OWN: self.own,
            kept.ROWS: mask * network.dropout,
            kept.LOOKS: mask * network.attention_dropout,
            kept.ROWS_OWN: self.own * network.dropout,
            kept.LOOKS_OWN: self.own * (network.attention_dropout or self.own != WIDE),
        }
        return sum(tensor.count * widths.get(tensor.width, tensor.width) for tensor in tensors)

    def embedded(self) -> int:
        """What the embeddings keep."""
        width = self.sizes.embedding_size
        projected = self.hidden() * self.own if width else 0
        return self.tokens * (width or self.sizes.hidden_size) * self.bytes_of(kept.EMBEDDED) + projected

    def layer(self) -> int:
        """All that one layer keeps."""
        split = math.ceil(self.hidden() / self.shards)
        if self.written:
            return (
                split * self.bytes_of(kept.WRITTEN_HIDDEN_SPLIT)
                + self.hidden() * self.bytes_of(kept.WRITTEN_HIDDEN)
                + self.scores() * self.bytes_of(kept.WRITTEN_SCORES)
                + self.inner() * self.bytes_of(kept.WRITTEN_INNER)
                + self._copied_kernels() * self.own
            )
        return (
            split * self.bytes_of(kept.HIDDEN_SPLIT)
            + self.hidden() * self.bytes_of(kept.HIDDEN)
            + self.scores() * self.bytes_of(kept.SCORES)
            + self.inner() * self.bytes_of(kept.INNER[self.network.bend])
        )

    def of_all_layers(self) -> int:
        """What all layers keep; of layers that are worked out again their outputs, beside one whole layer."""
        layers = self.sizes.num_layers
        if self.recompute:
            drawn = 0 if self.eager else (layers - 1) * self.scores() * _WORDS * self.network.attention_dropout
            return layers * self.hidden() * self.own + drawn
        early = self.inner() * self.own * kept.EARLY_INNER.get(self.network.bend, 0)
        return layers * (self.layer() + (early if self.eager and not self.written else 0))

    def in_flight(self) -> int:
        """Gradients of the last layer's activations when most are there, less what that layer has no more use for."""
        if self.written:  # the gradient of what is bent, its slope, and a part of that; or that of the scores
            feed = self.inner() * self.bytes_of(kept.WRITTEN_INNER) + self.hidden() * 4 * WIDE
            return max(3 * self.inner() * WIDE, 3 * self.scores() * WIDE - feed)
        # At feed-forward: the gradient of GELU's output, and in the place of one of its factors that of the other; the
        # layer's own gradient in the place of its output. The second layer norm's scale is used up.
        forward = self.inner() * self.own - self.hidden() * WIDE
        # At attention, of long rows: the gradients of the weights before and after dropout and softmax; feed-forward's
        # are used up.
        feed = self.inner() * self.bytes_of(kept.INNER[self.network.bend]) + self.hidden() * 4 * WIDE
        attention = self.scores() * (2 * self.own + WIDE) - feed
        return max(forward, attention)

    def _copied_kernels(self) -> int:
        """Numbers in the kernels of one layer that it keeps a copy of: those that are scaled.

        In another precision than the weights' it is all of them.
        """
        if self.own != WIDE:
            return self.layer_kernels()
        width, inner = self.sizes.hidden_size, self.sizes.intermediate_size
        drops, bend = self.network.dropout, self.network.bend
        squares = 1 + (drops or self.network.attention_dropout)  # query's, and attention's output
        inners = (bend == "erf") + (bend in ("erf", "tanh") or drops)  # before, and after what is bent
        return math.ceil((squares * width * width + inners * width * inner) / self.shards)


class _ModernStepBytes(StepBytes):
    """Of ModernBERT's layers, which are worked out by `encoders/layers/modern_forward.py`."""

    def layer_kernels(self) -> int:
        width, inner = self.sizes.hidden_size, self.sizes.intermediate_size
        return math.ceil((4 * width * width + 3 * width * inner) / self.shards)

    def layer(self) -> int:
        split = math.ceil(self.hidden() / self.shards)
        return (
            split * self.bytes_of(kept.HIDDEN_SPLIT)
            + self.hidden() * self.bytes_of(kept.MODERN_HIDDEN)
            + self.scores() * self.bytes_of(kept.SCORES)
            + self.inner() * self.bytes_of((*kept.INNER[self.network.bend], *kept.MODERN_INNER))
        )

    def embedded(self) -> int:
        return super().embedded() + self.hidden() * self.bytes_of(kept.MODERN_LAST)


class _MobileStepBytes(StepBytes):
    """Of MobileBERT's layers, which are worked out by `encoders/layers/mobile_forward.py`."""

    def narrow(self) -> int:
        return self.tokens * self.network.bottleneck

    def layer_kernels(self) -> int:
        width, inner, narrow = self.sizes.hidden_size, self.sizes.intermediate_size, self.network.bottleneck
        return narrow * (4 * width + 3 * narrow + 2 * inner * self.network.feed_forwards)

    def layer(self) -> int:
        count = self.network.feed_forwards
        return (
            self.narrow() * (self.bytes_of(kept.MOBILE_NARROW) + count * self.bytes_of(kept.MOBILE_FEED_FORWARD))
            + self.hidden() * self.bytes_of(kept.MOBILE_HIDDEN)
            + self.scores() * self.bytes_of(kept.SCORES)
            + self.inner() * count * self.bytes_of(kept.INNER[self.network.bend])
        )

    def embedded(self) -> int:
        neighbours = 3 * self.tokens * self.sizes.embedding_size * WIDE  # each word's row between two others
        return neighbours + self.hidden() * self.bytes_of(kept.MOBILE_EMBEDDED)


BYTES_OF = {"bert": StepBytes, "modern": _ModernStepBytes, "mobile": _MobileStepBytes}  # by `Network.layers`
