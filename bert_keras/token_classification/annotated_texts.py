"""`read_annotated_texts`: sentences out of texts with spans of characters: their words, and which are entities."""

from collections import Counter
from collections.abc import Iterator, Sequence

import tensorflow as tf

from bert_keras import checks
from bert_keras.data.tables.row_source import RowSource
from bert_keras.metrics.entities import OUTSIDE
from bert_keras.text.placing import placed
from bert_keras.text.words import split_words
from bert_keras.token_classification.annotations import Annotated, Span, annotated
from bert_keras.token_classification.tagged_sentences import TaggedSentences

_CHUNK_TEXTS = 4096  # split into words together


def read_annotated_texts(source: RowSource, repair: bool = False) -> TaggedSentences:
    """The texts of a table as sentences of words, each with a tag in BIO.

    Words are those of the tool where it gives them, else those of `bert_keras.text.words`, which predictors and exports
    use; a word in which an entity begins or ends is cut there. Blanks at the ends of an entity are no part of it. Where
    a tool says which characters an entity has, and others stand at its offsets, it is looked for as `placed` does.

    Args:
        source: rows with a text and its spans.
        repair: whether of entities that overlap the longest is kept, and one that cannot be placed left out; they are
            an error else.

    Raises:
        ValueError: with its row, for a span that is not in its text, and entities that overlap; as `annotated`.
    """
    counts: Counter[str] = Counter()
    rows = list(annotated(source, counts))
    if not rows:
        advice = "; ".join(f"{count:,} {what}" for what, count in counts.items())
        raise ValueError(checks.message("files", "hold at least one annotated text", source.name, advice))
    for row in rows:
        _check_utf8(row)
    words, tags, places = [], [], []
    for row, own in zip(rows, _words(rows), strict=True):
        spans = _apart(row, [_exact(row, span, repair, counts) for span in row.spans], repair, counts)
        cut = _cut(own, spans, counts)
        if not cut:
            counts["texts without a word were left out"] += 1
            continue
        words.append([row.text[start:end] for start, end in cut])
        tags.append(_tags(cut, spans, row))
        places.append(row.where)
    notes = tuple(f"{source.name}: {count:,} {what}" for what, count in counts.items() if count)
    return TaggedSentences(words, tags, None, source.name, places, notes)


def _check_utf8(row: Annotated) -> None:
    """Raises ValueError for a text, or a label, with half a surrogate pair."""
    for name, text in (("text", row.text), *(("spans", span.label) for span in row.spans)):
        if must := checks.beyond_utf8(text):
            raise ValueError(f"{row.where}: {checks.message(name, must, text[:60])}")


def _exact(row: Annotated, span: Span, repair: bool, counts: Counter[str]) -> Span | None:
    """A span at its place, without blanks at its ends; None for one that is left out."""
    start, end, text = span.start, span.end, row.text
    is_there = 0 <= start < end <= len(text)
    if span.text and text[start:end] != span.text:
        place = placed(span.text, text, start)
        is_there = place is not None
        if is_there:
            counts[f"entities do not stand at their offsets and were {place.how}"] += 1
            start, end = place.start, place.end
    if not is_there or not text[start:end].strip():
        if repair:
            counts["entities are not in their text and were left out"] += 1
            return None
        must = f"lie in the text, of {len(text)} characters, and hold a word"
        shown = f"{start}–{end} '{span.label}'" + (f" {span.text[:40]!r}" if span.text else "")
        advice = (
            f"There stands {text[max(start, 0) : max(end, 0)][:40]!r}. Offsets count Python's characters. repair=True"
        )
        raise ValueError(f"{row.where}: {checks.message('spans', must, shown, advice + ' leaves such out.')}")
    inner = text[start:end]
    first, last = start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
    if (first, last) != (start, end):
        counts["entities have blanks at their ends, which were left out"] += 1
    return Span(first, last, span.label, span.text)


def _apart(row: Annotated, spans: Sequence[Span | None], repair: bool, counts: Counter[str]) -> list[Span]:
    """The spans of a text in their order, each once."""
    kept: list[Span] = []
    there = {(span.start, span.end, span.label): span for span in spans if span is not None}
    for span in sorted(there.values(), key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
            continue
        if not repair:
            both = " and ".join(
                f"{row.text[own.start : own.end][:30]!r} '{own.label}' {own.start}–{own.end}"
                for own in (kept[-1], span)
            )
            advice = "Entities that overlap have no place in tags of words: repair=True (--repair) keeps the longest."
            raise ValueError(f"{row.where}: {checks.message('spans', 'lie apart', both, advice)}")
        counts["entities overlap a longer one and were left out"] += 1
        if span.end - span.start > kept[-1].end - kept[-1].start:
            kept[-1] = span
    return kept


def _words(rows: Sequence[Annotated]) -> Iterator[list[tuple[int, int]]]:
    """The places of the words of each text."""
    for begin in range(0, len(rows), _CHUNK_TEXTS):
        chunk = rows[begin : begin + _CHUNK_TEXTS]
        found = split_words(tf.constant([row.text for row in chunk]))
        columns = zip(chunk, found.starts.to_list(), found.limits.to_list(), strict=True)
        for row, starts, limits in columns:
            yield list(zip(starts, limits, strict=True)) if row.words is None else row.words


def _cut(words: list[tuple[int, int]], spans: list[Span], counts: Counter[str]) -> list[tuple[int, int]]:
    """The words, cut where an entity begins or ends inside of one."""
    edges = sorted({edge for span in spans for edge in (span.start, span.end)})
    cut, place = [], 0
    for start, end in words:
        while place < len(edges) and edges[place] <= start:
            place += 1
        while place < len(edges) and edges[place] < end:
            cut.append((start, edges[place]))
            start = edges[place]
            counts["words were cut where an entity begins or ends inside of them"] += 1
            place += 1
        cut.append((start, end))
    return cut


def _tags(words: list[tuple[int, int]], spans: list[Span], row: Annotated) -> list[str]:
    """The tag of each word, in BIO."""
    tags = [OUTSIDE] * len(words)
    for span in spans:
        own = [place for place, (start, end) in enumerate(words) if start >= span.start and end <= span.end]
        if not own:
            must = "hold a word"
            shown = f"{span.start}–{span.end} '{span.label}' {row.text[span.start : span.end][:40]!r}"
            raise ValueError(f"{row.where}: {checks.message('spans', must, shown)}")
        tags[own[0]] = f"B-{span.label}"
        for place in own[1:]:
            tags[place] = f"I-{span.label}"
    return tags
