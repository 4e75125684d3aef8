"""`begins_word`: which pieces of vocabularies that write the space before a word begin one."""


def begins_word(piece: str, space: str) -> bool:
    """Whether a piece begins a word: it has the sign of a space in front, or no letter and no digit.

    >>> begins_word("\u2581fish", "\u2581"), begins_word("ing", "\u2581"), begins_word("!", "\u2581")
    (True, False, True)
    """
    return piece.startswith(space) or not any(character.isalnum() for character in piece)
