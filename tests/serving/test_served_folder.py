"""What there is to serve at a path, and what it is called."""

import pytest
import tuned

from bert_keras.serving.served_folder import ServedFolder


def saved_model(folder):
    """A folder that looks like an export."""
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory, tiny_encoder):
    return tuned.write_model(tmp_path_factory.mktemp("served_folder") / "my reviews", tiny_encoder)


def test_a_model_folder(model):
    found = ServedFolder.find(model)
    assert (found.path, found.name, found.version, found.is_export) == (model, "my_reviews", 1, False)
    assert ServedFolder.find(str(model), "Reviews-2.1").name == "Reviews-2.1"


def test_the_folder_where_one_stands(model, monkeypatch):
    monkeypatch.chdir(model)
    assert ServedFolder.find(".").name == "my_reviews"


def test_an_export_has_the_name_of_its_folder(tmp_path):
    found = ServedFolder.find(saved_model(tmp_path / "reviews"))
    assert (found.name, found.version, found.is_export) == ("reviews", 1, True)


def test_the_highest_version_of_a_folder_of_exports(tmp_path):
    for version in ("2", "10", "9"):
        saved_model(tmp_path / "reviews" / version)
    (tmp_path / "reviews" / "11").mkdir()  # being copied: there is no graph yet
    saved_model(tmp_path / "reviews" / "draft")
    found = ServedFolder.find(tmp_path / "reviews")
    assert (found.path, found.name, found.version) == (tmp_path / "reviews" / "10", "reviews", 10)
    found = ServedFolder.find(tmp_path / "reviews" / "9")
    assert (found.name, found.version, found.is_export) == ("reviews", 9, True)


def test_a_keras_file(tmp_path):
    (tmp_path / "reviews.keras").write_bytes(b"")
    assert ServedFolder.find(tmp_path / "reviews.keras").name == "reviews"


def test_folders_that_are_none(tmp_path):
    with pytest.raises(ValueError, match=r"must be a model folder of bert_keras.*There is no such folder"):
        ServedFolder.find(tmp_path / "nothing")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"must be a model folder of bert_keras.*There is: \['notes.txt'\]"):
        ServedFolder.find(tmp_path)
    with pytest.raises(ValueError, match="It is a file"):
        ServedFolder.find(tmp_path / "notes.txt")
    with pytest.raises(TypeError, match="`folder` must be the path of a model folder or an export"):
        ServedFolder.find(5)


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a b", "é"])
def test_names_that_cannot_stand_in_an_address(model, name):
    with pytest.raises(ValueError, match="`name` must be of letters, digits"):
        ServedFolder.find(model, name)
