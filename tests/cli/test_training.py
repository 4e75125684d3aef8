"""`bert-keras finetune`: what it trains with, the flow from a run to a served model, mistakes, an interruption."""

import dataclasses
import json
import os
import re
import time

import pytest
import warm_python
from commands import failed
from typer.testing import CliRunner

import bert_keras as bk
import bert_keras.cli.looking_ahead
import bert_keras.running.training_run.run
from bert_keras.cli.app import say
from bert_keras.cli.main import app
from bert_keras.training.checkpoints import WITHIN


class TestFinetune:
    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, tmp_path_factory, encoder):
        """A run as a user starts it: its folder, and what it said."""
        out = tmp_path_factory.mktemp("finetune") / "run"
        options = ["--epochs", "1", "--batch-size", "16", "--seq-length", "24", "--limit", "16", "--seed", "5"]
        given = ["finetune", "samples/reviews", "--encoder", encoder, "--out", out, "--native", *options]
        done = CliRunner().invoke(app, list(map(str, [*given, "--learning-rate", "0.002"])))
        assert done.exit_code == 0, done.output
        return out, done.output

    def test_it_trains_with_what_was_said(self, run):
        folder, said = run
        config = json.loads((folder / "config.json").read_text())
        recipe = {name: config["recipe"][name] for name in ("epochs", "batch_size", "learning_rate", "seed", "native")}
        assert recipe == {"epochs": 1, "batch_size": 16, "learning_rate": 0.002, "seed": 5, "native": True}
        assert config["seq_length"] == 24 and config["limit"] == 16 and config["native"] is True
        assert "samples/reviews: 16 train, 56 validation" in said and "padding: " in said and "epoch 1/1" in said

    def test_the_flow(self, run, command, tmp_path):
        folder, _ = run
        metrics = json.loads((folder / "metrics.json").read_text())
        status, out, _ = command("evaluate", folder, "--json")
        scores = json.loads(out)
        assert status == 0 and (scores.pop("part"), scores.pop("rows")) == ("validation", 56)
        assert scores == pytest.approx(metrics, abs=1e-12)
        status, out, _ = command("evaluate", folder)
        assert status == 0 and out.startswith("validation: 56 rows\n")
        assert re.search(rf"^accuracy +{metrics['accuracy']:.4f}$", out, re.M)
        status, out, _ = command("evaluate", folder, "--part", "test", "--json")
        assert status == 0 and set(json.loads(out)) == {"part", "rows", "accuracy", "f1"}
        status, out, _ = command("predict", folder, "Not once did it fail.")
        assert status == 0 and json.loads(out)["text"] == "Not once did it fail."
        status, out, _ = command("export", folder, tmp_path / "served")
        assert status == 0 and out == f"{tmp_path / 'served'}\n" and (tmp_path / "served" / "saved_model.pb").is_file()
        failed(command("export", folder, tmp_path / "served"), "`out` must be new or empty")

    def test_mistakes(self, run, command, encoder, tmp_path):
        def said(*patterns, task="samples/reviews", given=encoder, out=tmp_path / "out", more=()):
            failed(command("finetune", task, "--encoder", given, "--out", out, *more), *patterns)

        said("Did you mean .*mrpc", task="glue/mrcp")
        said("Did you mean 'samples/reviews'", task="sample/reviews")
        said("Did you mean .*bert_en_uncased_L-12_H-768_A-12", given="bert_en_uncased_L-12_H-768_A-1")
        said("`epochs` must be at least 1", more=["--epochs", "0"])
        said("`limit` must be at least 1", more=["--limit", "-3"])
        said("--resume .*--overwrite", out=run[0])
        said("not be given together with overwrite", more=["--resume", "--overwrite"])
        said("`out` must be writable.*Nothing was written", out="/proc/model")
        said(r"SavedModel|saved_model.pb", given=tmp_path)
        said(r"hold the train split of 'mrpc'.*Leave data_dir out", task="glue/mrpc", more=["--data-dir", tmp_path])
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize(
        ("given", "wanted"),
        [
            ((), "x"),
            (("--preprocessor", "p/1"), {"handle": "x", "preprocessor": "p/1"}),
            (
                ("--preprocessor", "p/1", "--layers", 2, "--trust"),
                {"handle": "x", "trust": True, "num_layers": 2, "preprocessor": "p/1"},
            ),
        ],
    )
    def test_what_a_run_begins_with(self, command, tmp_path, monkeypatch, given, wanted):
        begun = []
        monkeypatch.setattr(bert_keras.cli.looking_ahead, "look_at_run", lambda *given: None)
        for name in ("finetune", "fit-few"):
            function = name.replace("-", "_")
            monkeypatch.setattr(bk, function, lambda task, encoder, *rest, **options: begun.append(encoder))
            assert command(name, "samples/reviews", "--encoder", "x", "--out", tmp_path / "out", *given)[0] == 0
        assert begun == [wanted, wanted]

    @pytest.mark.parametrize("sentence", [(), ("of a run that has said where it stands",)])
    def test_an_interruption_before_training_is_said(self, command, encoder, tmp_path, monkeypatch, sentence):
        def interrupt(*args, **kwargs):
            raise KeyboardInterrupt(*sentence)

        monkeypatch.setattr(bert_keras.running.training_run.run, "load_run_encoder", interrupt)
        status, _, err = command("finetune", "samples/reviews", "--encoder", encoder, "--out", tmp_path / "out")
        assert status == 130
        assert err == ("" if sentence else "bert-keras: interrupted before training began.\n")

    def test_a_process_that_is_told_to_end_says_how_to_go_on(self, encoder, tmp_path):
        out, said = tmp_path / "out", tmp_path / "said"
        given = ["--encoder", encoder, "--out", out, "--native", "--batch-size", 1, "--seq-length", 24]
        with open(said, "w") as file:
            arguments = (
                "-m",
                "bert_keras",
                "finetune",
                "samples/reviews",
                *given,
                "--epochs",
                50,
                "--checkpoint-every",
                "1 step",
            )
            process = warm_python.start(*arguments, stdout=file, stderr=file)
            end = time.monotonic() + 300
            while not (out / "checkpoints" / WITHIN).exists() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            process.terminate()
            assert process.wait(120) == 143, said.read_text()
        last = said.read_text().splitlines()[-1]
        assert re.fullmatch(r"interrupted by SIGTERM: --resume .* goes on after step \d+ of epoch 1", last)


