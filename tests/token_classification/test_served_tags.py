"""`ServedTags`: a tagger as a SavedModel gives what the predictor gives."""

import pytest
import tagging
import tensorflow as tf
import tuned
from tagging import TEXTS

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.token_classification.served_tags import ServedTags


def test_a_model_that_is_served_gives_the_same(tmp_path):
    """In this process; another one that knows no bert_keras is asked in `test_kind.py`."""
    predictor = tagging.predictor(load_encoder(tuned.write_encoder(tmp_path / "encoder")))
    module = ServedTags(predictor)
    tf.saved_model.save(module, str(tmp_path / "served"), signatures=module.signatures())
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert set(served.signatures) == {"serving_default", "words", "label_names"}
    for texts in (TEXTS, [""], [], TEXTS[2:3]):
        found = {
            name: value.numpy()
            for name, value in served.signatures["serving_default"](text=tf.constant(texts, tf.string)).items()
        }
        assert found["count"].shape == (len(texts),)
        for row, given in enumerate(predictor(texts)):
            assert found["count"][row] == len(given)
            for place, one in enumerate(given):
                got = {name: found[name][row, place] for name in ("label", "entity", "start", "end")}
                assert got == {
                    "label": one.label.encode(),
                    "entity": one.text.encode(),
                    "start": one.start,
                    "end": one.end,
                }
                assert found["score"][row, place] == pytest.approx(one.score, abs=1e-5)
            assert not found["label"][row, len(given) :].any() and not found["end"][row, len(given) :].any()
    names = served.signatures["label_names"]()["label_names"].numpy()
    assert [name.decode() for name in names] == list(predictor.labels)
    words = served.signatures["words"](text=tf.constant(TEXTS[:1]))
    tags = [names[number].decode() for number in words["label_id"].numpy()[0]]
    assert tags == predictor.tags(predictor._words(TEXTS[:1])[1])[0] and words["count"].numpy() == len(tags)
