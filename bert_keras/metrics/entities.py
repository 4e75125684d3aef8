"""Entities out of the tags of words, and their precision, recall and F1, as seqeval and conlleval count them.

A tag is "O", or a prefix, "-" and a type: "B-PER". Prefixes: B begins an entity, I is inside one; in BIOES E ends one
and S is a single word. Two readings of tags that break these rules:

* "default", conlleval's (CoNLL-2000) and seqeval's own: every word whose tag is not "O" belongs to an entity. One
  begins at B and S, after "O", E and S, and where the type changes.
* "strict", seqeval's mode="strict": only whole entities count, B I* in BIO, S or B I* E in BIOES, all of one type.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bert_keras.checks import message, one_of
from bert_keras.metrics.given_array import is_iterable

OUTSIDE = "O"
SCHEMES = {"bio": "BI", "bioes": "BIES"}  # and their prefixes
MODES = ("default", "strict")


def entities(tags: Sequence[str], mode: str = "default", scheme: str = "bioes") -> list[tuple[str, int, int]]:
    """The entities of one sentence: (type, first word, one past the last word), in order.

    Args:
        tags: of the words of a sentence.
        mode: "default" or "strict".
        scheme: "bio" or "bioes". The default reading is the same for both.

    Raises:
        ValueError: for a tag that is none of the scheme's.

    >>> entities(["B-PER", "I-PER", "O", "I-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4)]
    >>> entities(["B-PER", "I-PER", "O", "I-LOC"], mode="strict", scheme="bio")
    [('PER', 0, 2)]
    """
    one_of("mode", mode, MODES)
    one_of("scheme", scheme, SCHEMES)
    if isinstance(tags, (str, bytes, Mapping)) or not is_iterable(tags):
        raise TypeError(message("tags", "be the tags of a sentence, a list of str", tags, "E.g. ['B-PER', 'O']."))
    parts = [tag_parts(tag, scheme) for tag in tags]
    return _strict(parts, scheme) if mode == "strict" else _default(parts)


def entity_scores(
    predictions: Iterable[Sequence[str]],
    labels: Iterable[Sequence[str]],
    *,
    mode: str = "default",
    scheme: str = "bioes",
) -> dict[str, float]:
    """Precision, recall and F1 of entities over all sentences; one is right if type, first and last word are.

    Args:
        predictions: for each sentence the tags that a model gives its words.
        labels: for each sentence the true tags, as many.
        mode: "default" (seqeval's and conlleval's) or "strict"; see `entities`.
        scheme: "bio" or "bioes".

    Returns:
        "f1", "precision" and "recall" over entities of all types (micro averages), and the same with "_TYPE" behind for
        each type that occurs in either, by name. 0.0 where nothing is there to divide by.

    Raises:
        ValueError: for no sentences, other lengths, or a tag that is none of the scheme's.

    >>> entity_scores([["B-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "B-LOC"]])["f1"]
    0.5
    """
    predictions, labels = tagged_sentences("predictions", predictions), tagged_sentences("labels", labels)
    if not labels:
        raise ValueError(message("labels", "hold at least one sentence", labels))
    if len(predictions) != len(labels):
        raise ValueError(message("predictions", f"have as many sentences as labels, {len(labels)}", len(predictions)))
    right, predicted, true = Counter(), Counter(), Counter()
    for place, pair in enumerate(zip(predictions, labels, strict=True)):
        if len(pair[0]) != len(pair[1]):
            must = f"have a tag for each word: {len(pair[1])} in sentence {place}"
            raise ValueError(message("predictions", must, len(pair[0])))
        ours, theirs = (entities(tags, mode, scheme) for tags in pair)
        for counts, spans in ((predicted, ours), (true, theirs), (right, set(ours) & set(theirs))):
            counts.update(kind for kind, *_ in spans)
    scores = _scores(right.total(), predicted.total(), true.total())
    for kind in sorted(predicted | true):
        of_kind = _scores(right[kind], predicted[kind], true[kind])
        scores |= {f"{name}_{kind}": value for name, value in of_kind.items()}
    return scores


def tagged_sentences(name: str, values: Any) -> list[Sequence[str]]:
    """An argument that holds the tags of sentences, as a list; TypeError for what has no tags by sentence."""
    must = "hold for each sentence the list of its tags"
    if isinstance(values, (str, bytes, Mapping)) or not is_iterable(values):
        raise TypeError(message(name, must, values, "E.g. [['B-PER', 'O']]."))
    values = list(values)
    for place, tags in enumerate(values):
        is_list = isinstance(tags, Sequence) or getattr(tags, "ndim", 0) == 1
        if isinstance(tags, (str, bytes)) or not is_list:
            raise TypeError(message(name, must, tags, f"It is sentence {place}. E.g. ['B-PER', 'O']."))
    return values


def tag_parts(tag: str, scheme: str = "bioes") -> tuple[str, str]:
    """A tag's prefix and type; ("O", "") for "O". ValueError for what is no tag of the scheme.

    >>> tag_parts("B-PER")
    ('B', 'PER')
    """
    if isinstance(tag, str) and tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, dash, kind = tag.partition("-") if isinstance(tag, str) else ("", "", "")
    known = SCHEMES.get(scheme) if isinstance(scheme, str) else None
    if known is None:
        one_of("scheme", scheme, SCHEMES)
    if prefix not in known or len(prefix) != 1 or not dash or not kind:
        must = "be 'O', or one of " + ", ".join(f"'{own}-'" for own in known) + " with a type behind"
        raise ValueError(message("tag", must, tag, "E.g. 'B-PER'."))
    return prefix, kind


def begins(prefix: str, kind: str, before: str, kind_before: str) -> bool:
    """Whether, in the default reading, an entity begins at a word, by prefix and type of its tag and of the tag before.

    The prefix of no word, before the first, is "O".
    """
    if prefix == OUTSIDE:
        return False
    return prefix in "BS" or before in (OUTSIDE, "E", "S") or kind != kind_before


def _default(parts: list[tuple[str, str]]) -> list[tuple[str, int, int]]:
    spans: list[tuple[str, int, int]] = []
    before = (OUTSIDE, "")
    for place, (prefix, kind) in enumerate(parts):
        if begins(prefix, kind, *before):
            spans.append((kind, place, place + 1))
        elif prefix != OUTSIDE:
            spans[-1] = (*spans[-1][:2], place + 1)
        before = (prefix, kind)
    return spans


def _strict(parts: list[tuple[str, str]], scheme: str) -> list[tuple[str, int, int]]:
    spans, place = [], 0
    while place < len(parts):
        prefix, kind = parts[place]
        limit = place + 1
        if prefix == "B":
            while limit < len(parts) and parts[limit] == ("I", kind):
                limit += 1
            ended = scheme == "bio" or parts[limit : limit + 1] == [("E", kind)]
            limit += scheme == "bioes" and ended
        if prefix == "S" or (prefix == "B" and ended):
            spans.append((kind, place, limit))
        place = limit
    return spans


def _scores(right: int, predicted: int, true: int) -> dict[str, float]:
    precision, recall = (right / count if count else 0.0 for count in (predicted, true))
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"f1": f1, "precision": precision, "recall": recall}
