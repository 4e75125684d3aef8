"""Exports of every kind, on rows of a table: the predictor's answers, and what becomes of rows that fail. No Beam."""

import choices
import numpy as np
import questions
import tagging
import tensorflow as tf
import tuned

import bert_keras as bk
from bert_keras.beam.exported_model import ExportedModel
from bert_keras.beam.table_form import TableForm

TEXTS = ["The food was good, and the room was not.", "", "the dog", "good " * 90, "the film was poor", "naïve 東京"]


def model(export, **asked):
    defaults = {"columns": None, "keep": (), "outputs": None, "signature": "serving_default"}
    form = {"id": "id", "text_characters": 1000, "batch_rows": 4, **defaults, **asked}
    return ExportedModel(TableForm.of(export, **form))


def answers(loaded, rows):
    found = list(loaded.answer(rows))
    assert [record for is_answer, record in found if not is_answer] == []
    by_id = {record["id"]: record for _, record in found}
    assert len(by_id) == len(found) == len(rows)
    return [by_id[row["id"]] for row in rows]


def test_texts_and_pairs(tmp_path, tiny_encoder):
    for kind in ("single", "pairs", "regression", "multi"):
        predictor = bk.load(tuned.write_model(tmp_path / kind, tiny_encoder, kind))
        loaded = model(bk.export(predictor, tmp_path / "exports" / kind))
        rows = [{"id": n, "text": text, "text_pair": TEXTS[-n]} for n, text in enumerate(TEXTS)]
        given = [(row["text"], row["text_pair"]) if predictor.takes_pairs else row["text"] for row in rows]
        found, wanted = answers(loaded, rows), predictor(given)
        if kind == "regression":
            np.testing.assert_allclose([row["score"] for row in found], [one.score for one in wanted], atol=1e-5)
            continue
        probabilities = predictor.probabilities(given)
        np.testing.assert_allclose([row["probabilities"] for row in found], probabilities, rtol=0, atol=1e-5)
        if kind != "multi":
            assert [row["label"] for row in found] == [one.label for one in wanted]


def test_questions(tmp_path):
    predictor = questions.predictor(tmp_path)
    loaded = model(bk.export(predictor, tmp_path / "export"), columns={"context": "page"}, keep=["page"])
    rows = [{"id": str(n), "question": "what was good", "page": f"the film {text}"} for n, text in enumerate(TEXTS)]
    found = answers(loaded, rows)
    wanted = predictor(["what was good"] * len(rows), [row["page"] for row in rows])
    assert [row["answer"] for row in found] == [one.answer for one in wanted]
    assert [row["page"] for row in found] == [row["page"] for row in rows]


def test_tags_have_no_padding(tmp_path):
    predictor = tagging.predictor(questions.encoder(tmp_path))
    loaded = model(bk.export(predictor, tmp_path / "export"))
    rows = [{"id": n, "text": text} for n, text in enumerate(TEXTS)]
    found = answers(loaded, rows)
    wanted = predictor(TEXTS)
    assert [row["count"] for row in found] == [len(entities) for entities in wanted] and sum(map(len, wanted)) > 3
    for row, entities in zip(found, wanted, strict=True):
        assert row["entity"] == [one.text for one in entities] and row["label"] == [one.label for one in entities]
        assert row["start"] == [one.start for one in entities]


def test_choices_of_different_number(tmp_path):
    predictor = choices.predictor(tmp_path)
    loaded = model(bk.export(predictor, tmp_path / "export"))
    rows = [
        {"id": n, "prompt": text, "choices": ["the cat", "was good", "a", text][: 2 + n % 3]}
        for n, text in enumerate(TEXTS)
    ]
    found = answers(loaded, rows)
    wanted = predictor([row["prompt"] for row in rows], [row["choices"] for row in rows])
    assert [row["choice_id"] for row in found] == [one.index for one in wanted]
    assert [len(row["probabilities"]) for row in found] == [len(row["choices"]) for row in rows]


class Failing(tf.Module):
    """Upper case; fails at a batch with "poison" in it."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(self, text):
        with tf.control_dependencies([tf.debugging.Assert(~tf.reduce_any(text == "poison"), ["no poison here"])]):
            return {"upper": tf.strings.upper(text)}


def test_a_row_that_the_model_fails_at_is_set_aside_alone(tmp_path):
    module = Failing()
    tf.saved_model.save(module, str(tmp_path / "export"), {"serving_default": module.serve.get_concrete_function()})
    loaded = model(tmp_path / "export", batch_rows=8)
    rows = [{"id": n, "text": "poison" if n in (3, 4, 17) else f"text {n}"} for n in range(21)]
    rows += [{"id": 5, "text": "again"}, {"id": 30, "text": None}]
    found = list(loaded.answer(rows))
    assert len(found) == len(rows)
    answered = {record["id"]: record["upper"] for is_answer, record in found if is_answer}
    assert answered == {n: f"TEXT {n}" for n in range(21) if n not in (3, 4, 17)}
    failed = {record["id"]: record["reason"] for is_answer, record in found if not is_answer}
    assert set(failed) == {3, 4, 17, 5, 30}
    assert "The model failed at it: InvalidArgumentError" in failed[3] and "no poison here" in failed[3]
    assert "The id 5 stands in a row before this one too" in failed[5]
    assert "`text` must hold a text, and is empty" in failed[30]
