"""A whole run of question answering: folder, files, threshold, the same again, own files, and the command line."""

import json
import pathlib
import re

import pytest
import questions
import tuned

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.finetune import finetune
from bert_keras.running.load import load

RECIPE = Recipe(epochs=2, batch_size=8, learning_rate=5e-3, **questions.WINDOWS)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("question finetuning")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def files(place):
    parts = {"train": questions.examples(40), "dev": questions.examples(30, 1)}
    return {name: questions.write_json(place / f"{name}.json", rows) for name, rows in parts.items()}


def run(files, encoder, out, **options):
    given = {"recipe": RECIPE, "native": True, "say": lambda line: None, "validation": files["dev"]}
    return finetune(str(files["train"]), encoder, out, **{**given, **options})


@pytest.fixture(scope="module")
def tuned_run(files, encoder, place):
    lines = []
    return run(files, encoder, place / "run", say=lines.append), lines


def read(folder, name):
    return json.loads((pathlib.Path(folder) / name).read_text(encoding="utf-8"))


def test_the_folder_holds_the_model_its_threshold_and_the_three_files(tuned_run, files):
    result, _ = tuned_run
    config, metrics = read(result.folder, "config.json"), read(result.folder, "metrics.json")
    assert config["kind"] == "question_answering" and config["task"] == "train.json+dev.json"
    assert {name: config[name] for name in questions.WINDOWS} == questions.WINDOWS
    assert config["max_answer_length"] == 30 and config["has_impossible"] is True
    assert config["null_threshold"] == metrics["null_threshold"] == load(result.folder).null_threshold
    assert metrics == result.metrics and {"f1", "exact_match", "no_answer_f1", "f1_at_zero"} < set(metrics)
    names = {row["id"] for row in json.loads(files["dev"].read_text())["data"][0]["paragraphs"][0]["qas"]}
    for name in ("predictions.json", "nbest_predictions.json", "null_odds.json"):
        assert len(read(result.folder, name)) == 30 and names < set(read(result.folder, name))
    odds, texts = read(result.folder, "null_odds.json"), read(result.folder, "predictions.json")
    assert all((texts[name] == "") == (odds[name] > config["null_threshold"]) for name in odds)


def test_progress_says_what_is_trained_and_the_scores_of_each_epoch(tuned_run):
    result, lines = tuned_run
    assert any(re.fullmatch(r"  train: \d\d windows of 40 questions", line) for line in lines), lines
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert len(epochs) == 2 and all("val_f1 " in line and "val_exact_match " in line for line in epochs)
    assert result.best_epoch == 1 + max((0, 1), key=lambda n: (result.history[n]["logs"]["val_f1"], n))


def test_the_loaded_model_answers_as_the_trained_one(tuned_run, files):
    result, _ = tuned_run
    predictor, texts = load(result.folder), read(result.folder, "predictions.json")
    dev = questions.examples(30, 1)
    answers = predictor(dev.questions, dev.contexts)
    assert {name: answer.answer for name, answer in zip(dev.ids, answers, strict=True)} == texts


def test_the_same_run_again_and_a_resumed_one_are_equal_to_the_bit(tuned_run, files, encoder, tmp_path):
    class Stop(Exception):
        pass

    def stop_after_one_epoch(line):
        if line.startswith("epoch 2/2") or "epoch 2/2" in line:
            raise Stop

    first, _ = tuned_run
    with pytest.raises(Stop):
        run(files, encoder, tmp_path / "out", say=stop_after_one_epoch)
    resumed = run(files, encoder, tmp_path / "out", resume=True)
    assert resumed.history == first.history
    assert tuned.same_weights(pathlib.Path(resumed.folder), pathlib.Path(first.folder))


def test_one_file_gives_its_dev_part_by_whole_contexts(files, encoder, tmp_path):
    result = run(files, encoder, tmp_path / "out", validation=None, recipe=Recipe(epochs=1, **questions.WINDOWS))
    config = read(result.folder, "config.json")
    assert config["task"] == "train.json"
    held = len(read(result.folder, "predictions.json"))
    assert 4 <= held <= 8


