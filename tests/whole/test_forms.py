"""Every form of data in `tests/data/forms/`: what it gives, or how it is refused; and what no change to one may do."""

import builtins

import forms
import pytest
from encoders import write_vocabulary

from bert_keras.text.tokenizer import Tokenizer

ALL = forms.forms()
KEYS = {
    *("table", "name", "file", "content", "encoding", "gzip", "object", "json", "parts", "options"),
    *("kind", "names", "split", "notes", "error", "raises"),
    *(column for columns in forms.GIVES.values() for column in columns),
}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.mark.parametrize("form", ALL, ids=[f"{form['table']}: {form['name']}" for form in ALL])
def test_form(form, tokenizer, tmp_path):
    assert not set(form) - KEYS, "a word of the form that says nothing"
    source = forms.written(form, tmp_path)
    if "error" in form:
        with pytest.raises((ValueError, TypeError)) as caught:
            forms.read(form, source, tokenizer)
        missing = [words for words in form["error"] if words not in str(caught.value)]
        assert not missing, str(caught.value)
        assert form["error"] and isinstance(caught.value, getattr(builtins, form.get("raises", "ValueError")))
        return
    found = forms.read(form, source, tokenizer)
    wanted = {name: value for name, value in form.items() if name in found and name not in ("parts", "notes")}
    assert wanted and {name: found[name] for name in wanted} == wanted
    assert found["parts"] == form.get("split", found["parts"])
    missing = [words for words in form.get("notes", ()) if words not in found["notes"]]
    assert not missing, found["notes"]


def test_names_of_forms_are_given_once():
    names = [(form["table"], form["name"]) for form in ALL]
    assert len(set(names)) == len(names)
