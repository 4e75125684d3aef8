"""Small whole files of every form that is read, and what accidents, tools and attackers make of them."""

import bz2
import gzip
import io
import json
import lzma
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow
import pyarrow.parquet

WORDS = "the river was high and nobody crossed before größere 東京 boats came back in March".split()
TEXTS = [" ".join(WORDS[place % 7 : place % 7 + 5]) + f" {place}" for place in range(12)]
LABELS = ["calm", "wild", "so so"]
ROWS = [{"text": text, "label": LABELS[place % 3], "weight": 0.5 + place} for place, text in enumerate(TEXTS)]
CONTEXT = "The Nile flows north. It passes Cairo, and ends in the sea."
ANSWERS = [{"text": "Cairo", "answer_start": CONTEXT.index("Cairo")}]
QUESTIONS = [{"id": f"q{n}", "question": f"Which town, {n}?", "answers": ANSWERS} for n in range(4)]
SQUAD = {
    "version": "v2.0",
    "data": [{"title": "Nile", "paragraphs": [{"context": CONTEXT, "qas": QUESTIONS}]} for _ in range(1)],
}
FLAT = [{"context": CONTEXT, **question} for question in QUESTIONS]
SPLIT = {"columns": [*ROWS[0]], "data": [[*row.values()] for row in ROWS]}
HUGGING = [{**row, "answers": {"text": ["Cairo"], "answer_start": [CONTEXT.index("Cairo")]}} for row in FLAT]
TAGGED = [{"tokens": ["Ann", "sings", "in", "Oslo"], "tags": ["B-PER", "O", "O", "B-LOC"]} for _ in range(4)]
SPANS = [{"text": "Ann sings in Oslo", "spans": [{"start": 0, "end": 3, "label": "PER"}]} for _ in range(4)]
CHOICES = [f"It rains {n}.,She,opens an umbrella,sleeps,{n % 2}" for n in range(4)]
CHOICES = "\n".join(["sent1,sent2,ending0,ending1,label", *CHOICES])
CONLL = "".join(f"{word} {tag}\n" for word, tag in zip("Ann sings in Oslo".split(), TAGGED[0]["tags"], strict=True))
COLUMNS = (("1", "Ann", "Ann", "PROPN", "N", "_", "2", "nsubj", "_", "_"), ("2", "sang", "sing", "VERB", "V", *"_0___"))
CONLL_U = "# a sentence\n" + "".join("\t".join(row) + "\n" for row in COLUMNS) + "\n"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({word.lower() for word in WORDS}), "##s"]


class Form(NamedTuple):
    """A whole file.

    Args:
        name: of the form.
        file: its name on the disk.
        content: what stands in it.
        kind: "json", "json lines", "lines" or "binary": what is changed in it.
        reader: the name of what reads it in `tests/faults/test_bad_files.py`.
    """

    name: str
    file: str
    content: bytes
    kind: str
    reader: str


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _lines(rows: list[Any]) -> bytes:
    return b"".join(_json(row) + b"\n" for row in rows)


def _csv(separator: str) -> bytes:
    rows = [(row["text"], row["label"], str(row["weight"])) for row in ROWS]
    return "".join(separator.join(row) + "\n" for row in [("text", "label", "weight"), *rows]).encode()


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    """A Parquet file of columns."""
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), stream, **options)
    return stream.getvalue()


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


PACKED = parquet(_columns(ROWS), compression="zstd", row_group_size=5)
PLAIN = parquet(_columns(ROWS), compression="none", use_dictionary=False)
CONFIG = {
    "format": 1,
    "kind": "text_classification",
    "task": "reviews",
    "label_names": LABELS,
    "seq_length": 32,
    "problem_type": "single_label_classification",
    "encoder": {"source": "sample", "sha256": "0" * 64, "hidden_size": 8, "num_layers": 1},
    "head": {"sha256": "0" * 64},
    "metrics": {"accuracy": 0.5},
    "versions": {"tensorflow": "2.20.0"},
    "recipe": {"epochs": 3, "learning_rate": 5e-5, "batch_size": 32},
    "reading": {"text": "text", "file_options": {"separator": ";"}},
}
HF_CONFIG = {
    "model_type": "bert",
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 30,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
}
REQUEST = {"signature_name": "serving_default", "instances": [{"text": "a", "weight": 1.5, "ids": [1, 2]}]}