def test_questions_that_all_have_answers_need_no_threshold(encoder, tmp_path):
    file = questions.write_json(tmp_path / "all.json", questions.examples(20, impossible=0.0))
    result = finetune(file, encoder, tmp_path / "out", recipe=RECIPE, say=lambda line: None)
    assert set(result.metrics) == {"f1", "exact_match"}
    assert load(result.folder).null_threshold is None
    assert "" not in read(result.folder, "predictions.json").values()


@pytest.mark.parametrize(
    ("task", "options", "words"),
    [
        ("samples/reviews", {"recipe": Recipe(doc_stride=64)}, r"`doc_stride` must be left at 128 for samples/reviews"),
        ("samples/questions", {"recipe": Recipe(dropout=0.3)}, r"`dropout` must be left at 0.1 for samples/questions"),
        ("samples/questions", {"validation": "dev.json"}, r"`validation` must be None for samples/questions"),
        ("missing.json", {"recipe": RECIPE}, r"`path` must be a file in SQuAD's JSON. Received: path='missing.json'"),
        ("samples/questions", {"recipe": Recipe(seq_length=48)}, r"`max_query_length` must leave room|`doc_stride`"),
        ("squad/v3", {}, "Did you mean"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(encoder, tmp_path, task, options, words):
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        finetune(task, encoder, tmp_path / "out", say=lambda line: None, **options)
    assert not (tmp_path / "out").exists()


class TestCommandLine:
    def test_finetune_evaluate_predict_export(self, command, files, encoder, tmp_path):
        out = tmp_path / "out"
        sizes = [f"--{name.replace('_', '-')}={value}" for name, value in questions.WINDOWS.items()]
        status, said, err = command(
            *("finetune", files["train"], "--validation", files["dev"], "--encoder", encoder, "--out", out),
            *("--epochs", 1, "--batch-size", 8, "--max-answer-length", 5, *sizes),
        )
        assert status == 0 and "model folder" in said, err
        status, said, _ = command("evaluate", out, "--task", files["dev"], "--json")
        predictor = load(out)
        assert status == 0 and json.loads(said) == pytest.approx(read(out, "metrics.json"), abs=1e-6)
        status, said, _ = command("evaluate", out, "--task", files["dev"], "--json", "--null-threshold", "1e9")
        assert json.loads(said)["null_threshold"] == 1e9
        status, said, _ = command("predict", out, "what is red?", "the dog is red", "who?", "a cat")
        told = [json.loads(line) for line in said.splitlines()]
        assert [line["question"] for line in told] == ["what is red?", "who?"]
        assert told[0]["answer"] == predictor("what is red?", "the dog is red").answer
        assert list(told[0]) == ["question", "answer", "score", "start", "end", "null_score"]
        status, said, _ = command("predict", out, "what is red?", "the dog is red", "--top-k", 2)
        assert len(json.loads(said)["answers"]) == 2
        status, said, _ = command(
            "predict", out, "--part", "validation", "--task", files["dev"], "--out", tmp_path / "f"
        )
        assert status == 0 and read(tmp_path / "f", "predictions.json") == read(out, "predictions.json")
        assert command("export", out, tmp_path / "served")[0] == 0

    def test_mistakes(self, command, encoder, place, tmp_path):
        asks = questions.write_model(tmp_path / "asks", encoder)
        labels = tuned.write_model(tmp_path / "labels", encoder)
        cases = [
            (("predict", asks, "who?"), "`TEXT` must come in pairs for this model"),
            (("predict", labels, "a", "--top-k", 2), "`top_k` must be given to a model of question_answering only"),
            (("evaluate", asks, "--task", "samples/reviews"), "`task` must be of the kind question_answering"),
            (("evaluate", labels, "--task", "squad/v1.1"), "`task` must be of the kind text_classification"),
            (("predict", asks, "who?", " "), "`context` must have a visible character"),
            (
                ("predict", asks, "--part", "test", "--out", tmp_path, "--top-k", 2),
                "--top-k belongs to questions given here",
            ),
            (
                ("evaluate", asks, "--task", "a.json", "--data-dir", tmp_path),
                "`data_dir` must be None for a file of your own",
            ),
            (("evaluate", labels, "--null-threshold", 1), "`null_threshold` must be None for a task without questions"),
            (("evaluate", asks, "--null-threshold", "nan"), "`null_threshold` must be a finite number"),
        ]
        for arguments, words in cases:
            status, said, err = command(*arguments)
            assert status == 1 and said == "" and words in err and "Traceback" not in err, (arguments, err)
