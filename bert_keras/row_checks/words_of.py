"""`words_of`: a row's words and marks as they are compared: without case, accents of width and white space."""

import re
import unicodedata

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def folded(text: str) -> str:
    """A text without the differences of case, of width and of white space.

    >>> folded("  The  FILM ")
    'the film'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> list[str]:
    """The words of a text, and its marks one by one.

    >>> words_of("It isn't GOOD!")
    ['it', "isn't", 'good', '!']
    """
    return _WORD.findall(folded(text))
