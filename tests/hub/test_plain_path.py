"""Folders whose names TensorFlow takes for patterns."""

import os
import pathlib

import numpy as np
import pytest
import tiny
import tuned

import bert_keras as bk
from bert_keras.hub import plain_path as module
from bert_keras.hub.plain_path import plain_path


@pytest.mark.parametrize("name", ["plain", "a b", "größer", "#1", "gs://a[1]/b", "a{1}"])
def test_other_names_stay(name):
    assert plain_path(name) == name


@pytest.mark.parametrize("name", ["runs [v1]", "what?", "a*b", "[]"])
def test_a_link_leads_there_as_long_as_the_process_lives(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "file").write_text("here")
    link = plain_path(str(folder))
    assert not set("*?[]") & set(link) and pathlib.Path(link, "file").read_text() == "here"
    assert plain_path(str(folder)) == link and plain_path(str(tmp_path / f"{name}2")) != link


def test_where_there_are_no_links_it_is_a_copy_of_today(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError("no right to make links")

    monkeypatch.setattr(module.os, "symlink", refused)
    folder = tmp_path / "runs [v2]"
    folder.mkdir()
    for content in ("first", "second"):
        (folder / "file").write_text(content)
        assert pathlib.Path(plain_path(str(folder)), "file").read_text() == content


def test_a_model_folder_lives_under_any_name(tmp_path, tiny_encoder):
    """Written, loaded, exported, with the encoder from such a folder, too."""
    place = tmp_path / "runs [v1] #2? größer"
    place.mkdir()
    encoder = tuned.write_encoder(place / "encoder [a]")
    result = tuned.run(encoder, place / "model [*]")
    predictor = bk.load(place / "model [*]")
    texts = tiny.sentences(5)
    shares = predictor.probabilities(texts)
    os.rename(place / "model [*]", tmp_path / "plain")
    np.testing.assert_allclose(bk.load(tmp_path / "plain").probabilities(texts), shares, atol=1e-6)
    assert result.metrics["accuracy"] >= 0
    with pytest.warns(UserWarning, match="TensorFlow takes .* for a pattern of names: move it"):
        bk.export(tmp_path / "plain", place / "served [1]")
    native = bk.load_encoder(encoder, native=True)
    assert native.tokenizer.vocab_size == bk.load_encoder(tiny_encoder).tokenizer.vocab_size
