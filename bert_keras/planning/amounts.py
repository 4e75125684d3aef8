"""Amounts of memory as people write them, "12GiB", and as they read them."""

import re

from bert_keras import checks

_UNITS = {"": 1, "B": 1}
_UNITS |= {f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)}
_UNITS |= {f"{letter}IB": 1024**power for power, letter in enumerate("KMGT", 1)}


def parse_bytes(name: str, amount: str | int) -> int:
    """The bytes of "12GiB" (1024³ each), "12 GB" (1000³), "16000MiB", or a number of bytes.

    Raises:
        TypeError, ValueError: naming the argument `name`, for anything else and for nothing at all.
    """
    advice = "E.g. '12GiB', '16000MiB' or '12GB'."
    if isinstance(amount, bool) or not isinstance(amount, (str, int)):
        raise TypeError(checks.message(name, "be a text with a unit, or a number of bytes", amount, advice))
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", str(amount))
    if match is None or match[2].upper() not in _UNITS:
        units = "B, KB, MB, GB, TB, KiB, MiB, GiB or TiB"
        raise ValueError(checks.message(name, f"be a number and a unit, {units}", amount, advice))
    count = int(float(match[1]) * _UNITS[match[2].upper()])
    if count < 1:
        raise ValueError(checks.message(name, "be more than nothing", amount, advice))
    return count


def readable(count: float) -> str:
    """'11.3 GiB' or '240 MiB' of a number of bytes."""
    return f"{count / 1024**3:,.1f} GiB" if abs(count) >= 1024**3 else f"{count / 1024**2:,.0f} MiB"
