"""How much of a file is read at most; what is refused for it stands in `tests/faults/test_bombs.py`, too."""

import gzip
import io

import pytest

from bert_keras.data.tables import limits
from bert_keras.data.tables.limits import MOST_COLUMNS, Unpacking, check_columns, check_document
from bert_keras.data.tables.open_table import open_table


def test_unpacking_is_counted(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(b"x" * 50)
    unpacking = Unpacking(path)
    assert unpacking.most == (1 << 24) + 5000
    unpacking.add(unpacking.most)
    with pytest.raises(ValueError, match=r"a\.gz: this must hold at most 16,782,216 bytes, as a packed file of 50"):
        unpacking.add(1)
    few = Unpacking(path, 3)
    stream = few.of(io.BufferedReader(io.BytesIO(b"abcd")))
    with pytest.raises(ValueError, match="at most 3 bytes"):
        stream.read(10)
    assert Unpacking(path, 4).of(io.BufferedReader(io.BytesIO(b"abcd"))).read(10) == b"abcd"


def test_columns_and_documents():
    check_columns(range(MOST_COLUMNS), "a.csv")
    with pytest.raises(ValueError, match=r"a\.csv: a table must have at most 16,384 columns. Received: 16,385 columns"):
        check_columns(range(MOST_COLUMNS + 1), "a.csv")
    check_document("a.json", 1 << 30)
    with pytest.raises(ValueError, match=r"a\.json: a JSON document must have at most 1,073,741,824 bytes"):
        check_document("a.json", (1 << 30) + 1)


def test_a_document_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text('[{"text": "a", "label": "b"}]', encoding="utf-8")
    assert open_table(path).columns == ("text", "label")
    monkeypatch.setattr(limits, "MOST_DOCUMENT", 20)
    with pytest.raises(ValueError, match=r"must have at most 20 bytes.*Received: 29 bytes. Write an object a line"):
        open_table(path)


def test_as_many_columns_as_may_be(tmp_path):
    names = [f"c{place}" for place in range(MOST_COLUMNS)]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress((",".join(names) + "\n" + ",".join("1" * MOST_COLUMNS) + "\n").encode()))
    table = open_table(path)
    assert len(table.columns) == MOST_COLUMNS and next(table.rows(["c7"])).columns == {"c7": ["1"]}
    with pytest.raises(ValueError, match=r"'c99', … \(16,384 in all\)") as caught:
        table.column("text", "text")
    assert len(str(caught.value)) < 2000