FORMS = [
    Form("CSV", "a.csv", _csv(","), "lines", "texts"),
    Form("TSV", "a.tsv", _csv("\t"), "lines", "texts"),
    Form("CSV, gzip", "a.csv.gz", gzip.compress(_csv(";"), mtime=0), "binary", "texts"),
    Form("JSON lines", "a.jsonl", _lines(ROWS), "json lines", "texts"),
    Form("JSON lines, xz", "a.jsonl.xz", lzma.compress(_lines(ROWS)), "binary", "texts"),
    Form("JSON lines, bzip2", "a.jsonl.bz2", bz2.compress(_lines(ROWS)), "binary", "texts"),
    Form("JSON, rows", "a.json", _json(ROWS), "json", "texts"),
    Form("JSON, columns", "a.json", _json(_columns(ROWS)), "json", "texts"),
    Form(
        "JSON, split",
        "a.json",
        _json({"columns": [*ROWS[0]], "data": [[*row.values()] for row in ROWS]}),
        "json",
        "texts",
    ),
    Form("Parquet", "a.parquet", parquet(_columns(ROWS)), "binary", "texts"),
    Form("Parquet, zstd", "a.parquet", PACKED, "binary", "texts"),
    Form(
        "Parquet, plain",
        "a.parquet",
        PLAIN,
        "binary",
        "texts",
    ),
    Form("SQuAD", "a.json", _json(SQUAD), "json", "own"),
    Form("SQuAD, published", "dev-v2.0.json", _json(SQUAD), "json", "squad"),
    Form("questions, JSON lines", "a.jsonl", _lines(FLAT), "json lines", "own"),
    Form("questions, JSON", "a.json", _json(HUGGING), "json", "own"),
    Form("questions, Parquet", "a.parquet", parquet(_columns(HUGGING)), "binary", "own"),
    Form("CoNLL", "a.conll", ((CONLL + "\n") * 3).encode(), "lines", "own"),
    Form("CoNLL-U", "a.conllu", (CONLL_U * 3).encode(), "lines", "own"),
    Form("tags, JSON lines", "a.jsonl", _lines(TAGGED), "json lines", "own"),
    Form("tags, Parquet", "a.parquet", parquet(_columns(TAGGED)), "binary", "own"),
    Form("spans, JSON lines", "a.jsonl", _lines(SPANS), "json lines", "own"),
    Form("spans, JSON", "a.json", _json(SPANS), "json", "own"),
    Form("choices", "a.csv", CHOICES.encode(), "lines", "own"),
    Form("plain text", "a.txt", ("\n".join(TEXTS) + "\n\n" + "\n".join(TEXTS)).encode(), "lines", "masked"),
    Form("vocabulary", "vocab.txt", "".join(f"{piece}\n" for piece in VOCABULARY).encode(), "lines", "vocabulary"),
    Form("config", "config.json", _json(CONFIG), "json", "config"),
    Form("Hugging Face's config", "config.json", _json(HF_CONFIG), "json", "huggingface"),
    Form("request", "request.json", _json(REQUEST), "json", "request"),
    Form("line for Beam", "row.json", _json({"id": 3, "text": "a", "label": None}), "json", "beam"),
]

# Changes of bytes -----------------------------------------------------------------------------------------------------


def _flipped(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _overwritten(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 2, 4))):
        found[chance.randrange(len(found))] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(found)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _without_head(content: bytes, chance: random.Random) -> bytes:
    return content[chance.randrange(1, len(content)) :]


