"""Small files that hold far too much, and files of one endless line: refused in bounded time and memory.

Each is read in a process of its own, whose memory is measured.
"""

import bz2
import gzip
import json
import lzma
import re
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest
from paths import ROOT

SECONDS, MEGABYTES = 60, 700  # for a process that imports Arrow and pandas, on a machine that does much else
_READS = """
import resource, sys
from bert_keras.data.tables.open_table import open_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    table = open_table(sys.argv[1])
    rows = sum(len(chunk.places) for chunk in table.rows(table.columns))
    print(f"READ {rows} rows")
except ValueError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1000)
"""
ROW = b"the dog runs,good\n"
DEEP, LONG = 3_000_000, 40_000_000


def one_text_again_and_again(path):
    texts = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 200_000, "int32"), ["x" * 1_000_000])
    table = pyarrow.table({"text": texts, "label": [1] * 200_000})
    pyarrow.parquet.write_table(table, path, compression="zstd", store_schema=False)


def rows_without_end(path):
    column = pyarrow.array(["a"] * 3_000_000)
    pyarrow.parquet.write_table(pyarrow.table({"text": column, "label": column}), path, compression="zstd")


def columns_without_end(path):
    pyarrow.parquet.write_table(pyarrow.table({f"c{n}": [1] for n in range(17_000)}), path)


def written(content):
    return lambda path: path.write_bytes(content())


def packed(pack, size=1_500_000):
    return written(lambda: pack(b"text,label\n" + ROW * size))


HOLDS_MORE = r"must hold at most [\d,]+ bytes, as a packed file of [\d,]+ bytes, and holds more"
TOO_LONG = r"line \d: a line must have at most 16,777,216 bytes"
BOMBS = {
    "one text again and again": ("a.parquet", one_text_again_and_again, HOLDS_MORE),
    "rows without end": ("a.parquet", rows_without_end, HOLDS_MORE),
    "columns of Parquet": ("a.parquet", columns_without_end, "at most 16,384 columns. Received: 17,000 columns"),
    "gzip": ("a.csv.gz", packed(gzip.compress), HOLDS_MORE),
    "bzip2": ("a.csv.bz2", packed(bz2.compress), HOLDS_MORE),
    "xz": ("a.csv.xz", packed(lzma.compress), HOLDS_MORE),
    "gzip of JSON": ("a.json.gz", written(lambda: gzip.compress(b"[" + b"[]," * LONG + b"[]]")), HOLDS_MORE),
    "gzip of a line": ("a.jsonl.gz", written(lambda: gzip.compress(b" " * 30_000_000)), HOLDS_MORE),
    "columns of CSV": (
        "a.csv",
        written(lambda: b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n" + b"1," * 999_999 + b"1\n"),
        "Received: 1,000,000 columns, and there may be 16,384",
    ),
    "columns of JSON lines": (
        "a.jsonl",
        written(lambda: json.dumps({f"c{n}": 1 for n in range(300_000)}).encode()),
        "at most 16,384 columns",
    ),
    "a line of CSV": ("a.csv", written(lambda: b"text,label\n" + b"x" * LONG + b",a\n"), TOO_LONG),
    "a line of JSON": ("a.jsonl", written(lambda: b'{"text": "' + b"x" * LONG + b'"}\n'), TOO_LONG),
    "a line after a return": ("a.csv", written(lambda: b"text,label\r" + b"x" * LONG + b",a\r"), TOO_LONG),
    "a quote that nothing closes": (
        "a.csv",
        written(lambda: b'text,label\n"' + b"x\n" * LONG),
        "the quote that opens a field here must be closed, and what follows it is too long for a text",
    ),
    "deep JSON": ("a.json", written(lambda: b"[" * DEEP), "more than 100 levels of lists and objects"),
    "deep JSON lines": ("a.jsonl", written(lambda: b'{"a":' * DEEP), "more than 100 levels"),
    "deep JSON that ends": ("a.json", written(lambda: b"[" * 150 + b"]" * 150), "more than 100 levels"),
    "a number": ("a.json", written(lambda: b'[{"a": ' + b"9" * 5000 + b"}]"), "a number of more than 4,300 digits"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_holds_too_much_is_refused(name, tmp_path):
    file, write, told = BOMBS[name]
    path = tmp_path / file
    write(path)
    command = [sys.executable, "-c", _READS, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    *said, more = done.stdout.strip().splitlines()
    assert re.search(told, "\n".join(said)), said
    assert len(said) == 1 and len(said[0]) < 500
    assert int(more) < MEGABYTES


def test_what_is_large_and_fine_is_read(tmp_path):
    path = tmp_path / "a.csv.gz"
    text = " ".join(str(n * 7919 % 100_003) for n in range(170_000))  # a megabyte, in one cell
    path.write_bytes(gzip.compress(f"text,label\n{text},a\n{text},b\n".encode()))
    done = subprocess.run([sys.executable, "-c", _READS, str(path)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("READ 2 rows"), done.stdout + done.stderr[-500:]
