"""What a model folder keeps of a user's own files: names without a machine's folders, shares of what was held out."""

import pathlib

import pytest

from bert_keras.data.origin import Origin
from bert_keras.data.splitting import Shares

SHARES = Shares(validation_share=0.1, test_share=0.2, split_seed=5)


@pytest.mark.parametrize(
    "files, given, kept, held",
    [
        ("data/my.csv", ("train",), "data/my.csv", ("validation", "test")),
        (pathlib.Path("/home/ann/my.csv"), ("train",), "my.csv", ("validation", "test")),
        ("/home/ann/folder/", ("train", "test"), "folder", ("validation",)),
        (
            {"train": "a.csv", "validation": "/tmp/b.csv"},
            ("train", "validation"),
            {"train": "a.csv", "validation": "b.csv"},
            ("test",),
        ),
        ({"train": "a.csv", "test": [1]}, ("train", "test"), {"train": "a.csv", "test": None}, ("validation",)),
        ({"text": ["a"], "label": [1]}, ("train",), None, ("validation", "test")),
        (["a", "b"], ("train",), None, ("validation", "test")),
        ({"test": "a.csv"}, ("test",), {"test": "a.csv"}, ()),
    ],
)
def test_what_is_kept(files, given, kept, held):
    origin = Origin.of(files, SHARES, given)
    assert origin.files == kept
    assert tuple(part for part in ("validation", "test") if origin.holds_out(part)) == held
    assert not origin.holds_out("train")
    assert Origin.from_config(origin.to_config()) == origin and origin.shares.split_seed == 5


def test_a_folder_of_a_named_task_keeps_none():
    assert Origin.from_config(None) is None


def test_files_that_are_there_and_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("text,label\n")
    assert Origin.of("a.csv", SHARES, ("train",)).sources() == "a.csv"
    with pytest.raises(ValueError, match=r"trained on 'b\.csv', which is not here"):
        Origin.of({"train": "a.csv", "test": "b.csv"}, SHARES, ("train", "test")).sources()
    with pytest.raises(ValueError, match="trained on objects in memory"):
        Origin.of(["a"], SHARES, ("train",)).sources()
