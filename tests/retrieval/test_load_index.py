"""An index as a folder: the same hits, no other encoder, and damages that are found."""

import json
import shutil

import numpy as np
import pytest
import questions

import bert_keras as bk
from bert_keras.manifest import Manifest
from bert_keras.retrieval.encoder_identity import encoder_identity


@pytest.fixture(scope="module")
def folder(index, tmp_path_factory):
    """Do not change it."""
    return index.save(tmp_path_factory.mktemp("indexes") / "index")


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def test_what_is_loaded_is_what_was_saved(index, folder, encoder):
    loaded = bk.load_index(folder, encoder)
    assert loaded.documents == index.documents and list(loaded.documents) == list(index.documents)
    assert (loaded.windows == index.windows).all() and (loaded.vectors == index.vectors).all()
    assert loaded.search("the dog", k=5) == index.search("the dog", k=5)
    assert (loaded.overlap, loaded.embedder.seq_length, loaded.embedder.pooling) == (3, 12, "mean")
    assert bk.verify(folder) == {}


def test_the_encoder_is_found_by_its_handle_or_lies_in_the_folder(tiny_encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny_encoder.parent)
    index = bk.search_index(tiny_encoder.name, ["the dog"])
    named = index.save(tmp_path / "named")
    whole = index.save(tmp_path / "whole", with_encoder=True)
    monkeypatch.chdir(tmp_path)  # a path that was given from another folder
    wanted = [hit.score for hit in index.search("a cat")]
    np.testing.assert_allclose([hit.score for hit in bk.load_index(whole).search("a cat")], wanted, rtol=1e-5)
    assert bk.load_index(named).documents == index.documents
    facts = json.loads((tmp_path / "named" / "index.json").read_text())
    assert facts["encoder"]["source"] == str(tiny_encoder)
    native = bk.load_encoder(tiny_encoder, native=True)
    assert encoder_identity(native) == encoder_identity(index.encoder) == facts["encoder"]["sha256"]


def test_another_encoder_is_refused(folder, encoder, tmp_path):
    other = questions.encoder(tmp_path, seed=4)
    with pytest.raises(ValueError, match=r"`encoder` must be the one that the index was made with, by its weights"):
        bk.load_index(folder, other)
    recased = questions.encoder(tmp_path)
    recased.tokenizer = bk.Tokenizer(tmp_path / "vocab.txt", lower_case=False)
    with pytest.raises(ValueError, match="by its weights and its tokenizer"):
        bk.load_index(folder, recased)
    with pytest.raises(ValueError, match=r"`encoder` must be given for this index.*with_encoder=True"):
        bk.load_index(folder)


def test_only_an_index_is_replaced_and_only_when_asked(index, copy, tmp_path):
    with pytest.raises(FileExistsError, match=r"It holds an index. Pass --overwrite"):
        index.save(copy)
    assert index.save(copy, overwrite=True) == str(copy)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"It holds \['thesis.txt'\], no index alone"):
        index.save(tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["index.json", "documents.jsonl", "windows.npy", "vectors.npy"])
def test_a_changed_file_is_refused(copy, encoder, name):
    content = bytearray((copy / name).read_bytes())
    content[-3] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"'{name}' has changed since it was written"):
        bk.load_index(copy, encoder)


def lines(*entries):
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def facts(folder, **changes):
    (folder / "index.json").write_text(json.dumps(json.loads((folder / "index.json").read_text()) | changes))


def windows(folder, row, *values):
    array = np.load(folder / "windows.npy")
    array[row] = values
    np.save(folder / "windows.npy", array)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda at: (at / "index.json").write_text("[]"), "hold an index.json that bert_keras wrote"),
        (lambda at: (at / "index.json").write_text("{"), "hold an index.json that bert_keras wrote"),
        (lambda at: facts(at, pooling=3), "hold an index.json that bert_keras wrote"),
        (lambda at: facts(at, format=2), "have format 1 or older.*Update bert_keras"),
        (lambda at: facts(at, windows=3), "has other places than 3"),
        (lambda at: facts(at, documents=4), "has no 4 documents"),
        (lambda at: (at / "documents.jsonl").write_text("{}\n"), "cannot be read"),
        (lambda at: (at / "documents.jsonl").write_text(lines(*[{"name": "a", "text": "x"}] * 3)), "cannot be read"),
        (lambda at: (at / "windows.npy").write_bytes(b"no"), "cannot be read"),
        (lambda at: (at / "vectors.npy").write_bytes((at / "vectors.npy").read_bytes()[:-16]), "cannot be read"),
        (lambda at: windows(at, 0, 1, 0, 1), "has windows of other documents"),
        (lambda at: windows(at, 0, 0, 0, 999), "has windows beyond their documents"),
        (lambda at: np.save(at / "vectors.npy", 2 * np.load(at / "vectors.npy")), "has vectors of another length"),
        (lambda at: np.save(at / "vectors.npy", np.load(at / "vectors.npy")[:, :-1]), "has no 3 documents in"),
    ],
)
def test_files_that_do_not_fit_together_are_refused_even_where_they_are_listed(copy, encoder, change, said):
    change(copy)
    Manifest(copy).write()
    with pytest.raises(ValueError, match=said):
        bk.load_index(copy, encoder)


def test_what_is_no_index(copy, tmp_path):
    with pytest.raises(ValueError, match=r"It is an index of documents: bk\.load_index"):
        bk.load(copy)
    (copy / "vectors.npy").unlink()
    with pytest.raises(ValueError, match=r"It has no vectors\.npy: copy the whole index again"):
        bk.load_index(copy)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="It is a model folder"):
        bk.load_index(tmp_path / "model")
    with pytest.raises(ValueError, match="There is no such folder"):
        bk.load_index(tmp_path / "nowhere")
    with pytest.raises(TypeError, match="`folder` must be the path of an index"):
        bk.load_index(None)
