"""What tags mean: schemes found, checked, turned into others, and mended as seqeval reads them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1, IOB2, IOBES, Entities

from bert_keras.token_classification.schemes import in_scheme, scheme_of, tag_names
from bert_keras.token_classification.tagged_sentences import TaggedSentences


def sentences(*rows, lines=True, source="train.conll"):
    tags = [row.split() for row in rows]
    words = [[f"w{place}" for place in range(len(own))] for own in tags]
    starts = [1 + sum(len(own) + 1 for own in tags[:place]) for place in range(len(tags))]
    return TaggedSentences(words, tags, starts if lines else None, source)


def found(*rows, **options):
    scheme, parts, facts = in_scheme({"train": sentences(*rows)}, **options)
    return scheme, [" ".join(tags) for tags in parts["train"].tags], facts


@pytest.mark.parametrize(
    "rows, scheme",
    [
        (["B-PER I-PER O", "O"], "bio"),
        (["B-PER B-PER"], "bio"),
        (["O O"], "bio"),
        (["S-PER O B-LOC E-LOC"], "bioes"),
        (["NNP VBZ ."], "plain"),
        (["NNP O"], "plain"),
    ],
)
def test_the_scheme_is_found(rows, scheme):
    assert found(*rows) == (scheme, rows, [])


def test_iob1_is_turned_into_bio_and_said():
    scheme, tags, facts = found("I-PER I-PER O I-LOC B-LOC", "O I-PER I-LOC")
    assert (scheme, tags) == ("bio", ["B-PER I-PER O B-LOC B-LOC", "O B-PER B-LOC"])
    assert facts == ["the tags are IOB1 (B- only between entities of one type) and were turned into BIO"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from("O I-A I-B B-A B-B".split()), min_size=1, max_size=8), min_size=1))
def test_every_iob1_corpus_keeps_its_entities(rows):
    kept = [tags for tags in rows if all(t[0] != "B" or b[1:] == t[1:] for b, t in zip(["O", *tags], tags))]  # noqa: B905
    if kept:
        _, parts, _ = in_scheme({"train": TaggedSentences([t for t in kept], kept)}, "iob1")
        strict = Entities([list(tags) for tags in parts["train"].tags], IOB2).entities
        assert [[(e.start, e.end, e.tag) for e in own] for own in strict] == [
            [(e.start, e.end, e.tag) for e in own] for own in Entities(kept, IOB1).entities
        ]


@pytest.mark.parametrize(
    "rows, words",
    [
        (
            ["B-PER O", "B-LOC I-PER"],
            r"keep to BIO\. Received: tags=\"I-PER after 'B-LOC'\"\. .*'w1' stands on line 5 of",
        ),
        (
            ["B-PER O", "I-PER O"],
            r"I-PER at the beginning of its sentence.*line 4 of train.conll\. Correct it, or pass rep",
        ),
        (["S-PER", "B-PER O"], r"keep to BIOES\. Received: tags=\"O after 'B-PER'\".*line 4"),
        (["S-PER", "O B-PER"], r"keep to BIOES.*B-PER after 'O'.*line 4"),
        (["S-PER", "E-PER"], r"E-PER at the beginning"),
        (["B-PER O", "PERSON"], r"Received: tag='PERSON'.*It stands on line 4 of train.conll.*tag_column"),
    ],
)
def test_tags_that_break_their_scheme_are_named_with_their_line(rows, words):
    with pytest.raises(ValueError, match=words):
        found(*rows)


def test_a_scheme_that_is_asked_for_is_held_to():
    with pytest.raises(ValueError, match=r"keep to IOB1.*B-PER at the beginning"):
        found("B-PER", scheme="iob1")
    with pytest.raises(ValueError, match=r"`scheme` must be one of 'bio', 'bioes', 'iob1', 'plain'"):
        found("B-PER", scheme="iob")
    assert found("B-PER I-LOC", scheme="plain")[0] == "plain"


@pytest.mark.parametrize("scheme, strict", [("bio", IOB2), ("bioes", IOBES)])
def test_repaired_tags_are_whole_and_hold_the_entities_that_seqeval_reads(scheme, strict):
    kinds = [f"{prefix}-{kind}" for prefix in ("BI" if scheme == "bio" else "BIES") for kind in "XY"]

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from(["O", *kinds]), min_size=1, max_size=9))
    def compare(tags):
        _, parts, facts = in_scheme({"train": TaggedSentences([tags], [tags])}, scheme, repair=True)
        mended = list(parts["train"].tags[0])
        wanted = get_entities(tags)
        assert get_entities(mended) == wanted
        whole = [(e.tag, e.start, e.end - 1) for e in Entities([mended], strict).entities[0]]
        assert whole == wanted
        changed = sum(one != other for one, other in zip(tags, mended, strict=True))
        assert facts == ([f"train: {changed:,} tags broke {scheme.upper()} and were repaired"] if changed else [])

    compare()


def test_classes_stand_in_the_order_that_is_stated():
    assert tag_names(["I-B", "O", "B-A"], "bio") == ("O", "B-A", "I-A", "B-B", "I-B")
    assert tag_names(["S-A"], "bioes") == ("O", "B-A", "I-A", "E-A", "S-A")
    assert tag_names(["VB", "NN", "VB"], "plain") == ("NN", "VB")
    for scheme, tag in (("bio", "B-A"), ("bioes", "S-A"), ("plain", "NN")):
        assert scheme_of(tag_names(["O", tag], scheme)) == scheme
