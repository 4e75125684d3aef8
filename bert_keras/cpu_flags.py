"""`cpu_flags`: which instructions this CPU has, as Linux says. Nothing heavy is imported here."""

import pathlib

CPU_INFO = pathlib.Path("/proc/cpuinfo")
_OF_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")  # of x86, and of Arm


def cpu_flags() -> set[str]:
    """Empty where the system has no file of them."""
    try:
        text = CPU_INFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        return set()
    line = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "")
    return set(line.partition(":")[2].split())


def has_bfloat16() -> bool | None:
    """Whether this CPU multiplies bfloat16 by instructions of its own; None where the system does not say."""
    flags = cpu_flags()
    return any(name in flags for name in _OF_BFLOAT16) if flags else None
