"""`entity_counts`: entities of each sentence and type: right, predicted and true ones, which scores are made of."""

from collections.abc import Iterable, Sequence

import numpy as np

from bert_keras.checks import message
from bert_keras.metrics.entities import entities, tagged_sentences


def entity_counts(
    predictions: Iterable[Sequence[str]],
    labels: Iterable[Sequence[str]],
    *,
    mode: str = "default",
    scheme: str = "bioes",
) -> tuple[tuple[str, ...], np.ndarray]:
    """The counts that `entity_scores` adds up, sentence by sentence.

    Arguments are those of `entity_scores`.

    Returns:
        The types, sorted, and int64 [sentences, types, 3]: entities that are right, that were predicted, that are true.

    Raises:
        ValueError: for no sentences, other lengths, or a tag that is none of the scheme's.

    >>> kinds, counts = entity_counts([["B-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "B-LOC"]])
    >>> kinds, counts.tolist()
    (('LOC', 'PER'), [[[1, 1, 1], [0, 1, 1]]])
    """
    predictions, labels = tagged_sentences("predictions", predictions), tagged_sentences("labels", labels)
    if not labels or len(predictions) != len(labels):
        must = f"have as many sentences as labels, {len(labels)}, and one at least"
        raise ValueError(message("predictions", must, len(predictions)))
    found = []
    for place, (own, true) in enumerate(zip(predictions, labels, strict=True)):
        if len(own) != len(true):
            raise ValueError(message("predictions", f"have {len(true)} tags in sentence {place}", len(own)))
        found.append([set(entities(tags, mode, scheme)) for tags in (own, true)])
    kinds = tuple(sorted({kind for pair in found for spans in pair for kind, *_ in spans}))
    number = {kind: place for place, kind in enumerate(kinds)}
    counts = np.zeros((len(found), len(kinds), 3), "int64")
    for row, (own, true) in enumerate(found):
        for column, spans in enumerate((own & true, own, true)):
            for kind, *_ in spans:
                counts[row, number[kind], column] += 1
    return kinds, counts
