"""`likely_encoding`: what an error advises of a file that is not in UTF-8."""

import pytest

from bert_keras.data.tables.likely_encoding import likely_encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Très bien – déjà vu, so schön.", "cp1252"),
        ("Żółta łódź płynie, zażółć gęślą jaźń.", "cp1250"),
        ("Très bien, déjà vu, so schön für alle.", "mac_roman"),
        ("Это работает весь день.", "cp1251"),
        ("Это работает весь день.", "koi8-r"),
        ("これはとても良いです。", "cp932"),
        ("これはとても良いです。", "euc_jp"),
        ("이것은 매우 좋습니다.", "cp949"),
        ("这个产品非常好，我很喜欢。", "gb18030"),
        ("這個產品非常好，我很喜歡。", "big5"),
        ("größer", "utf-8"),
    ],
)
def test_the_encodings_that_people_have(text, encoding):
    assert likely_encoding(text.encode(encoding)) == encoding


def test_nothing_speaks_for_one():
    assert likely_encoding(b"plain") is None
    assert likely_encoding(bytes(range(128, 256)) * 3) is None
