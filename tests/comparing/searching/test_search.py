"""`bk.search`: a whole search, what it leaves, how it goes on after a kill, and what it refuses."""

import dataclasses
import json
import math
import types

import pytest
import tuned
from comparisons import comparison, record

import bert_keras as bk
import bert_keras.comparing.searching.search as search_module
from bert_keras.comparing.searching.search import search
from bert_keras.comparing.searching.trial_record import ENDED, FAILED, STOPPED
from bert_keras.disk import held
from bert_keras.optimization.recipe import Recipe

pytest.importorskip("optuna", reason="Optuna is not installed: pip install optuna")

SPACE = {"learning_rate": (1e-4, 1e-2), "freeze": ["", "embeddings"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A search of two trials, what it said, and with what it was called."""
    out, lines = tmp_path_factory.mktemp("search") / "out", []
    recipe = dataclasses.replace(tuned.RECIPE, epochs=1, seed=5)
    given = {"space": SPACE, "out": out, "encoder": tuned.shared_encoder(), "recipe": recipe, "trials": 2}
    return search(tuned.reviews_task(), **given, say=lines.append), out, lines, given


def test_a_search(made):
    found, out, lines, _ = made
    assert [(trial.number, trial.state, len(trial.epochs)) for trial in found.trials] == [(0, ENDED, 1), (1, ENDED, 1)]
    assert found.metric == "accuracy" and 0.2 < found.honest < 0.8 and found.comparison is None
    assert all(trial.run.scores["accuracy"] == trial.epochs[0] for trial in found.trials)
    best = max(found.trials, key=lambda trial: (not trial.run.unlearned, trial.run.scores["accuracy"]))
    assert found.best == best and found.recipe.seed == 5 and found.recipe.learning_rate == best.drawn["learning_rate"]
    assert [trial.run.folder for trial in found.trials if trial is not best] == [None]
    config = json.loads((out / best.run.folder / "config.json").read_text())
    assert config["recipe"] == dataclasses.asdict(found.recipe)
    assert len(bk.load(out / best.run.folder)(["A very good film."])) == 1
    page = (out / "search.html").read_text(encoding="utf-8")
    assert best.name in page and str(out) not in page
    assert lines[-1] == f"search: {out / 'search.html'}" and "embeddings" in str(found)


def test_its_line_of_python_trains_with_the_best_settings(made):
    found, _, _, given = made
    passed = []
    bk_like = types.SimpleNamespace(finetune=lambda *args, **options: passed.append((args, options)), Recipe=Recipe)
    eval(found.code, {"bk": bk_like, "task": "the task"})
    [((task, encoder, out), options)] = passed
    assert (task, encoder, out) == ("the task", str(given["encoder"]), "runs/best")
    assert options["recipe"] == found.recipe
    assert found.command.startswith("bert-keras finetune samples/reviews --encoder ") and "--native" in found.command


def test_what_has_ended_stands(made, monkeypatch):
    found, out, _, given = made
    monkeypatch.setattr(search_module, "carry_out", lambda *_: pytest.fail("a trial was made again"))
    assert search(tuned.reviews_task(), **given, resume=True, say=str) == found
    content = json.loads((out / "search.json").read_text())
    del content["recipe"]["schedule"]  # as of a version whose recipes did not have it
    (out / "search.json").write_text(json.dumps(content))
    assert search(tuned.reviews_task(), **given, resume=True, say=str) == found
    with pytest.raises(FileExistsError, match="go on with the search in it"):
        search(tuned.reviews_task(), **given)
    with pytest.raises(ValueError, match="`space` must be as in the search in `out`"):
        search(tuned.reviews_task(), **{**given, "space": {"epochs": [1, 2]}}, resume=True)
    with pytest.raises(ValueError, match="rows, labels and lengths as the search"):
        search(tuned.reviews_task(limit=20), **given, resume=True)


class TestWithoutTraining:
    @pytest.fixture
    def carried(self, monkeypatch):
        """Rates of trials that were begun. A score is high at a rate near 1e-3; an entry of `at` is raised, once."""
        carried = types.SimpleNamespace(rates=[], at={}, fails=lambda rate: None)

        def carry_out(task, contestant, seed, out, say, watch):
            rate = contestant.recipe.learning_rate
            carried.rates.append(rate)
            if len(carried.rates) in carried.at:
                raise carried.at.pop(len(carried.rates))
            run = types.SimpleNamespace(recipe=contestant.recipe)
            run.data = types.SimpleNamespace(metrics=("accuracy",))
            run.checkpoints = types.SimpleNamespace(history=[])
            callback = watch(run)
            if (why := carried.fails(rate)) is not None:
                return why(contestant.name, seed), "accuracy", 0.01
            score = 0.9 - 0.1 * abs(math.log10(rate) + 3)
            for epoch in range(contestant.recipe.epochs):
                logs = {"val_accuracy": score + 0.01 * epoch}
                callback.on_epoch_end(epoch, logs)
                run.checkpoints.history.append({"epoch": epoch + 1, "logs": logs})
            folder = f"runs/{contestant.name}/seed-{seed}"
            (out / folder).mkdir(parents=True)
            return record(contestant.name, seed, score, folder=folder), "accuracy", 0.01

        monkeypatch.setattr(search_module, "carry_out", carry_out)
        return carried

    GIVEN = {"space": {"learning_rate": (1e-5, 1e-1)}, "encoder": "sample", "trials": 7, "say": str}  # noqa: RUF012

    def test_a_killed_search_draws_what_it_would_have_drawn(self, carried, tmp_path):
        whole = search("samples/reviews", out=tmp_path / "whole", **self.GIVEN)
        rates, carried.rates[:] = list(carried.rates), []
        carried.at = {3: KeyboardInterrupt("stopped"), 6: KeyboardInterrupt("stopped")}
        lines = []
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                search("samples/reviews", out=tmp_path / "out", resume=True, **{**self.GIVEN, "say": lines.append})
        noted = json.loads((tmp_path / "out" / "search.json").read_text())
        assert [trial["state"] for trial in noted["trials"]][-1] == "begun"
        again = search("samples/reviews", out=tmp_path / "out", resume=True, **self.GIVEN)
        assert "The search goes on with resume=True (--resume)." in lines
        assert carried.rates == [*rates[:3], rates[2], *rates[3:5], rates[4], *rates[5:]]
        assert again.trials == whole.trials
        more = search("samples/reviews", out=tmp_path / "out", resume=True, **{**self.GIVEN, "trials": 9})
        assert len(more.trials) == 9 and more.trials[:5] == whole.trials[:5]

    def test_the_best_one_stays(self, carried, tmp_path):
        found = search("samples/reviews", out=tmp_path, **self.GIVEN)
        folders = [path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("runs/*/*")]
        assert folders == [found.best.run.folder]

    def test_trials_are_stopped_early_unless_they_are_not_to_be(self, carried, tmp_path):
        found = search("samples/reviews", out=tmp_path / "out", **{**self.GIVEN, "trials": 12})
        stopped = [trial for trial in found.trials if trial.state == STOPPED]
        assert stopped and all(len(trial.epochs) < 3 and trial.run is None for trial in stopped)
        assert f"Stopped early, below the median of the others: {len(stopped)} of 12." in found.verdict
        whole = search("samples/reviews", out=tmp_path / "whole", **{**self.GIVEN, "trials": 12, "prune": False})
        assert {trial.state for trial in whole.trials} == {ENDED}

    def test_failures_are_named(self, carried, tmp_path):
        def nan(name, seed):
            return record(name, seed, unlearned="Training stops before any epoch has ended: the loss became nan.")

        carried.fails = lambda rate: nan if rate > 3e-3 else None
        carried.at = {2: ValueError("`reinit_layers` must be 0")}
        found = search("samples/reviews", out=tmp_path, **{**self.GIVEN, "trials": 9})
        failed = [trial for trial in found.trials if trial.state == FAILED]
        assert len(failed) > 1 and failed[0].why == "`reinit_layers` must be 0" and found.best.state == ENDED
        assert all(f"{trial.name} failed: {trial.why}" in found.verdict for trial in failed)
        assert "failed" in found.to_frame()["state"].tolist()

    def test_a_score_that_is_no_number_is_no_score(self, carried, tmp_path):
        def scored(name, seed):
            return dataclasses.replace(record(name, seed), scores={"f1": 0.1})

        carried.fails = lambda rate: scored if len(carried.rates) == 2 else None
        found = search("samples/reviews", out=tmp_path, **self.GIVEN)
        assert found.trials[1].state == FAILED and found.trials[1].why == "Its accuracy is no number."

    def test_where_all_fail_it_ends(self, carried, tmp_path):
        carried.fails = lambda rate: lambda name, seed: record(name, seed, unlearned="The loss became nan.")
        with pytest.raises(ValueError, match=r"each trial so far failed.*The loss became nan"):
            search("samples/reviews", out=tmp_path, **self.GIVEN)
        assert len(carried.rates) == 3

    def test_a_trial_that_learned_nothing_is_not_the_best(self, carried, tmp_path):
        carried.fails = lambda rate: (
            (lambda name, seed: record(name, seed, 0.99, unlearned="It gives every dev row the same answer."))
            if rate > 1e-3
            else None
        )
        found = search("samples/reviews", out=tmp_path, **self.GIVEN)
        assert found.recipe.learning_rate <= 1e-3 and "learned nothing" in str(found)

    def test_a_space_that_is_spent(self, carried, tmp_path):
        lines = []
        given = {**self.GIVEN, "space": {"batch_size": [16, 32, 64]}, "say": lines.append}
        found = search("samples/reviews", out=tmp_path, **given)
        assert len(found.trials) == 3 and "Nothing new was drawn: 3 trials are what the space has." in lines

    def test_one_process_at_a_time(self, carried, tmp_path):
        with held("out", tmp_path / "out" / "runs"):
            with pytest.raises(FileExistsError, match="be a folder that no other run is writing"):
                search("samples/reviews", out=tmp_path / "out", **self.GIVEN)

    def test_the_best_are_compared_with_other_seeds(self, carried, tmp_path, monkeypatch):
        asked = []

        def compare(task, ways, out, **options):
            asked.append((list(ways), list(options["seeds"]), options["baseline"], out.name))
            return comparison({name: [0.5 + 0.1 * place] * 2 for place, name in enumerate(ways)})

        monkeypatch.setattr(search_module, "compare", compare)
        found = search("samples/reviews", out=tmp_path, **self.GIVEN, seeds=2)
        [(names, seeds, baseline, folder)] = asked
        assert names[0] == baseline == "as given" and len(names) == 4 and seeds == [1, 2] and folder == "again"
        assert found.best.name == names[-1]  # by the other seeds, not by the score that it was chosen by
        assert any("With 2 other seeds the mean" in sentence for sentence in found.verdict)

    @pytest.mark.parametrize(
        "change, error, said",
        [
            ({"trials": 0}, ValueError, "`trials` must be at least 1"),
            ({"seeds": 0}, ValueError, "`seeds` must be at least 1"),
            ({"prune": 1}, TypeError, "`prune` must be True or False"),
            ({"search_seed": -1}, ValueError, "`search_seed` must be"),
            ({"resume": None}, TypeError, "`resume` must be True or False"),
            ({"recipe": {"epochs": 2}}, TypeError, "`recipe` must be a bk.Recipe"),
            ({"task": "samples/revews"}, ValueError, "Did you mean"),
            ({"encoder": None}, ValueError, "`encoder` must be given"),
            ({"n_trials": 3}, TypeError, "The keyword is trials"),
            ({"learning_rate": 1e-5}, TypeError, r"Pass recipe=bk\.Recipe\(learning_rate=…\)"),
        ],
    )
    def test_mistakes_cost_nothing(self, carried, tmp_path, change, error, said):
        with pytest.raises(error, match=said):
            search(**{"task": "samples/reviews", **self.GIVEN, "out": tmp_path / "out", **change})
        assert carried.rates == [] and not (tmp_path / "out").exists()
