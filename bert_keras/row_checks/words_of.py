"""`words_of`: a row's words and marks as they are compared: without case, accents of width and white space.

`pieces_of`: what stands between white space, as an address, a number or a word with hyphens is one.
"""

import re
import unicodedata

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_EDGES = re.compile(r"^\W+|\W+$")


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


def pieces_of(text: str) -> list[str]:
    """What stands between white space, without the marks at its ends.

    >>> pieces_of("(See bit.ly/a-b , 3.5 stars!)")
    ['see', 'bit.ly/a-b', '3.5', 'stars']
    """
    return [piece for whole in folded(text).split() if (piece := _EDGES.sub("", whole))]
