"""CoNLL-2003 as TFDS prepares it: each of its kinds of tags, empty sentences passed over."""

import pytest
import tagging

from bert_keras.token_classification.tfds_tagging import prepared_conll2003, read_tfds_tagging


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    return prepared_conll2003(tagging.write_tfds(tmp_path_factory.mktemp("tfds")))


@pytest.mark.parametrize("part", list(tagging.ROWS))
def test_each_part_has_its_sentences_without_the_empty_one(builder, part):
    found = read_tfds_tagging(builder, part)
    assert list(zip(found.words, found.tags, strict=True)) == tagging.ROWS[part]
    name = "dev" if part == "validation" else part
    assert found.place(0).startswith(f"word 0 of sentence 0 of TFDS conll2003/conll2003/1.0.0, split {name}, in ")


def test_other_tags_are_read_by_their_name(builder):
    assert read_tfds_tagging(builder, "train", "pos").tags == [["NN", "VB", "NN"], ["NN"], ["NN", "VB"]]
    assert read_tfds_tagging(builder, "test", "chunks").tags == [["O", "O"]]
    assert read_tfds_tagging(builder, "test", "ner").tags == read_tfds_tagging(builder, "test").tags
    with pytest.raises(ValueError, match=r"`tag_column` must be one of 'pos', 'chunks', 'ner'.*Did you mean 'pos'"):
        read_tfds_tagging(builder, "train", "poss")


def test_a_folder_without_the_set_has_no_builder(tmp_path):
    assert prepared_conll2003(tmp_path) is None
