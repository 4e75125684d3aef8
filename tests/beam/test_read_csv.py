"""CSV as rows: quoted line breaks, empty cells, broken bytes, and rows of another length."""

import pytest

pytest.importorskip("apache_beam", reason="Apache Beam is not installed: pip install apache-beam")

import apache_beam as beam
import beam_jobs
from apache_beam.testing.util import assert_that, equal_to

from bert_keras.beam import ReadCsv

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_rows_of_several_files(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbfid;text\n1;"one\ntwo; \xc3\xa9"\n2;\n3;bad \xff\n4\n')
    (tmp_path / "b.csv").write_bytes(b"id;text\r\n5;five;and;more\r\n6;" + b"a" * 200_000 + b"\r\n")
    wanted = [
        {"id": "1", "text": "one\ntwo; é"},
        {"id": "2", "text": None},
        {"id": "3", "text": b"bad \xff"},
        {"id": "4", "text": None},
        {"id": "5", "text": "five", None: ["and", "more"]},
        {"id": "6", "text": "a" * 200_000},
    ]

    def build(pipeline):
        rows = pipeline | ReadCsv(str(tmp_path / "*.csv"), delimiter=";")
        assert_that(rows | beam.Map(ascii), equal_to([ascii(row) for row in wanted]))

    beam_jobs.run(build)


def test_a_delimiter_of_two_characters():
    with pytest.raises(ValueError, match="`delimiter` must be one character"):
        ReadCsv("*.csv", delimiter=";;")
