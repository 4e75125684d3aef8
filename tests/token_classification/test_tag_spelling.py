"""Tags in every spelling that is known give the same entities; what is no spelling is left alone or asked about."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.token_classification.tag_spelling import (
    FAMILIES,
    find_spelling,
    in_spelling,
    spelled_names,
)
from bert_keras.token_classification.tagged_sentences import TaggedSentences

KINDS = ("PER", "LOC", "x-ray")
ROLES = {"BI": "BIII", "BIES": "BIES", "BILU": "BILU", "BMES": "BMES", "BMEW": "BMEW"}  # first, inside, last, single
SPELLED = {
    "as they stand": "{prefix}-{kind}",
    "_": "{prefix}_{kind}",
    ":": "{prefix}:{kind}",
    "/": "{prefix}/{kind}",
    "behind": "{kind}-{prefix}",
    "_ behind": "{kind}_{prefix}",
}


def tagged(entities, family, form="{prefix}-{kind}", outside="O"):
    """Tags of a sentence of entities (kind, words); None is a word of none."""
    first, inside, last, single = ROLES[family]
    if family == "BI":
        last, single = "I", "B"
    tags = []
    for kind, words in entities:
        if kind is None:
            tags += [outside] * words
            continue
        prefixes = [single] if words == 1 else [first, *inside * (words - 2), last]
        tags += [form.format(prefix=prefix, kind=kind) for prefix in prefixes]
    return tags


def read(tags, scheme=None):
    scheme, parts, notes = in_spelling({"train": TaggedSentences([["w"] * len(own) for own in tags], tags)}, scheme)
    return scheme, [list(own) for own in parts["train"].tags], notes


ENTITIES = st.lists(st.tuples(st.sampled_from([None, *KINDS]), st.integers(1, 4)), min_size=1, max_size=6)


@pytest.mark.parametrize("spelling", SPELLED)
@pytest.mark.parametrize("name", sorted(set(FAMILIES) - {"iob1"}))
def test_all_spellings_of_all_schemes_give_the_same_entities(name, spelling):
    family, form = FAMILIES[name], SPELLED[spelling]
    standard = "BI" if family == "BI" else "BIES"

    @settings(max_examples=40, deadline=None)
    @given(st.lists(ENTITIES, min_size=1, max_size=4))
    def compare(sentences):
        wanted = [tagged(own, standard) for own in sentences]
        scheme, found, _ = read([tagged(own, family, form) for own in sentences], name)
        assert (scheme, found) == ("bio" if standard == "BI" else "bioes", wanted)
        small = [[tag.lower() if tag == "O" else tag for tag in tagged(own, family, form, "o")] for own in sentences]
        assert read(small, name)[1] == wanted

    compare()


@pytest.mark.parametrize("family", ROLES)
@pytest.mark.parametrize("spelling", SPELLED)
def test_a_spelling_is_found_where_nothing_is_said(family, spelling):
    entities = [("PER", 3), (None, 2), ("LOC", 1), ("LOC", 2)]
    standard = "BI" if family == "BI" else "BIES"
    scheme, found, notes = read([tagged(entities, family, SPELLED[spelling])])
    assert (scheme, found) == (None, [tagged(entities, standard)])  # the scheme is found by `in_scheme`
    assert bool(notes) == (tagged(entities, standard) != tagged(entities, family, SPELLED[spelling]))


def test_what_was_changed_is_said():
    assert read([["b_per", "o"]])[2] == ["tags were read in the standard spelling: 'b_per' as 'B-per', 'o' as 'O'"]
    assert read([["B-PER", "O"]])[2] == []
    [note] = read([["PER", "PER", "O", "LOC"]])[2]
    assert note.startswith("tags have no prefixes ('LOC', 'PER' …): words of one tag side by side were read as one")


def test_words_of_one_type_side_by_side_are_one_entity():
    assert read([["PER", "PER", "O", "PER", "LOC", "LOC"], ["LOC"]])[:2] == (
        "bio",
        [["B-PER", "I-PER", "O", "B-PER", "B-LOC", "I-LOC"], ["B-LOC"]],
    )
    assert read([["PER", "LOC"]], "io")[1] == [["B-PER", "B-LOC"]]


@pytest.mark.parametrize(
    "tags",
    [
        ["NN", "VB", "."],  # parts of speech
        ["B-PER", "I_PER", "O"],  # two marks
        ["B-PER", "L-PER", "M-PER", "O"],  # of two families
        ["E_x", "S_y"],  # no word is outside, no type has two prefixes
        ["O", "O"],
        ["B-PER", "PER", "O"],
    ],
)
def test_what_is_no_spelling_is_left_alone(tags):
    assert find_spelling(tags) is None
    assert read([tags]) == (None, [tags], [])


@pytest.mark.parametrize("tags", [["NNP", "O"], ["V-PRES", "N-SG", "O"], ["N", "O", "V"], [".", "O"], ["1", "2", "O"]])
def test_tags_that_may_be_entities_or_not_are_asked_about(tags):
    with pytest.raises(ValueError, match=r"`scheme` must be given where .*scheme='plain' .*scheme='io'"):
        read([tags])
    assert read([tags], "plain") == ("plain", [tags], [])
    assert read([tags], "io")[0] == "bio"


def test_names_that_a_user_gives_are_spelled_like_tags():
    assert spelled_names(["O", "B_PER", "I_PER"], None) == ("O", "B-PER", "I-PER")
    assert spelled_names(["O", "PER", "LOC"], None) == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    assert spelled_names(["O", "U-PER", "B-PER", "L-PER"], None) == ("O", "S-PER", "B-PER", "E-PER")
    assert spelled_names(["O", "PER"], "plain") == ("O", "PER")
    assert spelled_names(["NN", "VB"], None) == ("NN", "VB")


def test_a_tag_with_half_a_surrogate_pair():
    with pytest.raises(ValueError, match="`tag` must be text that UTF-8 can express"):
        find_spelling(["O", "B-\ud800"])
