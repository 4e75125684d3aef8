"""Every form of data, changed as files are by tools and accidents: an error of ours or the same rows, never another.

What may be changed is the content of a file; which error is given, the forms themselves say (`test_forms.py`).
"""

import pathlib
import re
import zlib

import forms
import pytest
from encoders import write_vocabulary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from our_errors import OURS, is_ours

import bert_keras as bk
from bert_keras.text.tokenizer import Tokenizer

_EXAMPLES = {"tables": 600}  # accidents that are tried; of other tables, which take longer, 20


def drawn(form) -> int:
    """A number of a form, the same in every run: forms that take long have a part of the changes."""
    return zlib.crc32(form["name"].encode())


def is_plain(form) -> bool:
    """Whether a form is read, and its file is text in UTF-8; of tables that take long, a third."""
    is_text = not form.get("gzip") and form.get("encoding", "utf-8") == "utf-8"
    return is_text and "error" not in form and (form["table"] == "tables" or drawn(form) % 3 == 0)


FILES = [form for form in forms.forms() if "content" in form]
PLAIN = [form for form in FILES if is_plain(form)]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


def read(form, content: bytes, folder: pathlib.Path, tokenizer):
    """What a form with another content gives, or the error that it is refused with, which must be one of ours."""
    path = folder / form["file"]
    path.write_bytes(content)
    try:
        task = bk.load_files(path, **{"validation_share": 0, **form.get("options", {})})
        if task.kind == "text_classification":  # the rows alone: ids take longer
            return {"kind": task.kind, **forms._texts(task, task), "notes": "\n".join(task.notes)}
        return forms.read(form, path, tokenizer)
    except OURS as error:
        assert is_ours(error), f"{type(error).__name__}: {error}"
        return error


def rows_of(found) -> int:
    """Rows that were read, and those that the notes count as left out."""
    columns = next(columns for kind, columns in forms.GIVES.items() if kind == found["kind"])
    noted = re.findall(
        r"([\d,]+)(?: of [\d,]+)?(?: train)? (?:rows|sentences|questions) [^\n]*left out", found["notes"]
    )
    return len(found[columns[0]]) + sum(int(count.replace(",", "")) for count in noted)


# Changes that leave the rows as they are ------------------------------------------------------------------------------


MAY_BE_REFUSED = ("UTF-16", "UTF-16 without a mark")  # in our words


def changes(content: bytes):
    """(what was changed, content) of a file in UTF-8, with the same rows."""
    text = content.decode("utf-8")
    if "\n" in text and "\r" not in text:
        yield "CR LF", text.replace("\n", "\r\n").encode()
    if not text.startswith("\ufeff"):
        yield "byte order mark", b"\xef\xbb\xbf" + content
    if "\n" in text:
        yield "blank lines at the end", content.rstrip(b"\n") + b"\n\n\n"
    yield "no end of the last line", content.removesuffix(b"\n")
    yield "UTF-16", text.encode("utf-16")
    yield "UTF-16 without a mark", text.encode("utf-16-le")


@pytest.mark.parametrize("form", PLAIN, ids=[f"{form['table']}: {form['name']}" for form in PLAIN])
def test_changes_that_leave_the_rows(form, tokenizer, tmp_path):
    content = forms.content_of(form["content"], form)
    found = read(form, content, tmp_path, tokenizer)
    columns = [column for column in forms.GIVES[found["kind"]] if column in found]
    some = list(changes(content))
    if found["kind"] != "text_classification":  # whose rows come with their ids, which take longer
        some = some[drawn(form) % len(some) :][:1]
    for change, other in some:
        again = read(form, other, tmp_path, tokenizer)
        if isinstance(again, Exception):
            assert change in MAY_BE_REFUSED, (change, again)
            continue
        assert rows_of(again) == rows_of(found), (change, again["notes"])
        if change != "CR LF":  # the ends of lines within a quoted field are text
            assert {name: again[name] for name in columns} == {name: found[name] for name in columns}, change


# Changes of any kind --------------------------------------------------------------------------------------------------


@st.composite
def accident(draw, content: bytes):
    """A file with bytes flipped, lines doubled or lost, or its end cut off."""
    kind = draw(st.sampled_from(["flip", "double", "lose", "cut", "insert", "latin-1", "return"]))
    if kind == "flip":
        found = bytearray(content)
        for _ in range(draw(st.integers(1, 3))):
            found[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
        return kind, bytes(found)
    if kind == "cut":
        return kind, content[: draw(st.integers(0, len(content) - 1))]
    if kind == "insert":
        place = draw(st.integers(0, len(content)))
        more = draw(st.sampled_from([b"\0", b'"', b"'", b"\\", b"\r", b"\n", b",", b";", b"\t", b"{", b"]", b"\xff"]))
        return kind, content[:place] + more + content[place:]
    if kind == "latin-1":
        return kind, content + "caf\u00e9".encode("latin-1")
    if kind == "return":
        return kind, content.replace(b"\n", b"\r")
    lines = content.splitlines(keepends=True)
    place = draw(st.integers(0, len(lines) - 1))
    return kind, b"".join([*lines[:place], *([lines[place]] * (2 if kind == "double" else 0)), *lines[place + 1 :]])


@pytest.mark.parametrize("table", sorted({form["table"] for form in FILES}))
def test_accidents_are_refused_in_our_words_or_read(table, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("accidents")
    own = [form for form in FILES if form["table"] == table and form["content"]]

    @settings(
        max_examples=_EXAMPLES.get(table, 20),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def happens(data):
        form = data.draw(st.sampled_from(own))
        content = forms.content_of(form["content"], form)
        kind, other = data.draw(accident(content))
        found = read(form, other, folder, tokenizer)
        lines = content.splitlines(keepends=True)
        if kind not in ("double", "lose") or isinstance(found, Exception) or "error" in form or form.get("gzip"):
            return
        before = read(form, content, folder, tokenizer)
        if not isinstance(before, Exception) and len(lines) == rows_of(before) + 1:  # a row a line, and a header
            more = (0, 1) if kind == "double" else (-1, 0)  # 0: what is doubled or lost is the header
            assert rows_of(found) - rows_of(before) in more, (form["name"], other, found["notes"])

    happens()
