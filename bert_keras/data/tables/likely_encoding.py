"""`likely_encoding`: the encoding that a file is likely in, for the advice of an error. Nobody reads a file by it."""

import codecs
import re

_HIGH = re.compile(rb"[\x80-\xff]+")
_KANA, _HAN, _HANGUL = "[\u3040-\u30ff]", "[\u4e00-\u9fff]", "[\uac00-\ud7a3]"
# Codec, the characters that tell of it, and the share of all others than ASCII that they have at least.
_WIDE = (
    ("cp932", _KANA, 0.2),
    ("euc_jp", _KANA, 0.2),
    ("cp949", _HANGUL, 0.8),
    ("cp1251", "[\u0430-\u044f]", 0.6),
    ("koi8-r", "[\u0430-\u044f]", 0.6),
    ("gb2312", _HAN, 0.6),
    ("big5", _HAN, 0.6),
    ("gb18030", _HAN, 0.6),
)
_ACCENTED = (
    "[\u00c0-\u00ff\u0152\u0153\u0160\u0161\u017d\u017e\u0178\u2018-\u201e\u2026\u2013\u2014"
    "\u20ac\u00a0\u00a3\u00a7\u00ab\u00b0\u00bb]"
)
_LATIN = (
    ("cp1252", _ACCENTED, 0.8),
    ("cp1250", "[\u00c0-\u017f]", 0.8),
    ("mac_roman", _ACCENTED, 0.8),
    ("cp850", _ACCENTED, 0.8),
)


def likely_encoding(content: bytes) -> str | None:
    """The name of an encoding in which a part of a file reads as text; None where nothing speaks for one.

    Args:
        content: lines of the file, of which some have bytes that are not ASCII.
    """
    runs = _HIGH.findall(content)
    if not runs:
        return None
    if _decoded(content, "utf-8") is not None:
        return "utf-8"
    high = sum(map(len, runs))
    beside_others = sum(len(run) for run in runs if len(run) > 1) / high  # letters of two bytes, or of no Latin script
    for codec, telling, least in (*(_WIDE if beside_others > 0.6 else ()), *_LATIN):
        text = _decoded(content, codec)
        others = [] if text is None else [character for character in text if character > "\x7f"]
        if others and sum(re.match(telling, character) is not None for character in others) >= least * len(others):
            return "gb18030" if codec == "gb2312" else codec
    return None if _decoded(content, "cp1252") is None else "cp1252"


def _decoded(content: bytes, codec: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(content)  # the last character may be cut off
    except UnicodeDecodeError:
        return None
