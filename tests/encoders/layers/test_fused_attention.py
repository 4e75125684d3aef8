"""Where attention is cuDNN's, and that what it is asked for is what the layer works out itself."""

import jax_child
import pytest

from bert_keras.encoders.layers import fused_attention


def test_not_on_tensorflow():
    assert not fused_attention.can_fuse("bfloat16", 128, 64)


@pytest.mark.skipif(not jax_child.is_installed(), reason="JAX is not installed")
def test_on_jax(tmp_path):
    """No GPU is here: JAX's own operations stand in for the kernel, called with the same arguments."""
    report = jax_child.run("fused_attention", tmp_path)
    assert report["on_this_machine"] is False
    # float32, an odd length, a depth of 65, no kernel, one model on several devices
    assert report["can"] == {"good": True, "float32": False, "odd": False, "deep": False, "sharded": False}
    assert report["calls"] == {"plain": 2, "packed": 2, "first_only": 1, "dropped": 0}
    # Largest difference to float32, of outputs between -3 and 3.
    assert 0 < report["plain"] < 0.1 and report["fused"] < 1.5 * report["plain"]
