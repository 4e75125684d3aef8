"""`use_onednn`: TensorFlow's oneDNN kernels on CPUs where it leaves them off, though they train faster.

TensorFlow has them on where the CPU has instructions for neural networks (AVX-512 VNNI, AVX-VNNI and the like), and off
on those with AVX2 alone, such as AMD's Zen 2 and 3. On a Zen 3 a training step of BERT took 1.26 times as long without.
"""

import os
import sys

from bert_keras.cpu_flags import cpu_flags

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
_NEEDED = {"avx2", "fma"}
_ON_ANYWAY = ("avx512_vnni", "avx_vnni", "avx512_bf16", "amx_tile")


def use_onednn(flags: set[str] | None = None) -> bool:
    """Has TensorFlow use oneDNN where it pays and the user has not decided; whether it did.

    It looks at the variable while it is imported: afterwards nothing is changed.

    Args:
        flags: of the CPU, as Linux calls them; None for those of this one.
    """
    if VARIABLE in os.environ or "tensorflow" in sys.modules:
        return False
    flags = cpu_flags() if flags is None else flags
    if not flags >= _NEEDED or flags & set(_ON_ANYWAY):
        return False
    os.environ[VARIABLE] = "1"
    return True


def onednn_state() -> str:
    """What a person should know of it, in a line."""
    value = os.environ.get(VARIABLE)
    if value is None:
        return f"oneDNN: as TensorFlow has it on this CPU; {VARIABLE}=1 or 0 decides"
    return f"oneDNN: {'off' if value.lower() in ('0', 'false') else 'on'}, by {VARIABLE}={value}"