_PIECES = [
    *(
        b"\0",
        b'"',
        b"'",
        b"\\",
        b"\r",
        b"\n",
        b",",
        b";",
        b"\t",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\xff",
        b"\xed\xa0\x80",
        b"\x1a",
    ),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xc2\x85", b"\xe2\x80\xa8", b'""', b"\x1f\x8b", b"PAR1", b"\0\0\0\0", b"\\ud800"),
    *(
        b"#",
        b" ",
        b"\xc2\xa0",
        b"-",
        b"9" * 400,
        b"9" * 5000,
        b"[" * 3000,
        b"1e999",
        b"NaN",
        b"\n\n\n",
        b'{"a":' * 2000,
    ),
]


def _inserted(content: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(content))
    return content[:place] + chance.choice(_PIECES) * chance.choice((1, 1, 3)) + content[place:]


def _range(content: bytes, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(content))
    return begin, min(len(content), begin + chance.choice((1, 4, 16, 64)))


def _removed(content: bytes, chance: random.Random) -> bytes:
    begin, end = _range(content, chance)
    return content[:begin] + content[end:]


def _repeated(content: bytes, chance: random.Random) -> bytes:
    begin, end = _range(content, chance)
    return content[:end] + content[begin:end] * chance.choice((1, 2, 500)) + content[end:]


def _moved(content: bytes, chance: random.Random) -> bytes:
    begin, end = _range(content, chance)
    rest = content[:begin] + content[end:]
    place = chance.randint(0, len(rest))
    return rest[:place] + content[begin:end] + rest[place:]


def _other_ends(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"\n", chance.choice((b"\r", b"\r\n", b"\n\n", b"\n\r", b"\0", b"\x0b", b"")))


def _doubled_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    return b"".join(lines[: place + 1] + lines[place:])


def _as_latin(content: bytes, chance: random.Random) -> bytes:
    return content.decode("utf-8", "replace").encode("latin-1", "replace") + b"\xe9\xff"


def _wide(content: bytes, chance: random.Random) -> bytes:
    codec = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"))
    found = content.decode("utf-8", "replace").encode(codec, "replace")
    return found[: len(found) - chance.choice((0, 0, 1, 3))]


def _packed(content: bytes, chance: random.Random) -> bytes:
    found = chance.choice((gzip.compress, bz2.compress, lzma.compress))(content)
    how = chance.randrange(4)
    if how == 0:
        return _cut(found, chance)
    if how == 1:
        return found + chance.choice((b"\0", b"rest", found[:20]))
    return _flipped(found, chance) if how == 2 else gzip.compress(found)


def _nothing(content: bytes, chance: random.Random) -> bytes:
    return chance.choice(
        (b"", b"\n", b" ", b"\xef\xbb\xbf", b"\0" * 64, b"\r", b"null", b"[]", b"{}", b'""', b"0", b"[[]]", b"[{}]")
    )


