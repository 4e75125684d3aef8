"""`DocumentLines`: the lines of files and lists, their documents, and which lines are held out together."""

import numpy as np
import pytest

from bert_keras.masked_lm.document_lines import read_documents
from bert_keras.text.lines import sources


def test_an_empty_line_ends_a_document_and_so_does_the_end_of_a_file(tmp_path):
    paths = [tmp_path / name for name in ("one.txt", "two.txt")]
    paths[0].write_text("a\nb\n\n\nc\n", encoding="utf-8")
    paths[1].write_text("d\n", encoding="utf-8")
    of_files = read_documents(sources(paths), "one.txt, two.txt")
    assert of_files.lines == ["a", "b", "c", "d"] and of_files.documents.tolist() == [0, 0, 1, 2]
    of_texts = read_documents(["a", "b", "", "c", "d"], "texts")
    assert of_texts.lines == of_files.lines and of_texts.documents.tolist() == [0, 0, 1, 1]
    assert (of_files.source, of_texts.source, len(of_texts)) == ("one.txt, two.txt", "texts", 4)


@pytest.mark.parametrize(("count", "whole"), [(19, False), (20, True)])
def test_from_twenty_documents_on_the_lines_of_one_belong_together(count, whole):
    texts = read_documents([line for number in range(count) for line in (f"a {number}", f"b {number}", "")], "texts")
    np.testing.assert_array_equal(texts.groups, texts.documents if whole else np.arange(2 * count))


def test_some_lines_keep_their_documents_and_groups():
    texts = read_documents([line for number in range(20) for line in (f"a {number}", f"b {number}", "")], "texts")
    some = texts.take(np.array([0, 5, 6]))
    assert some.lines == ["a 0", "b 2", "a 3"] and some.source == "texts"
    assert some.documents.tolist() == some.groups.tolist() == [0, 2, 3]
