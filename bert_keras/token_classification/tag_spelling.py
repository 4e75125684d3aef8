"""`Spelling`: how a corpus writes its tags, and the same tags as "B-PER", "I-PER", "E-PER", "S-PER" and "O".

What is known: another mark than "-" ("B_PER"), the prefix behind ("PER-B"), small letters ("b-per", "o"), the letters
of BILOU, BMES and BMEWO, and tags without prefixes ("PER PER O"), which are read as IO: words of one type side by side
are one entity.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence

from bert_keras import checks
from bert_keras.metrics.entities import OUTSIDE
from bert_keras.token_classification.tagged_sentences import TaggedSentences

IO, IOB1, PLAIN = "io", "iob1", "plain"
# What a user may call a scheme, and its prefixes; those of one row are the same scheme.
FAMILIES = {
    "bio": "BI",
    "iob2": "BI",
    "iob1": "BI",
    "bioes": "BIES",
    "iobes": "BIES",
    "bilou": "BILU",
    "bioul": "BILU",
    "bmes": "BMES",
    "bmeso": "BMES",
    "bmewo": "BMEW",
}
SCHEME_NAMES = (*FAMILIES, IO, PLAIN)
_STANDARD = {"L": "E", "U": "S", "M": "I", "W": "S"}
_OUTSIDES = ("O", "o", "0", "_")  # a word of no entity, in the order in which they are looked for
_MARKS = "-_:/|."
# Tags of parts of speech: with "O" among them nobody can tell whether they are entities.
_PARTS_OF_SPEECH = frozenset(
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X CONJ PRT "
    "CC CD DT EX FW IN JJ JJR JJS LS MD NN NNS NNP NNPS PDT POS PRP PRP$ RB RBR RBS RP TO UH VB VBD VBG VBN VBP VBZ "
    "WDT WP WP$ WRB".split()
)
_NO_TYPE = re.compile(r".|[\W\d_]+|.[-_:/|.].+")  # of an entity; neither is what has a prefix of no scheme


@dataclasses.dataclass(frozen=True)
class Spelling:
    """How the tags of a corpus are written.

    Args:
        mark: between prefix and type; "" for tags without prefixes.
        is_last: whether the prefix stands behind the type.
        outside: the tag of a word of no entity.
        letters: the prefixes that occur, in capitals.
    """

    mark: str
    is_last: bool
    outside: str
    letters: frozenset[str]

    def standard(self, tag: str) -> str:
        """A tag as "B-PER" or "O"; of one without a prefix "I-PER"."""
        if tag == self.outside:
            return OUTSIDE
        if not self.mark:
            return f"I-{tag}"
        prefix, kind = _parts(tag, self.mark, self.is_last)
        return f"{_STANDARD.get(prefix, prefix)}-{kind}"

    @property
    def is_standard(self) -> bool:
        """Whether the tags are written so already."""
        return self.mark == "-" and not self.is_last and self.outside == OUTSIDE and not self.letters & set(_STANDARD)


def find_spelling(tags: Iterable[str], scheme: str | None = None) -> Spelling | None:
    """How tags are written; None for plain tags, and for what is no spelling of any scheme.

    Args:
        tags: the distinct tags of a corpus.
        scheme: one of `FAMILIES` or "io" where the user said it.

    Raises:
        ValueError: where the tags may be entities or not, or are not written in the scheme that was said.
    """
    known = set(tags)
    for tag in known:
        if must := checks.beyond_utf8(tag):  # no model folder could keep it
            raise ValueError(checks.message("tag", must, tag))
    outside = next((tag for tag in _OUTSIDES if tag in known), OUTSIDE)
    kinds = known - {outside}
    if not kinds:
        return None if outside == OUTSIDE else Spelling("-", False, outside, frozenset())
    if scheme == IO:
        return Spelling("", False, outside, frozenset())
    for is_last in (False, True):
        for mark in _MARKS:
            found = _letters(kinds, mark, is_last, scheme)
            if found and (
                (mark == "-" and not is_last) or outside in known or scheme or _are_paired(kinds, mark, is_last)
            ):
                return Spelling(mark, is_last, outside, found)
    if scheme is None and outside in known and not any(_looks_prefixed(tag) for tag in kinds):
        _check_entities(kinds, outside)
        return Spelling("", False, outside, frozenset())
    return None


def in_spelling(
    parts: dict[str, TaggedSentences], scheme: str | None
) -> tuple[str | None, dict[str, TaggedSentences], list[str]]:
    """The sentences with their tags in the standard spelling.

    Args:
        parts: sentences by part; those without tags are passed over.
        scheme: one of `SCHEME_NAMES`, or None to find out.

    Returns:
        The scheme as `in_scheme` takes it, None where it is still to be found; the sentences; and in words what was
        changed.

    Raises:
        ValueError: as `find_spelling`, and for an unknown scheme.
    """
    if scheme is not None:
        checks.one_of("scheme", scheme, SCHEME_NAMES)
    if scheme == PLAIN:
        return PLAIN, parts, []
    tagged = {name: sentences for name, sentences in parts.items() if sentences.tags is not None}
    known = {tag for sentences in tagged.values() for tags in sentences.tags for tag in tags}
    spelling = find_spelling(known, scheme)
    scheme = scheme if scheme in (None, IOB1) else "bio" if scheme == IO or len(FAMILIES[scheme]) == 2 else "bioes"
    if spelling is None or spelling.is_standard:
        return scheme, parts, []
    standard, parts = {tag: spelling.standard(tag) for tag in known}, dict(parts)
    for name, sentences in tagged.items():
        tags = [[standard[tag] for tag in own] for own in sentences.tags]
        parts[name] = sentences.with_tags(tags if spelling.mark else [_one_entity_a_run(own) for own in tags])
    if not spelling.mark:
        kinds = ", ".join(f"'{tag}'" for tag in sorted(known - {spelling.outside})[:4])
        note = f"tags have no prefixes ({kinds} …): words of one tag side by side were read as one entity"
        return "bio", parts, [f"{note} (scheme='plain' for tags that are no entities)"]
    changed = sorted(tag for tag in known if standard[tag] != tag)
    shown = ", ".join(f"'{tag}' as '{standard[tag]}'" for tag in changed[:4])
    return scheme, parts, [f"tags were read in the standard spelling: {shown}{' …' if len(changed) > 4 else ''}"]


def spelled_names(names: Sequence[str], scheme: str | None) -> tuple[str, ...]:
    """Classes that a user named in the corpus' spelling, as a model has them; of each without a prefix two, B and I."""
    spelling = None if scheme == PLAIN else find_spelling(names, scheme)
    if spelling is None or spelling.is_standard:
        return tuple(names)
    made = (spelling.standard(name) for name in names)
    if spelling.mark:
        return tuple(made)
    return tuple(own for name in made for own in ((name,) if name == OUTSIDE else (f"B{name[1:]}", name)))


