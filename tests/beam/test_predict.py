"""Rows in every form that Beam's readers give, to collections of answers and failures."""

import sys

import numpy as np
import pytest
import tuned

import bert_keras as bk
import bert_keras.beam


def test_without_beam_one_line_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("bert_keras.beam.predict", "apache_beam"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs Apache Beam, .* pip install apache-beam"):
        _ = bert_keras.beam.Predict


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder):
    """Beam, a predictor and its export; skips without Beam."""
    beam = pytest.importorskip("apache_beam", reason="Apache Beam is not installed: pip install apache-beam")
    place = tmp_path_factory.mktemp("predict")
    predictor = bk.load(tuned.write_model(place / "model", tiny_encoder))
    return beam, predictor, bk.export(predictor, place / "export")


TEXTS = [f"the film was {word} and the room {word} {word}" for word in ("good", "bad", "poor", "not", "a dog")] * 8


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("form", ["dicts", "csv", "parquet"])
def test_the_answers_are_those_of_the_predictor(made, tmp_path, form):
    import beam_jobs
    import pandas
    from apache_beam.testing.util import assert_that

    beam, predictor, export = made
    rows = [{"key": f"row {number}", "text": one} for number, one in enumerate(TEXTS)]
    rows.append({"key": "empty", "text": None})
    frame = pandas.DataFrame(rows)
    wanted = {row["key"]: predictor.probabilities([row["text"]])[0] for row in rows[:-1]}

    def read():
        if form == "csv":
            frame.to_csv(tmp_path / "table.csv", index=False)
            return bert_keras.beam.ReadCsv(str(tmp_path / "*.csv"))
        if form == "parquet":
            frame.to_parquet(tmp_path / "table.parquet")
            return beam.io.ReadFromParquet(str(tmp_path / "table.parquet"))
        return beam.Create(rows)

    def right(found):
        assert sorted(row["key"] for row in found) == sorted(wanted)
        for row in found:
            assert set(row) == {"key", "label", "probabilities"}
            np.testing.assert_allclose(row["probabilities"], wanted[row["key"]], rtol=0, atol=1e-5)

    def aside(found):
        assert [row["key"] for row in found] == ["empty"]
        assert "`text` must hold a text, and is empty" in found[0]["reason"]

    def build(pipeline):
        asked = {"id": "key", "outputs": ["label", "probabilities"], "shards": 4}
        found = pipeline | read() | bert_keras.beam.Predict(export, **asked)
        assert_that(found.answers, right, label="right")
        assert_that(found.failed, aside, label="aside")

    counters = beam_jobs.run(build)
    assert counters == {"answered": len(wanted), "failed": 1, "models_loaded": 1}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_half_a_surrogate_pair_ends_no_job(made):
    import beam_jobs
    from apache_beam.testing.util import assert_that, equal_to

    beam, _, export = made
    half = r'"\ud800"'
    lines = [
        f'{{"key": 1, "text": "the dog", "note": {half}}}',
        f'{{"key": 2, "text": {half}, "note": 0}}',
        f'{{"key": {half}, "text": "the dog", "note": 0}}',
    ]

    def build(pipeline):
        rows = pipeline | beam.Create([line.encode() for line in lines])
        found = rows | bert_keras.beam.Predict(export, id="key", keep=["note"], outputs=[], shards=2)
        # The groups after it have the records go through Beam's coders.
        for name, wanted in (("answers", [{"key": 1, "note": "\ufffd"}]), ("failed", [2, None])):
            records = getattr(found, name) | f"spread {name}" >> beam.Reshuffle()
            if name == "failed":
                records = records | beam.Map(lambda record: record["key"])
            assert_that(records, equal_to(wanted), label=name)

    beam_jobs.run(build, beam_jobs.PROCESSES)


def test_what_is_no_export_is_said_when_the_pipeline_is_made(made, tmp_path):
    with pytest.raises(ValueError, match=r"There is no saved_model\.pb in it"):
        bert_keras.beam.Predict(tmp_path, id="key")
    with pytest.raises(ValueError, match="`shards` must be"):
        bert_keras.beam.Predict(made[2], id="key", shards=0)