class TestOptions:
    """What the options become, without a run."""

    RECIPE = bk.Recipe(
        epochs=2,
        batch_size=12,
        learning_rate=3e-4,
        warmup_share=0.2,
        weight_decay=0.03,
        clip_norm=0.5,
        adam_epsilon=1e-6,
        dropout=0.25,
        freeze="embeddings,0",
        tune="lora",
        lora_rank=4,
        lora_alpha=2.0,
        lora_on="key",
        micro_batches=3,
        precision="bfloat16",
        recompute=True,
        native=True,
        seed=9,
        patience=3,
        checkpoint_every="7 steps",
        layer_decay=0.9,
        reinit_layers=1,
        label_smoothing=0.1,
        teacher="runs/large",
        teacher_share=0.7,
        packed=True,
        pooling="mean",
        r_drop=0.5,
        focal=2.0,
        ema=0.5,
        schedule="cosine",
    )
    DEVICES = bk.Devices(
        strategy="mirrored", worker_timeout=7.0, jit_compile=True, static_shapes=True, steps_per_execution=5
    )

    @pytest.fixture
    def given(self, command, monkeypatch):
        """From a command's arguments to those of `bk.finetune`."""
        calls = []
        monkeypatch.setattr(bk, "finetune", lambda *arguments, **keywords: calls.append((arguments, keywords)))

        def given(*arguments):
            status, _, error = command("finetune", *arguments, "--encoder", "sample", "--out", "O")
            assert status == 0, error
            return calls.pop()

        return given

    def words(self, *objects):
        """Every field of dataclasses as options."""
        for fields in map(dataclasses.asdict, objects):
            for name, value in fields.items():
                yield f"--{name.replace('_', '-')}"
                yield from () if value is True else (value,)

    def test_every_field_of_a_recipe_and_of_devices_is_an_option(self, given):
        for made, other in ((self.RECIPE, bk.Recipe()), (self.DEVICES, bk.Devices())):
            assert all(value != getattr(other, name) for name, value in dataclasses.asdict(made).items())
        (task, encoder, out), keywords = given("samples/reviews", *self.words(self.RECIPE, self.DEVICES))
        assert (task.name, encoder, out) == ("samples/reviews", "sample", "O")
        assert keywords.pop("say") is say
        assert keywords == {"recipe": self.RECIPE, "devices": self.DEVICES, "resume": False, "overwrite": False}

    def test_without_options_all_is_as_without_a_command(self, given):
        (task, *_), keywords = given("samples/reviews")
        assert keywords["recipe"] == bk.Recipe() and keywords["devices"] == bk.Devices()
        for name in ("limit", "split_seed", *task.stored):
            assert getattr(task, name) == getattr(bk.load_task("samples/reviews"), name)

    def test_what_is_said_both_ways_or_in_one_word(self, given):
        _, keywords = given("samples/reviews", "--no-static-shapes", "--resume")
        assert keywords["devices"] == bk.Devices(static_shapes=False)
        assert keywords["resume"] is True and keywords["overwrite"] is False

    def test_a_value_that_is_none_ends_the_command(self, command):
        result = command("finetune", "samples/reviews", "--encoder", "E", "--out", "O", "--strategy", "mirored")
        failed(result, "`strategy` must be one of .*Did you mean 'mirrored'")
