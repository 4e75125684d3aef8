"""`DocumentAnswer`: an answer, and where in which document it stands."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class DocumentAnswer:
    """An answer, cut from a document as it was given: `documents[document][start:end] == answer`.

    Args:
        answer: the text; "" where no passage holds an answer.
        score: its probability among the best spans of all passages that were read (and "no answer", where the model
            knows that), in [0, 1].
        document: the document's name; None for "".
        start, end: characters of the document; 0 and 0 for "".
        null_score: how much more speaks for no answer than for the best span, in the answer's passage; for "" the
            least of all.
        passage_score: of the search, of the passage's best window; for "" the highest.
        question: what was asked.
        passage: the part of the document that was read; "" for "".
    """

    answer: str
    score: float
    document: str | None
    start: int
    end: int
    null_score: float
    passage_score: float
    question: str = dataclasses.field(repr=False)
    passage: str = dataclasses.field(repr=False)
