"""Words as they are compared."""

from bert_keras.row_checks.words_of import folded, pieces_of, words_of


def test_case_width_and_white_space_make_no_difference():
    assert folded("  The\n FILM\u3000was  ＧＯＯＤ ") == "the film was good"
    assert words_of("It isn't  GOOD, is it?!") == ["it", "isn't", "good", ",", "is", "it", "?", "!"]
    assert words_of(" \t ") == []


def test_pieces_stand_between_white_space():
    assert pieces_of(" See\tbit.ly/a-b , (it's) 3.5 stars!!") == ["see", "bit.ly/a-b", "it's", "3.5", "stars"]
    assert pieces_of("... -") == []
