"""`bert-keras compare`: what it passes on, and mistakes."""

import pytest
from commands import failed
from comparisons import record

import bert_keras as bk
import bert_keras.comparing.compare
from bert_keras.cli.comparing import contestants_of, seeds_of

RUNS = ["--run", "low: learning_rate=2e-5", "--run", "high: learning-rate=1e-4 epochs=5 encoder=mine native=yes"]


def test_what_is_passed_on(command, monkeypatch, tmp_path):
    passed = []
    monkeypatch.setattr(bk, "compare", lambda *args, **options: passed.append((args, options)))
    given = ["samples/reviews", *RUNS, "--out", tmp_path, "--encoder", "sample", "--epochs", "2", "--limit", "16"]
    given += ["--seeds", "3,8", "--keep", "none", "--baseline", "low", "--strategy", "one"]
    assert command("compare", *given) == (0, "", "")
    [((task, contestants, out), options)] = passed
    assert task.name == "samples/reviews" and task.limit == 16 and out == str(tmp_path)
    assert contestants["low"] == {"recipe": bk.Recipe(epochs=2, learning_rate=2e-5)}
    assert contestants["high"]["encoder"] == "mine"
    assert contestants["high"]["recipe"] == bk.Recipe(epochs=5, learning_rate=1e-4, native=True)
    assert options["seeds"] == [3, 8] and options["keep"] == "none" and options["baseline"] == "low"
    assert options["encoder"] == "sample" and options["resume"] is False and options["devices"].strategy == "one"


def test_what_it_says_and_leaves(command, monkeypatch, tmp_path):
    """With runs that are not made: `test_compare.py` has those that are."""

    def carry_out(task, contestant, seed, out, say):
        return record(contestant.name, seed, 0.5 + 1e4 * contestant.recipe.learning_rate), "accuracy", 1 / 56

    monkeypatch.setattr(bert_keras.comparing.compare, "carry_out", carry_out)
    given = ["samples/reviews", "--encoder", "sample", "--out", tmp_path / "out", "--seeds", "2", *RUNS]
    status, said, _ = command("compare", *given)
    assert status == 0 and "run 4 of 4: high, seed 1" in said and "\nThe best is high.\n" in said
    assert said.splitlines()[-1] == f"comparison: {tmp_path / 'out' / 'comparison.html'}"
    failed(command("compare", *given), r"Pass --resume")
    status, said, _ = command("compare", *given, "--resume")
    assert status == 0 and "run 1" not in said
    failed(command("compare", *given, "--limit", "30", "--resume"), "must have the same rows, labels and lengths")


@pytest.mark.parametrize(
    "texts, said",
    [
        (["learning_rate=2e-5"], "`run` must be a name, a colon and what it differs in"),
        ([": learning_rate=2e-5"], "`run` must be a name, a colon"),
        (["a: rate"], "of the form field=value"),
        (["a: learning_rat=2e-5"], "Did you mean 'learning_rate'"),
        (["a: seed=3"], "of the form field=value"),
        (["a: epochs=two"], "`epochs` must be a whole number"),
        (["a: native=perhaps"], "`native` must be true or false"),
        (["a: epochs=0"], "`epochs` must be at least 1"),
        (["a: epochs=1", "a: epochs=2"], "have another name each"),
    ],
)
def test_mistakes(texts, said):
    with pytest.raises(ValueError, match=said):
        contestants_of(texts, bk.Recipe())


def test_seeds():
    assert seeds_of("5") == 5 and seeds_of("1, 4") == [1, 4]
    with pytest.raises(ValueError, match="`seeds` must be a number, or numbers with commas"):
        seeds_of("some")