def _another_form(content: bytes, chance: random.Random) -> bytes:
    other = chance.choice(FORMS).content
    return chance.choice((other, content + other, content[: len(content) // 2] + other))


BYTES = (
    *(_flipped, _overwritten, _cut, _without_head, _inserted, _inserted, _removed, _repeated, _moved),
    *(_packed, _nothing, _another_form),
)
TEXT = (*BYTES, _other_ends, _doubled_line, _as_latin, _wide)

# Changes of values ----------------------------------------------------------------------------------------------------

_PLACE = "\ue000 here \ue000"  # where a value stands that `json` cannot write
ODD = [
    *("null", "true", "false", "0", "-1", "1.5", "-0.0", '""', '" "', "[]", "{}", "[[]]", "[null]", '[""]', '{"":""}'),
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "9" * 300, "9" * 400, "-" + "9" * 4000, "9" * 5000),
    *("2147483648", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "4294967295"),
    *('"\\u0000"', '"\\ud800"', '"\\udfff x"', '"\\uffff"', '"\u202e\u200b"', '"a\\nb"', '"' + "x" * 100_000 + '"'),
    *("[" * 99 + "]" * 99, "[" * 400 + "]" * 400, "[" * 5000 + "]" * 5000, "[" * 100_000),
    *('{"a":' * 400 + "1" + "}" * 400, '[{"a":' * 3000 + "1" + "}]" * 3000),
    *('"a" "b"', '"a', "nul", "'a'", "01", "+1", "1_000", ".5", "0x10", "[1,]"),
    *('"\\x41"', '{"a":1,}', '{"a":1,"a":2}'),
    *(
        '"O"',
        '"B-"',
        '["B-PER"]',
        '{"text": "Cairo"}',
        '{"text": ["a", "b"], "answer_start": [1]}',
        "[1, 2, 3]",
        '["a", 1]',
    ),
    *(
        '{"b64": "////"}',
        '{"b64": 1}',
        '"1e400"',
        '"nan"',
        '"' + "9" * 5000 + '"',
        '"[' + "[" * 500 + ']"',
        '"[' + "9" * 5000 + ']"',
    ),
]


def _with_value(value: Any, chance: random.Random) -> str:
    """A document with one value, or the name of a field, changed into an odd one."""
    places: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        own = stack.pop()
        if isinstance(own, (dict, list)):
            keys = list(own) if isinstance(own, dict) else range(len(own))
            places += [(own, key) for key in keys]
            stack += [own[key] for key in keys]
    if not places:
        return chance.choice(ODD)
    own, key = chance.choice(places)
    how = chance.randrange(8)
    if how == 0:
        del own[key]
    elif how == 1 and isinstance(own, dict):
        own[chance.choice(("", "text ", "Text", "data", "label", "\0", "columns", "a" * 5000))] = own.pop(key)
    elif how == 2 and isinstance(own, list):
        own.insert(key, chance.choice((None, [], {}, 1, "", own[key])))
    else:
        own[key] = _PLACE
    return (
        json.dumps(value, ensure_ascii=chance.random() < 0.5)
        .replace(json.dumps(_PLACE), _PLACE)
        .replace(f'"{_PLACE}"', _PLACE)
        .replace(_PLACE, chance.choice(ODD))
    )


def _odd_document(content: bytes, chance: random.Random) -> bytes:
    return _with_value(json.loads(content), chance).encode("utf-8", "surrogatepass")


def _odd_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    lines[place] = _odd_document(lines[place], chance) + b"\n"
    return b"".join(lines)


_CELLS = [
    "",
    " ",
    '"',
    '""',
    '"a',
    'a"b',
    "'",
    "\0",
    "NaN",
    "1e999",
    "9" * 400,
    "9" * 5000,
    "x" * 200_000,
    "\\",
    "[[[",
    "\ufffd",
    "#",
]


def _odd_cell(content: bytes, chance: random.Random) -> bytes:
    lines = content.decode().split("\n")
    place = chance.randrange(len(lines))
    mark = max(",;\t |", key=lines[place].count)
    cells = lines[place].split(mark)
    cells[chance.randrange(len(cells))] = chance.choice(_CELLS)
    lines[place] = mark.join(cells)
    return "\n".join(lines).encode()


CHANGES = {
    "json": (*TEXT, *[_odd_document] * 12),
    "json lines": (*TEXT, *[_odd_line] * 12),
    "lines": (*TEXT, *[_odd_cell] * 5),
    "binary": BYTES,
}


def bad_files(count: int, seed: int, forms: list[Form] = FORMS) -> Iterator[tuple[Form, str, bytes]]:
    """(form, what was done to it, content) of `count` files, the forms in turn."""
    chance = random.Random(seed)
    for number in range(count):
        form = forms[number % len(forms)]
        change = chance.choice(CHANGES[form.kind])
        content = change(form.content, chance)
        if chance.random() < 0.1 and content:
            content = chance.choice(BYTES)(content, chance)
        yield form, change.__name__.strip("_"), content
