"""What tags mean: which scheme they follow, whether they keep to it, and the order of a model's classes.

bio     B-PER begins an entity, I-PER goes on with it (IOB2)
bioes   besides, E-PER ends an entity of several words, S-PER is one of a single word
iob1    as bio, but B- only where an entity follows another of its type at once; it is turned into bio
plain   tags without entities, such as parts of speech
"""

from collections.abc import Iterable

from bert_keras import checks
from bert_keras.metrics.entities import OUTSIDE, SCHEMES, begins, tag_parts
from bert_keras.token_classification.tag_spelling import IOB1, PLAIN
from bert_keras.token_classification.tagged_sentences import TaggedSentences

TAG_SCHEMES = (*SCHEMES, IOB1, PLAIN)
_PREFIXES = {"B", "I", "E", "S"}


def in_scheme(
    parts: dict[str, TaggedSentences], scheme: str | None = None, repair: bool = False
) -> tuple[str, dict[str, TaggedSentences], list[str]]:
    """Finds the scheme of a task's tags, and checks that every sentence keeps to it.

    Args:
        parts: sentences by part; those without tags are passed over.
        scheme: one of `TAG_SCHEMES`, or None to find out: "plain" where no tag has a prefix, "bioes" where one has E or
            S, "iob1" where all keep to that and not to "bio", "bio" else.
        repair: whether tags that break the scheme are mended as conlleval reads them, in place of an error: a word that
            is not "O" and cannot go on begins an entity; in BIOES the ends are set anew.

    Returns:
        The scheme ("bio" for "iob1"), the sentences with their tags in it, and what a person should know, a line each.

    Raises:
        ValueError: at the first tag that breaks the scheme, with its line.
    """
    if scheme is not None:
        checks.one_of("scheme", scheme, TAG_SCHEMES)
    tagged = {name: sentences for name, sentences in parts.items() if sentences.tags is not None}
    known = {tag for sentences in tagged.values() for tags in sentences.tags for tag in tags}
    scheme = scheme or _likely_scheme(tagged, known)
    if scheme == PLAIN:
        return PLAIN, parts, []
    facts, parts = [], dict(parts)
    for name, sentences in tagged.items():
        _check_kinds(sentences, scheme)
        if scheme == IOB1:
            _check(sentences, scheme, "IOB1: B- only after an entity of the same type", "")
            parts[name] = sentences.with_tags([_repaired(tags, "bio") for tags in sentences.tags])
        elif repair:
            repaired = [_repaired(tags, scheme) for tags in sentences.tags]
            pairs = zip(repaired, sentences.tags, strict=True)
            count = sum(new != old for new_tags, tags in pairs for new, old in zip(new_tags, tags, strict=True))
            if count:
                facts.append(f"{name}: {count:,} tags broke {scheme.upper()} and were repaired")
            parts[name] = sentences.with_tags(repaired)
        else:
            advice = "Correct it, or pass repair=True (--repair) to read such tags as conlleval does."
            _check(sentences, scheme, scheme.upper(), advice)
    if scheme == IOB1:
        facts.append("the tags are IOB1 (B- only between entities of one type) and were turned into BIO")
    return "bio" if scheme == IOB1 else scheme, parts, facts


def tag_names(tags: Iterable[str], scheme: str) -> tuple[str, ...]:
    """The classes of a model for these tags, in their order: "O" first, then type by type, sorted, in each B, I, E, S.

    A type that occurs has all tags of the scheme. Plain tags are sorted, all of them.

    >>> tag_names(["O", "B-PER", "B-LOC"], "bio")
    ('O', 'B-LOC', 'I-LOC', 'B-PER', 'I-PER')
    """
    if scheme == PLAIN:
        return tuple(sorted(set(tags)))
    kinds = sorted({tag_parts(tag, scheme)[1] for tag in set(tags)} - {""})
    return (OUTSIDE, *(f"{prefix}-{kind}" for kind in kinds for prefix in SCHEMES[scheme]))


def scheme_of(names: Iterable[str]) -> str:
    """The scheme of a model's classes, as `tag_names` gives them."""
    names = [name for name in names if name != OUTSIDE]
    if not names or any(name[:2] not in {f"{prefix}-" for prefix in _PREFIXES} for name in names):
        return PLAIN
    return "bioes" if any(name[0] in "ES" for name in names) else "bio"


def _likely_scheme(tagged: dict[str, TaggedSentences], known: set[str]) -> str:
    prefixes = {tag[0] for tag in known if len(tag) > 2 and tag[1] == "-" and tag[0] in _PREFIXES}
    if not prefixes:
        return PLAIN if known - {OUTSIDE} else "bio"
    if prefixes & {"E", "S"}:
        return "bioes"
    rows = [tags for sentences in tagged.values() for tags in sentences.tags]
    is_iob1 = all(_first_break(tags, IOB1) is None for tags in rows)
    return IOB1 if is_iob1 and any(_first_break(tags, "bio") is not None for tags in rows) else "bio"


def _check_kinds(sentences: TaggedSentences, scheme: str) -> None:
    """Raises at a tag that is not even one of the scheme's."""
    known: set[str] = set()
    for row, tags in enumerate(sentences.tags):
        for place, tag in enumerate(tags):
            if tag in known:
                continue
            try:
                tag_parts(tag, "bio" if scheme == IOB1 else scheme)
            except ValueError as error:
                where = sentences.place(row, place)
                advice = "Is it the right column (tag_column)? Tags without prefixes: scheme='plain'."
                raise ValueError(f"{error} It stands on {where}. {advice}") from None
            known.add(tag)


def _check(sentences: TaggedSentences, scheme: str, described: str, advice: str) -> None:
    for row, tags in enumerate(sentences.tags):
        place = _first_break(tags, scheme)
        if place is not None:
            before = f"after '{tags[place - 1]}'" if place else "at the beginning of its sentence"
            word, where = sentences.words[row][place], sentences.place(row, place)
            advice = f"The word '{word}' stands on {where}. {advice}".strip()
            raise ValueError(checks.message("tags", f"keep to {described}", f"{tags[place]} {before}", advice))


def _first_break(tags: list[str], scheme: str) -> int | None:
    """The place of the first tag that cannot follow the one before; None where all keep to the scheme."""
    before = OUTSIDE
    for place, tag in enumerate(tags):
        is_open, is_other = before[0] in "BI", before[1:] != tag[1:]
        if scheme == "bio":
            breaks = tag[0] == "I" and is_other
        elif scheme == IOB1:
            breaks = tag[0] not in "IBO" or (tag[0] == "B" and is_other)
        else:
            breaks = is_open != (tag[0] in "IE") or (is_open and is_other)
        if breaks:
            return place
        before = tag
    return len(tags) - 1 if scheme == "bioes" and before[0] in "BI" else None  # the last one leaves an entity open


def _repaired(tags: list[str], scheme: str) -> list[str]:
    """Tags that keep to the scheme and hold the entities that the default reading finds in `tags`."""
    parts = [tag_parts(tag) for tag in tags]
    starts = [begins(*own, *before) for own, before in zip(parts, [(OUTSIDE, ""), *parts], strict=False)]
    repaired = []
    for place, (prefix, kind) in enumerate(parts):
        if prefix == OUTSIDE:
            repaired.append(OUTSIDE)
            continue
        is_last = place + 1 == len(parts) or parts[place + 1][0] == OUTSIDE or starts[place + 1]
        first, inside = ("S" if is_last else "B", "E" if is_last else "I") if scheme == "bioes" else ("B", "I")
        repaired.append(f"{first if starts[place] else inside}-{kind}")
    return repaired
