"""Answers as a frame: of lists, and of tables in every form, of every kind of model."""

import choices
import datasets
import numpy as np
import pandas
import polars
import pytest
import questions
import tagging
import tuned

import bert_keras as bk

TEXTS = ["The food was good.", "Not once did it fail.", "The room was cold."]


@pytest.fixture(scope="module")
def reviews(tmp_path_factory, tiny_encoder):
    return bk.load(tuned.write_model(tmp_path_factory.mktemp("reviews") / "model", tiny_encoder))


def values(frame):
    return [tuple(row) for row in frame.itertuples(index=False)]


def test_a_frame_has_label_score_and_a_column_for_each_class(reviews):
    frame = reviews.to_frame(TEXTS)
    assert list(frame.columns) == ["label", "score", "negative", "positive"]
    for row, answer in zip(values(frame), reviews(TEXTS), strict=True):
        assert row == (answer.label, answer.score, *answer.probabilities.values())
    assert len(reviews.to_frame("one text")) == 1 and len(reviews.to_frame([])) == 0


@pytest.mark.parametrize("column", ["sentence", "text", "Review"])
def test_tables_in_every_form_are_read_by_the_column_trained_on_or_a_usual_name(reviews, column):
    columns = {"id": [7, 8, 9], column: TEXTS}
    wanted = values(reviews.to_frame(TEXTS))
    frame = pandas.DataFrame(columns, index=["a", "b", "c"])
    found = reviews(frame)
    assert values(found) == wanted and list(found.index) == ["a", "b", "c"]
    assert list(frame.join(found).columns) == ["id", column, "label", "score", "negative", "positive"]
    for table in (columns, datasets.Dataset.from_dict(columns)):
        assert values(reviews(table)) == wanted
    found = reviews(polars.DataFrame(columns))
    assert isinstance(found, polars.DataFrame) and found.rows() == wanted
    assert reviews(pandas.Series(TEXTS, index=[3, 1, 2])) == reviews(TEXTS)


def test_the_column_trained_on_goes_before_one_of_a_usual_name(tmp_path, tiny_encoder):
    table = {"text": ["x"] * 8, "remark": TEXTS * 2 + TEXTS[:2], "stars": ["good", "bad"] * 4}
    task = bk.load_files(table, text="remark", label="stars", validation_share=0.25, seq_length=16)
    tuned.run(tiny_encoder, tmp_path / "run", task)
    predictor = bk.load(tmp_path / "run")
    assert values(predictor(pandas.DataFrame(table))) == values(predictor.to_frame(table["remark"]))


def test_rows_without_a_text_are_empty(reviews):
    found = reviews(pandas.DataFrame({"text": [None, TEXTS[0], np.nan]}))
    assert found["label"].isna().tolist() == [True, False, True]
    assert values(found)[1] == values(reviews.to_frame(TEXTS[:1]))[0]


def test_columns_that_are_not_there_and_cells_that_are_no_text(reviews):
    with pytest.raises(
        ValueError, match=r"`rows` must have the columns that the model reads, of these names: 'sent.*\['a'"
    ):
        reviews(pandas.DataFrame({"a": TEXTS}))
    with pytest.raises(TypeError, match=r"`cell` must be str.*5"):
        reviews({"text": ["a", 5]})


def test_the_other_kinds(tmp_path):
    encoder = questions.encoder(tmp_path)
    ask = questions.predictor(tmp_path)
    table = pandas.DataFrame({"context": ["the film was good", " "], "question": ["what was good", "who"]})
    found = ask(table)
    answer = ask("what was good", "the film was good")
    assert found["answer"].tolist()[0] == answer.answer and found["answer"].isna().tolist() == [False, True]
    assert found["score"][0] == pytest.approx(answer.score, abs=1e-6)
    with pytest.raises(ValueError, match="`top_k` must be None for a table"):
        ask(table, top_k=2)
    tagger = tagging.predictor(encoder)
    found = tagger(pandas.DataFrame({"sentence": ["the film was good", "a dog"]}))
    assert [len(own) for own in found["entities"]] == [len(own) for own in tagger(["the film was good", "a dog"])]
    chooser = choices.predictor(tmp_path)
    found = chooser({"prompt": ["the film"], "choices": [["was good", "the dog"]]})
    assert found["choice"].tolist() == [chooser("the film", ["was good", "the dog"]).choice]
