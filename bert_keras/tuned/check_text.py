"""`check_text`: a text that a predictor is asked for is one that UTF-8 can express."""

from collections.abc import Iterable
from typing import Any

from bert_keras import checks


def text_list(name: str, texts: Any) -> list[str]:
    """`texts` as a list of checked str; TypeError or ValueError, naming the place, for what is none."""
    if isinstance(texts, (str, bytes, dict)) or not isinstance(texts, Iterable):
        raise TypeError(checks.message(name, "be a list of str", texts))
    texts = list(texts)
    for place, text in enumerate(texts):
        check_text(text, place, name)
    return texts


def check_text(text: Any, place: int, name: str = "texts") -> None:
    """Raises unless `text`, number `place` of the argument `name`, is a str that UTF-8 can express."""
    if not isinstance(text, str):
        raise TypeError(checks.message(name, "be str", text, f"It is number {place}."))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        advice = (
            f"Number {place} has half a surrogate pair at character {error.start}: decode it with errors='replace'."
        )
        raise ValueError(checks.message(name, "be text that UTF-8 can express", text, advice)) from None
