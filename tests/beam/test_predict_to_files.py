"""Two thousand rows, broken ones amid, to files, by two processes; and a job that breaks off and is run again."""

import json

import numpy as np
import pytest
import tuned

import bert_keras as bk

pytest.importorskip("apache_beam", reason="Apache Beam is not installed: pip install apache-beam")

import apache_beam as beam
import beam_jobs

from bert_keras.beam import PredictToFiles

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
]
ASKED = {"id": "number", "columns": {"text": "review"}, "keep": ["stars"], "shards": 8}
WORDS = "the film was good bad and not a room food poor dog".split()


def text(number):
    random = np.random.default_rng(number)
    return " ".join(random.choice(WORDS, random.integers(1, 20)))


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder):
    """A predictor and its export."""
    place = tmp_path_factory.mktemp("beam")
    predictor = bk.load(tuned.write_model(place / "model", tiny_encoder))
    return predictor, bk.export(predictor, place / "export")


def table(folder):
    """A file of 2,000 lines, of which 80 are broken; and by id, the texts of the others."""
    lines, good = [], {}
    for number in range(2000):
        row = {"number": number, "review": text(number), "stars": number % 5}
        if number % 100 == 3:
            row["review"] = None
        elif number % 100 == 5:
            row["number"] = number - 1  # a second row with that id
        elif number % 100 == 7:
            del row["review"]
        line = json.dumps(row).encode()
        if number % 100 == 9:
            line = line.replace(b'"review": "', b'"review": "\xff')
        if number % 100 not in (3, 5, 7, 9):
            good[number] = {row["review"]}
        elif number % 100 == 5:
            good[number - 1] |= {row["review"]}
        lines.append(line)
    path = folder / "table.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path, good


def job(path, export, out, **asked):
    def build(pipeline):
        rows = pipeline | beam.io.ReadFromText(str(path), coder=beam.coders.BytesCoder())
        rows | PredictToFiles(export, out, **{**ASKED, **asked})

    return build


def test_two_processes_answer_every_row_once_and_a_second_run_goes_on(made, tmp_path):
    predictor, export = made
    path, good = table(tmp_path)
    out = tmp_path / "answers"
    counters = beam_jobs.run(job(path, export, out), beam_jobs.PROCESSES)
    assert counters["answered"] == len(good) == 1920 and counters["failed"] == 80
    assert 1 <= counters["models_loaded"] <= 2  # once a process

    answers, failed = beam_jobs.lines(out, "answers"), beam_jobs.lines(out, "failed")
    assert sorted(row["number"] for row in answers) == sorted(good)
    assert set(answers[0]) == {"number", "stars", "label", "label_id", "probabilities"}
    assert len(failed) == 80
    reasons = [row["reason"] for row in failed]
    for said, count in {
        "`review` must hold a text": 20,
        "stands in a row before this one too": 20,
        "The column 'review' is not there": 20,
        "The line must be JSON in UTF-8": 20,
    }.items():
        assert sum(said in reason for reason in reasons) == count

    texts = sorted({one for some in good.values() for one in some})
    wanted = dict(zip(texts, predictor.probabilities(texts), strict=True))
    labels = dict(zip(texts, [one.label for one in predictor(texts)], strict=True))
    for row in answers:
        matching = [t for t in good[row["number"]] if np.allclose(row["probabilities"], wanted[t], rtol=0, atol=1e-5)]
        assert matching and row["label"] in {labels[t] for t in matching}
        assert len(good[row["number"]]) == 2 or row["stars"] == row["number"] % 5

    # It broke off before two shards were there, and with half a file left.
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    shards = sorted(out.glob("answers-*.jsonl"))
    assert len(shards) == 8 and not list(out.glob(".*"))
    lost = sum(file.read_bytes().count(b"\n") for file in shards[:2])
    for file in shards[:2]:
        file.unlink()
    (out / ".answers-00000.half").write_bytes(b'{"number"')
    counters = beam_jobs.run(job(path, export, out))
    assert counters["answered"] == lost and counters["failed"] < 80
    after = {file.name: file.read_bytes() for file in out.iterdir() if not file.name.startswith(".")}
    assert set(after) == set(before)
    assert all(after[name] == before[name] for name in after if "0000-" not in name and "0001-" not in name)
    assert sorted(row["number"] for row in beam_jobs.lines(out, "answers")) == sorted(good)
    assert len(beam_jobs.lines(out, "failed")) == 80


def test_the_counts_of_shards_add_up_with_those_that_are_kept(made, tmp_path):
    from apache_beam.testing.util import assert_that

    rows = [{"number": str(n), "review": text(n) if n % 10 else None, "stars": n} for n in range(60)]
    for kept in (False, True):

        def right(counts, kept=kept):
            assert len(counts) == 8 == len({one["shard"] for one in counts})
            assert sum(one["answered"] for one in counts) == 54 and sum(one["failed"] for one in counts) == 6
            assert all(one["kept"] is kept for one in counts)

        def build(pipeline, right=right):
            assert_that(pipeline | beam.Create(rows) | PredictToFiles(made[1], tmp_path / "out", **ASKED), right)

        counters = beam_jobs.run(build)
        assert counters.get("answered", 0) == (0 if kept else 54)


def test_a_folder_of_another_run_is_refused(made, tmp_path):
    path, _ = table(tmp_path)
    pipeline = beam.Pipeline()
    job(path, made[1], tmp_path / "out")(pipeline)
    with pytest.raises(ValueError, match=r"`out` must be a new folder, or hold shards .* It was made with shards=8"):
        job(path, made[1], tmp_path / "out", shards=9)(beam.Pipeline())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match=r"`out` must be a new or empty folder.*There is no run\.json in it"):
        job(path, made[1], tmp_path / "full")(beam.Pipeline())
    with pytest.raises(TypeError, match="`out` must be the path of a folder"):
        PredictToFiles(made[1], 3, **ASKED)
