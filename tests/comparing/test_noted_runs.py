"""`NotedRuns`: what a comparison goes on with, and what it refuses to go on with."""

import dataclasses
import json

import pytest
import tuned
from comparisons import record

from bert_keras.comparing.contestant import contestants_of
from bert_keras.comparing.noted_runs import NotedRuns, data_digest, place_of, settings_of
from bert_keras.optimization.recipe import Recipe

LOW, HIGH = Recipe(learning_rate=2e-5), Recipe(learning_rate=1e-4)


@pytest.fixture(scope="module")
def task():
    return tuned.reviews_task()


@pytest.fixture
def open_runs(task, tmp_path):
    """Opens those of a comparison in the test's folder."""

    def opened(given=None, seeds=(0, 1), resume=True, task=task):
        given = {"low": LOW, "high": HIGH} if given is None else given
        settings = settings_of(task, contestants_of(given, "sample", None, None))
        noted = NotedRuns.open(tmp_path / "out", settings, seeds, resume)
        noted.folder.mkdir(exist_ok=True)
        noted.write({})
        return noted

    return opened


def filled(noted):
    for seed in (0, 1):
        for name in ("low", "high"):
            noted.add(record(name, seed, 0.7 + 0.1 * seed, folder=place_of(name, seed)), "accuracy", 0.01)
    return noted


def test_what_was_noted_stands(open_runs, tmp_path):
    noted = filled(open_runs(resume=False))
    again = open_runs()
    assert again.runs == noted.runs and again.facts == {"metric": "accuracy", "step": 0.01} and again.notes == []
    assert again.get("high", 1).scores["accuracy"] == 0.7 + 0.1 and again.get("high", 2) is None
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["comparison.json"]


def test_there_may_be_more_contestants_and_seeds_and_none_is_left_out(open_runs):
    open_runs(resume=False)
    more = open_runs({"low": LOW, "high": HIGH, "middle": Recipe()}, seeds=(5, 0))
    assert more.settings["seeds"] == [0, 1, 5] and more.notes == []  # nothing had been seen yet
    filled(more)


def test_seeds_that_are_added_after_the_result_are_told_of(open_runs):
    filled(open_runs(resume=False))
    grown = open_runs(seeds=(0, 1, 2))
    assert len(grown.notes) == 1 and grown.notes[0].startswith("Seeds were added after all earlier ones had ended")
    assert open_runs(seeds=(0, 1, 2, 3)).notes == grown.notes


def test_which_folders_stay(open_runs, tmp_path):
    place = tmp_path / "out" / "runs"
    noted = filled(open_runs(resume=False))
    assert noted.drop_folders("all") == []
    assert noted.drop_folders("best") == [place / "low" / "seed-0", place / "high" / "seed-0"]
    assert noted.get("low", 0).folder is None and noted.get("low", 1).folder == "runs/low/seed-1"
    assert noted.drop_folders("best") == []
    assert open_runs().drop_folders("none") == [place / "low" / "seed-1", place / "high" / "seed-1"]


def test_nothing_of_others_is_touched(open_runs, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    for resume in (True, False):
        with pytest.raises(FileExistsError, match=r"It holds \['thesis.txt'\], and no comparison: pass a new folder"):
            open_runs(resume=resume)
    (tmp_path / "out" / "comparison.json").write_text('{"mine": 1}')
    with pytest.raises(FileExistsError, match="and no comparison"):
        open_runs()
    assert (tmp_path / "out" / "comparison.json").read_text() == '{"mine": 1}'


def test_a_file_of_that_name(open_runs, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FileExistsError, match="There is a file of that name"):
        open_runs()


def test_a_comparison_is_not_gone_on_with_unasked(open_runs):
    open_runs(resume=False)
    with pytest.raises(FileExistsError, match=r"Pass --resume \(resume=True\)"):
        open_runs(resume=False)


def test_other_settings_are_refused(open_runs):
    open_runs(resume=False)
    with pytest.raises(ValueError, match=r"`contestants\['high'\]` .*: learning_rate was 0.0001 and is 0.001"):
        open_runs({"low": LOW, "high": Recipe(learning_rate=1e-3)})
    with pytest.raises(ValueError, match="'high' is not among them"):
        open_runs({"low": LOW, "other": HIGH})


def test_one_of_an_older_version_goes_on(open_runs, tmp_path):
    filled(open_runs(resume=False))
    file = tmp_path / "out" / "comparison.json"
    content = json.loads(file.read_text())
    for name in ("low", "high"):
        del content["contestants"][name]["recipe"]["schedule"]
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"`contestants\['high'\]` .*: schedule was 'linear' and is 'constant'"):
        open_runs({"low": LOW, "high": dataclasses.replace(HIGH, schedule="constant")})
    assert len(open_runs().runs) == 4


def test_other_data_are_refused(open_runs):
    open_runs(resume=False)
    with pytest.raises(ValueError, match="must have the same rows, labels and lengths"):
        open_runs(task=tuned.reviews_task(limit=31))
    with pytest.raises(ValueError, match="must have the same rows, labels and lengths"):
        open_runs(task=tuned.reviews_task(seq_length=16))


def test_the_digest_is_that_of_texts_and_labels(task, tmp_path):
    assert data_digest(task) == data_digest(tuned.reviews_task())
    from bert_keras.running.choosing.load_files import load_files

    found = []
    for label in ("good", "bad"):
        (tmp_path / "a.csv").write_text("text,label\n" + "a,good\nb,bad\n" * 10 + f"c,{label}\n", encoding="utf-8")
        found.append(data_digest(load_files(str(tmp_path / "a.csv"), validation_share=0.2)))
    assert found[0] != found[1]


def test_a_newer_format(open_runs, tmp_path):
    open_runs(resume=False)
    file = tmp_path / "out" / "comparison.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": 2}))
    with pytest.raises(ValueError, match="hold a comparison of format 1"):
        open_runs()
