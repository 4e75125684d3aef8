"""`bk.compare`: whole comparisons, what they leave, how they go on, and what they refuse before anything is trained."""

import dataclasses
import json

import numpy as np
import pytest
import tuned
from comparisons import record

import bert_keras as bk
import bert_keras.comparing.compare as compare_module
from bert_keras.comparing.compare import compare
from bert_keras.disk import held
from bert_keras.optimization.recipe import Recipe

TUNED = dataclasses.replace(tuned.RECIPE, epochs=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A comparison of two ways with two seeds, what it said, and its encoder."""
    out, lines = tmp_path_factory.mktemp("compare") / "out", []
    encoder = tuned.shared_encoder()
    recipes = {"tuned": TUNED, "frozen": dataclasses.replace(TUNED, freeze="embeddings")}
    task = tuned.reviews_task()
    found = compare(task, recipes, out, encoder=encoder, seeds=2, say=lines.append)
    return found, out, lines, {"task": task, "contestants": recipes, "out": out, "encoder": encoder}


def test_each_contestant_is_trained_with_each_seed(made):
    found, _, lines, _ = made
    assert [(run.name, run.seed) for run in found.runs] == [("tuned", 0), ("frozen", 0), ("tuned", 1), ("frozen", 1)]
    assert [line for line in lines if line.startswith("run ")] == [
        "run 1 of 4: tuned, seed 0",
        "run 2 of 4: frozen, seed 0",
        "run 3 of 4: tuned, seed 1",
        "run 4 of 4: frozen, seed 1",
    ]
    assert found.metric == "accuracy" and found.seeds == (0, 1) and found.baseline is None
    assert all(set(run.scores) == {"accuracy", "f1"} and run.seconds > 0 for run in found.runs)
    [difference] = found.differences
    first, second = (found.scores(name) for name in ("frozen", "tuned"))
    assert difference.mean == pytest.approx((first[0] - second[0] + first[1] - second[1]) / 2)
    assert difference.pairs == 2 and difference.low < difference.mean < difference.high
    assert difference.wide_low < difference.mean < difference.wide_high  # of texts it is known


def test_the_best_run_of_each_stays_and_is_a_model(made):
    found, out, _, _ = made
    for name in found.names:
        kept = [run for run in found.runs if run.name == name and run.folder]
        assert len(kept) == 1 and kept[0].scores["accuracy"] == max(found.scores(name))
        assert [path.name for path in (out / "runs" / name).iterdir() if path.is_dir()] == [f"seed-{kept[0].seed}"]
        config = json.loads((out / kept[0].folder / "config.json").read_text())
        assert config["recipe"]["seed"] == kept[0].seed and config["metrics"] == kept[0].scores
        assert len(bk.load(out / kept[0].folder)(["A very good film."])) == 1


def test_what_it_leaves(made):
    found, out, lines, _ = made
    told = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert told["winner"] is None and told["verdict"] == found.verdict and len(told["runs"]) == 4
    assert told["contestants"]["tuned"]["recipe"]["learning_rate"] == 1e-3
    given = np.load(out / "runs" / "tuned" / "seed-1.npy")
    labels = np.load(out / "runs" / "tuned" / "seed-1.labels.npy")
    assert np.mean(given == labels) == found.scores("tuned")[1] and len(labels) == 56
    page = (out / "comparison.html").read_text(encoding="utf-8")
    assert "frozen – tuned" in page and str(out) not in page
    assert lines[-1] == f"comparison: {out / 'comparison.html'}" and str(found) in lines


def test_it_goes_on_without_a_run_that_has_ended(made, monkeypatch):
    found, _, _, given = made
    monkeypatch.setattr(compare_module, "carry_out", lambda *_: pytest.fail("a run was made again"))
    again = compare(**given, seeds=2, resume=True, say=lambda line: None)
    assert again == found
    with pytest.raises(FileExistsError, match="resume=True"):
        compare(**given, seeds=2)


GIVEN = {"low": Recipe(learning_rate=2e-5), "high": Recipe(learning_rate=1e-4)}


class TestWithoutTraining:
    @pytest.fixture
    def carried(self, monkeypatch):
        """Runs that were asked for, each with a score by its name and seed; the third is interrupted, once."""
        asked = []

        def carry_out(task, contestant, seed, out, say):
            asked.append((contestant.name, seed))
            if len(asked) == 3:
                raise KeyboardInterrupt("stopped")
            folder = f"runs/{contestant.name}/seed-{seed}"
            (out / folder).mkdir(parents=True)
            high = 0.1 if contestant.name == "high" else 0.0
            return record(contestant.name, seed, 0.7 + high + 0.01 * seed, folder=folder), "accuracy", 0.01

        monkeypatch.setattr(compare_module, "carry_out", carry_out)
        return asked

    def test_an_interruption_costs_one_run(self, carried, tmp_path):
        lines, task = [], tuned.reviews_task()
        given = {"encoder": "sample", "seeds": (4, 2, 9), "say": lines.append}
        with pytest.raises(KeyboardInterrupt):
            compare(task, GIVEN, tmp_path / "out", **given)
        assert "The comparison goes on with resume=True (--resume)." in lines
        found = compare(task, GIVEN, tmp_path / "out", resume=True, **given)
        assert carried == [("low", 4), ("high", 4), ("low", 2), ("low", 2), ("high", 2), ("low", 9), ("high", 9)]
        assert found.winner == "high" and found.seeds == (4, 2, 9)

    def test_one_process_at_a_time(self, carried, tmp_path):
        with held("out", tmp_path / "out" / "runs"):
            with pytest.raises(FileExistsError, match="be a folder that no other run is writing"):
                compare("samples/reviews", GIVEN, tmp_path / "out", encoder="sample", seeds=2)
        carried += [None] * 3
        compare("samples/reviews", GIVEN, tmp_path / "out", encoder="sample", seeds=2, say=str)

    @pytest.mark.parametrize("keep, count", [("all", 4), ("best", 2), ("none", 0)])
    def test_keep(self, carried, tmp_path, keep, count):
        carried += [None] * 3
        found = compare("samples/reviews", GIVEN, tmp_path, encoder="sample", seeds=2, keep=keep, say=str)
        folders = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("runs/*/*"))
        assert len(folders) == count == len([run for run in found.runs if run.folder])
        assert count != 2 or folders == ["runs/high/seed-1", "runs/low/seed-1"]

    def test_a_baseline(self, carried, tmp_path):
        carried += [None] * 3
        given = {**GIVEN, "none": Recipe()}
        found = compare("samples/reviews", given, tmp_path, encoder="sample", seeds=3, baseline="low", say=str)
        assert [(own.name, own.against) for own in found.differences] == [("high", "low"), ("none", "low")]
        assert found.baseline == "low" and {own.comparisons for own in found.differences} == {2}

    @pytest.mark.parametrize(
        "change, error, said",
        [
            ({"seeds": 1}, ValueError, "`seeds` must be at least 2"),
            ({"seeds": [3]}, ValueError, "`seeds` must be two or more, each once"),
            ({"seeds": [3, 3]}, ValueError, "`seeds` must be two or more, each once"),
            ({"seeds": [0, 2**31]}, ValueError, "`seeds` must be"),
            ({"seeds": "many"}, TypeError, "`seeds` must be an integer"),
            ({"baseline": "lwo"}, ValueError, "`baseline` must be one of 'low', 'high'.*Did you mean 'low'"),
            ({"keep": "some"}, ValueError, "`keep` must be one of 'best', 'all', 'none'"),
            ({"resume": 1}, TypeError, "`resume` must be True or False"),
            ({"task": "samples/revews"}, ValueError, "Did you mean"),
            ({"contestants": {"a": GIVEN["low"], "b": Recipe(lora_rank=4)}}, ValueError, "`lora_rank`"),
            ({"learning_rate": 1e-5}, TypeError, r"Pass recipe=bk\.Recipe\(learning_rate=…\)"),
            ({"n_seeds": 3}, TypeError, "The keyword is seeds"),
        ],
    )
    def test_mistakes_cost_nothing(self, carried, tmp_path, change, error, said):
        given = {"task": "samples/reviews", "contestants": GIVEN, "out": tmp_path / "out", "encoder": "sample"}
        with pytest.raises(error, match=said):
            compare(**{**given, **change})
        assert carried == [] and not (tmp_path / "out").exists()

    def test_several_workers_are_refused(self, tmp_path, monkeypatch):
        cluster = {"cluster": {"worker": ["localhost:1", "localhost:2"]}, "task": {"type": "worker", "index": 0}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
        with pytest.raises(ValueError, match=r"`devices` must be those of one process.*leave TF_CONFIG unset"):
            compare("samples/reviews", GIVEN, tmp_path / "out", encoder="sample")

    def test_masked_words_are_no_such_task(self, tmp_path):
        (tmp_path / "a.txt").write_text("A line.\n\nAnother one.\n" * 20, encoding="utf-8")
        task = bk.load_masked(str(tmp_path / "a.txt"), validation_share=0.2)
        with pytest.raises(ValueError, match=r"`task` must be of .*text_classification"):
            compare(task, GIVEN, tmp_path / "out", encoder="sample")
