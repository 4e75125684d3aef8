"""`Hit`: a part of a document that a search has found."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Hit:
    """A window of a document, cut from it as it was given: `documents[hit.document][hit.start:hit.end] == hit.text`.

    Args:
        document: its name.
        start, end: characters of the document.
        score: the cosine of the query's vector and the window's, in [-1, 1]; where words were weighed, too, that and
            the weight times their overlap.
        text: the window.
    """

    document: str
    start: int
    end: int
    score: float
    text: str = dataclasses.field(repr=False)
