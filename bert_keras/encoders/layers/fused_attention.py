"""`fused_attention`: attention by cuDNN's kernel, which never writes its weights down; Keras' JAX backend, on a GPU."""

import functools
from typing import Any

import keras

if keras.backend.backend() == "jax":
    import jax
    import jax.numpy as jnp
else:
    jax = None

_WIDEST = 128  # numbers of a head, and these a multiple of 8
_AMPERE = 8.0  # compute capability


def can_fuse(dtype: str, length: int | None, depth: int) -> bool:
    """Whether cuDNN has a kernel, with its gradient, for heads of `depth` over rows of `length` tokens.

    It has none of float32, and none that drops attention weights by a seed of the step. One model that is split over
    devices is left to XLA.
    """
    if jax is None or not _has_kernel() or keras.distribution.distribution() is not None:
        return False
    is_even = length is not None and length % 2 == 0
    return dtype in ("bfloat16", "float16") and is_even and depth <= _WIDEST and depth % 8 == 0


def fused_attention(query: Any, key: Any, value: Any, padding: Any) -> Any:
    """[batch, seq_length, heads, depth] of the same three; `padding` is `layer_forward`'s."""
    batch, length = query.shape[:2]
    mask = jnp.broadcast_to(padding == 0, (batch, 1, length, length))
    return jax.nn.dot_product_attention(query, key, value, mask=mask, implementation="cudnn")


@functools.cache
def _has_kernel() -> bool:
    """Whether all that JAX works on by default are NVIDIA's GPUs, recent enough."""
    return all(
        device.platform == "gpu"
        and "cuda" in device.client.platform_version
        and float(device.compute_capability) >= _AMPERE
        for device in jax.devices()
    )
