"""Entities and their scores, beside seqeval's."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, IOBES
from seqeval.scheme import Entities as ReferenceEntities

from bert_keras import metrics
from bert_keras.metrics.entities import entities, entity_scores, tag_parts

REFERENCES = {"bio": IOB2, "bioes": IOBES}
PREFIXES = {"bio": "BI", "bioes": "BIES"}


def corpora(scheme, types=("PER", "LOC", "A-B")):
    """Pairs of corpora with sentences as long as each other, of any tags, well formed or not."""
    tag = st.sampled_from(["O", *(f"{prefix}-{kind}" for prefix in PREFIXES[scheme] for kind in types)])
    sentence = st.lists(st.tuples(tag, tag), min_size=1, max_size=9)
    return st.lists(sentence, min_size=1, max_size=5).map(
        lambda rows: tuple([[pair[side] for pair in row] for row in rows] for side in (0, 1))
    )


def reference_scores(predictions, labels, mode, scheme):
    given_options = {"mode": "strict", "scheme": REFERENCES[scheme]} if mode == "strict" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns where it divides by nothing
        try:
            report = classification_report(labels, predictions, output_dict=True, zero_division=0, **given_options)
        except ValueError:  # seqeval cannot report on corpora without any entity
            return {"f1": 0.0, "precision": 0.0, "recall": 0.0}
    found = {}
    for name, row in report.items():
        ending = "" if name == "micro avg" else f"_{name}"
        if not name.endswith(" avg") or name == "micro avg":
            values = {"f1": row["f1-score"], "precision": row["precision"], "recall": row["recall"]}
            found |= {f"{metric}{ending}": value for metric, value in values.items()}
    return found


@pytest.mark.parametrize("mode", ["default", "strict"])
@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_scores_of_any_corpora_are_seqevals(scheme, mode):
    @settings(max_examples=150, deadline=None)
    @given(corpora(scheme))
    def compare(pair):
        predictions, labels = pair
        expected = reference_scores(predictions, labels, mode, scheme)
        assert entity_scores(predictions, labels, mode=mode, scheme=scheme) == pytest.approx(expected, abs=1e-12)

    compare()


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_entities_of_any_sentence_are_seqevals(scheme):
    @settings(max_examples=300, deadline=None)
    @given(corpora(scheme))
    def compare(pair):
        for tags in pair[0]:
            assert entities(tags) == [(kind, first, last + 1) for kind, first, last in get_entities(tags)]
            strict = ReferenceEntities([tags], REFERENCES[scheme]).entities[0]
            assert entities(tags, "strict", scheme) == [(one.tag, one.start, one.end) for one in strict]

    compare()


def test_scores_worked_out_by_hand():
    labels = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-ORG"]]
    predictions = [["B-PER", "I-PER", "O", "B-ORG"], ["O", "B-ORG"]]
    found = metrics.entity_scores(predictions, labels)
    assert list(found)[:4] == ["f1", "precision", "recall", "f1_LOC"]
    assert found["precision"] == found["recall"] == pytest.approx(2 / 3)
    assert (found["precision_ORG"], found["recall_ORG"]) == (0.5, 1.0)
    assert (found["f1_LOC"], found["recall_LOC"], found["f1_PER"]) == (0.0, 0.0, 1.0)


def test_an_entity_does_not_reach_over_the_end_of_a_sentence():
    assert entity_scores([["B-PER"], ["I-PER"]], [["B-PER"], ["I-PER"]])["f1"] == 1.0
    assert len(entities(["B-PER"]) + entities(["I-PER"])) == 2


def test_what_is_no_tag_is_refused():
    assert tag_parts("B-A-B") == ("B", "A-B")
    for tag in ("PER", "B-", "X-PER", "BPER", "b-PER"):
        with pytest.raises(ValueError, match=r"`tag` must be 'O', or one of 'B-', 'I-', 'E-', 'S-' with a type behind"):
            entities(["O", tag])
    with pytest.raises(ValueError, match=r"'B-', 'I-' with a type.*Received: tag='S-PER'"):
        entities(["S-PER"], "strict", "bio")
    with pytest.raises(TypeError, match="be the tags of a sentence"):
        entities("B-PER")


def test_corpora_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="as many sentences as labels, 2"):
        entity_scores([["O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="a tag for each word: 2 in sentence 1"):
        entity_scores([["O"], ["O"]], [["O"], ["O", "O"]])
    with pytest.raises(ValueError, match="at least one sentence"):
        entity_scores([], [])
