"""Floating point operations of BERT, counted on real tokens: what padding costs is a system's own loss."""

from collections.abc import Iterable

# A training step is a forward pass and two products of its size backward: gradients of inputs and of weights
# (Kaplan et al., 2020, https://arxiv.org/abs/2001.08361, section 2.1). Embeddings, norms and softmax are left out.
FORWARDS_IN_A_STEP = 3


def forward_flops(lengths: Iterable[int], layers: int, width: int, inside: int) -> int:
    """Operations of the encoder's matrix products for rows of real tokens; a multiplication and an addition are two.

    A token meets four kernels [width, width] of attention and two [width, inside]; its query meets the keys of the `n`
    tokens of its row, and its weights their values: 2 * (4 width² + 2 width inside) + 4 n width, in every layer.

    Args:
        lengths: real tokens of each row.
        layers, width, inside: of the encoder.
    """
    kernels = 2 * (4 * width * width + 2 * width * inside)
    return sum(length * (kernels + 4 * length * width) for length in map(int, lengths)) * layers


def step_flops(lengths: Iterable[int], layers: int, width: int, inside: int) -> int:
    """Operations of a training step on rows of these lengths."""
    return FORWARDS_IN_A_STEP * forward_flops(lengths, layers, width, inside)


def product_flops(rows: int, inner: int, columns: int) -> int:
    """Operations of the product [rows, inner] x [inner, columns]."""
    return 2 * rows * inner * columns
