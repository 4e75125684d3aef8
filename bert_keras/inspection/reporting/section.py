"""`Section`: one subject of a report: a heading, and what stands below it as HTML."""

import dataclasses

from bert_keras.markup import Markup


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a report.

    Args:
        title: the heading, in plain text.
        body: what stands below it, all texts escaped.
    """

    title: str
    body: Markup
