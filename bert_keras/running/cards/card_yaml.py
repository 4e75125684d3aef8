"""`card_yaml`: the head of a model card, in YAML, as model hubs read it."""

import json
import math
from collections.abc import Mapping
from typing import Any

_INDENT = "  "


def card_yaml(fields: Mapping[str, Any]) -> str:
    """Fields as YAML between two lines of dashes; None and what is empty is left out.

    Args:
        fields: values are str, numbers, dicts and lists of such.

    >>> print(card_yaml({"language": "en", "tags": ["bert"], "license": None}))
    ---
    language: "en"
    tags:
    - "bert"
    ---
    """
    return "\n".join(["---", *_lines(fields, ""), "---"])


def _lines(value: Any, indent: str) -> list[str]:
    lines = []
    if isinstance(value, Mapping):
        for name, own in value.items():
            if own is None or own == [] or own == {}:
                continue
            if isinstance(own, Mapping):
                lines += [f"{indent}{name}:", *_lines(own, indent + _INDENT)]
            elif isinstance(own, list | tuple):
                lines += [f"{indent}{name}:", *_lines(own, indent)]
            else:
                lines.append(f"{indent}{name}: {_scalar(own)}")
        return lines
    for own in value:
        if isinstance(own, Mapping):
            first, *others = _lines(own, indent + _INDENT)
            lines += [f"{indent}- {first.lstrip()}", *others]
        else:
            lines.append(f"{indent}- {_scalar(own)}")
    return lines


def _scalar(value: Any) -> str:
    """A number, or a text in double quotes: in YAML these have the escapes of JSON, and more that is to be escaped."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        digits, power, exponent = repr(value).partition("e")
        point = ".0" if power and "." not in digits else ""  # 1e-09 would be a text
        return f"{digits}{point}{power}{exponent}"
    text = json.dumps(str(value), ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
