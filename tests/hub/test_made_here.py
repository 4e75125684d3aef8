"""The encoders that are made and not fetched: every one of the catalogue has a maker."""

from bert_keras.encoders import sample_encoder
from bert_keras.hub.catalog import list_encoders
from bert_keras.hub.made_here import MADE_HERE


def test_every_encoder_that_is_not_published_has_a_maker():
    assert {f"{entry.publisher}/{entry.name}" for entry in list_encoders() if entry.sample} == set(MADE_HERE)


def test_the_sample_encoder_is_made_by_its_own_file(monkeypatch):
    monkeypatch.setattr(sample_encoder, "sample_encoder", lambda cache_dir: f"made in {cache_dir}")
    assert MADE_HERE["sample/all-MiniLM-L6-v2"]("a cache") == "made in a cache"