def _one_entity_a_run(tags: Sequence[str]) -> list[str]:
    """Tags in IO, all "I-…" or "O", in BIO: each run of one type is an entity."""
    return [
        f"B{tag[1:]}" if tag not in (OUTSIDE, before) else tag
        for before, tag in zip([OUTSIDE, *tags], tags, strict=False)
    ]


def _letters(kinds: set[str], mark: str, is_last: bool, scheme: str | None) -> frozenset[str] | None:
    """The prefixes of tags that all have one, out of one family; None else."""
    found = set()
    for tag in kinds:
        prefix, kind = _parts(tag, mark, is_last)
        if not kind or len(prefix) != 1:
            return None
        found.add(prefix)
    families = [FAMILIES[scheme]] if scheme in FAMILIES else FAMILIES.values()
    return frozenset(found) if any(found <= set(family) for family in families) else None


def _parts(tag: str, mark: str, is_last: bool) -> tuple[str, str]:
    """The prefix, in capitals, and the type of a tag; ("", "") for one without the mark."""
    before, found, after = tag.rpartition(mark) if is_last else tag.partition(mark)
    prefix, kind = (after, before) if is_last else (before, after)
    return (prefix.upper(), kind) if found else ("", "")


def _are_paired(kinds: set[str], mark: str, is_last: bool) -> bool:
    """Whether some type has two prefixes: then these are prefixes, also where no word is outside."""
    types = [_parts(tag, mark, is_last)[1] for tag in kinds]
    return len(set(types)) < len(types)


def _looks_prefixed(tag: str) -> bool:
    return re.match(r"[BIESLUMWbieslumw][-_].", tag) is not None


def _check_entities(kinds: set[str], outside: str) -> None:
    """Raises where nobody can tell whether tags without prefixes are types of entities."""
    if any(tag in _PARTS_OF_SPEECH or _NO_TYPE.fullmatch(tag) for tag in kinds):
        must = f"be given where tags without prefixes stand beside '{outside}' and may be entities or not"
        advice = (
            f"There are: {', '.join(repr(tag) for tag in sorted(kinds)[:8])}. scheme='plain' (--scheme plain): each tag"
            f" is a class, '{outside}' too; scheme='io': '{outside}' is none, and words of one tag side by side are one"
            " entity."
        )
        raise ValueError(checks.message("scheme", must, None, advice))
