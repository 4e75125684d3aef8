"""What the figures were taken on: processor, its instructions, cores that this process may use."""

import os
import pathlib
import platform
import re
from typing import Any

_TELLING = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "asimd")


def machine() -> dict[str, Any]:
    """The processor, in words that hold no name of a host and no path."""
    return {
        "processor": _field("model name") or platform.processor() or platform.machine(),
        "flags": [flag for flag in _TELLING if flag in _flags()],
        "cores": os.cpu_count(),
        "cores used": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": _memory(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 by instructions of its own."""
    return any(flag in _flags() for flag in ("avx512_bf16", "amx_bf16"))


def file_name(facts: dict[str, Any]) -> str:
    """`Intel(R) Xeon(R) Processor` on 2 cores as `intel-xeon-processor-2-cores`."""
    words = re.sub(r"\((R|TM)\)|@.*", "", facts["processor"])
    return "-".join(re.findall(r"[a-z0-9]+", words.lower())) + f"-{facts['cores used']}-cores"


def _field(name: str) -> str:
    path = pathlib.Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.search(rf"^{name}\s*:\s*(.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def _flags() -> list[str]:
    return (_field("flags") or _field("Features")).split()


def _memory() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (ValueError, AttributeError, OSError):
        return None
