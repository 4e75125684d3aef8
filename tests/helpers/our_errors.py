"""`is_ours`: whether an error is one that this library gives, and no other that only comes out of it."""

import pathlib
import re

OURS = (ValueError, TypeError)  # FileNotFoundError is for what is not there


def is_ours(error: BaseException) -> bool:
    """Whether it is of our classes, the library raised it itself, and its words say what must hold or may be."""
    frame = error.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    ours = "bert_keras" in pathlib.Path(frame.tb_frame.f_code.co_filename).parts
    return ours and isinstance(error, OURS) and re.search(r"\b(must|may)\b", str(error)) is not None
