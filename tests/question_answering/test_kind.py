"""`QUESTION_ANSWERING`: what it holds, and whole runs: folder, files, threshold, own files, export, commands."""

import json
import pathlib
import re

import pytest
import questions
import tensorflow as tf
import tuned
from squad_files import paragraphs, small, write

from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.kind import QUESTION_ANSWERING
from bert_keras.question_answering.question_evaluator import QuestionEvaluator
from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.question_answering.question_task import QuestionTask
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate, write_predictions
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.loading.load import load

RECIPE = Recipe(epochs=2, batch_size=8, learning_rate=5e-3, native=True)


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
    task = load_files({"train": files["train"], "validation": files["dev"]}, **questions.WINDOWS)
    return finetune(task, encoder, out, **{"recipe": RECIPE, "say": lambda line: None, **options})


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


@pytest.mark.thorough(
    "running/training_run/test_run::TestTheSameAgain::test_a_run_that_was_killed_and_resumed_is_equal_to_the_bit"
)
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
    task = load_task(str(files["train"]), split_seed=4, **questions.WINDOWS)
    recipe = Recipe(epochs=1, native=True, seed=1)
    result = finetune(task, encoder, tmp_path / "out", recipe=recipe, say=lambda line: None)
    assert read(result.folder, "config.json")["task"] == "train.json"
    held = set(read(result.folder, "predictions.json"))
    assert held == set(task.rows(("validation",))["validation"].ids)  # whatever the seed of the run
    assert 3 <= len(held) <= 8


def test_questions_that_all_have_answers_need_no_threshold(encoder, tmp_path):
    file = questions.write_json(tmp_path / "all.json", questions.examples(20, impossible=0.0))
    task = load_files(file, **questions.WINDOWS)
    result = finetune(task, encoder, tmp_path / "out", recipe=RECIPE, say=lambda line: None)
    assert set(result.metrics) == {"f1", "exact_match"}
    assert load(result.folder).null_threshold is None
    assert "" not in read(result.folder, "predictions.json").values()


def test_the_folders_of_one_model_and_the_calls_that_read_it(tuned_run, files, tmp_path):
    result, _ = tuned_run
    predictor, texts = load(result.folder), read(result.folder, "predictions.json")
    assert isinstance(predictor, QuestionPredictor) and isinstance(predictor.model, SpanLabeler)
    assert predictor.kind is QUESTION_ANSWERING and load(result.folder, batch_size=3).batch_size == 3
    data = predictor.task_data("validation", str(files["dev"]))
    assert (
        data.settings == {**questions.WINDOWS, "max_answer_length": 30}
        and len(data.split("validation").questions) == 30
    )
    assert evaluate(predictor.model, data) == pytest.approx(result.metrics, abs=1e-5)
    threshold = predictor.null_threshold
    assert evaluate(predictor.model, data, null_threshold=threshold) == pytest.approx(
        QuestionEvaluator(predictor.model, data, "validation", threshold)()
    )
    write_predictions(
        predictor.model, data, tmp_path / "files", null_threshold=threshold
    )  # of "validation", if not said
    assert read(tmp_path / "files", "predictions.json") == texts


def test_a_file_is_the_whole_of_its_part(tuned_run, files):
    predictor = load(tuned_run[0].folder)
    for part in ("train", "validation", "test"):
        data = predictor.task_data(part, str(files["dev"]), trained_rows="keep")
        assert list(data.splits) == [part] and len(data.split(part).questions) == 30


def test_the_exported_model_answers_as_the_folder(tuned_run, tmp_path):
    result, _ = tuned_run
    served = tf.saved_model.load(export(result.folder, tmp_path / "served")).signatures
    dev, predictor = questions.examples(30, 1), load(result.folder)
    strings = {"question": tf.constant(dev.questions), "context": tf.constant(dev.contexts)}
    texts = [text.decode() for text in served["serving_default"](**strings)["answer"].numpy()]
    assert texts == [answer.answer for answer in predictor(dev.questions, dev.contexts)]
    texts = served["with_threshold"](**strings, null_threshold=tf.constant(1e9))["answer"].numpy()
    answers = predictor(dev.questions, dev.contexts, null_threshold=1e9)
    assert [text.decode() for text in texts] == [answer.answer for answer in answers]


def test_a_folder_whose_threshold_is_no_number(encoder, tmp_path):
    folder = questions.write_model(tmp_path / "model", encoder, null_threshold=0.5)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"null_threshold": 0.5', '"null_threshold": "high"'))
    with pytest.raises(ValueError, match=r"'null_threshold' is a finite number, or null.*It is 'high'"):
        load(tuned.without_lists(folder))


def test_its_names_and_files(tmp_path):
    assert QUESTION_ANSWERING.name == "question_answering"
    assert list(QUESTION_ANSWERING.tasks) == ["squad/v1.1", "squad/v2.0", "samples/questions"]
    assert QUESTION_ANSWERING.named("SQuAD/v2.0") == "squad/v2.0" and QUESTION_ANSWERING.named("squad/v3") is None
    write(tmp_path / "train-v2.0.json", small())
    task = QUESTION_ANSWERING.opener("squad/V2.0")(data_dir=tmp_path, limit=2, doc_stride=9)
    assert isinstance(task, QuestionTask) and (task.name, task.limit, task.doc_stride) == ("squad/v2.0", 2, 9)
    assert len(task.rows(("train",))["train"]) == 2
    path = write(tmp_path / "own.json", paragraphs([2, 1]))
    for files in (path, str(path), {"train": path, "test": str(path)}):
        assert QUESTION_ANSWERING.opener(files)(validation_share=0).name == "own.json"
    for other in ("glue/mrpc", "own.jsonl", ["own.json"], {"train": path, "test": "own.csv"}, 3):
        assert QUESTION_ANSWERING.opener(other) is None


def test_files_that_are_no_questions_are_taken_for_tables():
    with pytest.raises(TypeError, match=r"`files` must be a file, a folder, a dict of columns.* Received: files=3"):
        load_files(3)
    with pytest.raises(ValueError, match=r"`label` must name the column of the labels"):
        load_files(["a.json"])
    with pytest.raises(ValueError, match=r"`files` must hold a part or a column. Received: files={}"):
        load_files({})
    match = r"`files` must be by part, out of train, validation, test. Received: files=\['dev'\]"
    with pytest.raises(ValueError, match=match):
        load_files({"dev": "a.json"})
    with pytest.raises(FileNotFoundError, match=r"`path` must be a file in SQuAD's JSON. .*='/no/such.json'"):
        load_files("/no/such.json")


@pytest.mark.parametrize(
    ("task", "fields", "recipe", "words"),
    [
        ("samples/reviews", {"doc_stride": 64}, {}, r"`doc_stride` must be left out for samples/reviews"),
        ("samples/questions", {}, {"dropout": 0.3}, r"`dropout` must be left at 0.1 for samples/questions"),
        ("samples/questions", {"validation": "dev.json"}, {}, r"`validation` must be None for samples/questions"),
        ("missing.json", {}, {}, r"`path` must be a file in SQuAD's JSON. Received: path='missing.json'"),
        ("samples/questions", {"seq_length": 48}, {}, r"`max_query_length` must leave room|`doc_stride`"),
        ("squad/v3", {}, {}, "Did you mean"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(encoder, tmp_path, task, fields, recipe, words):
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=words):
        finetune(load_task(task, **fields), encoder, tmp_path / "out", recipe=Recipe(**recipe), say=lambda line: None)
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
        scores = json.loads(said)
        assert status == 0 and (scores.pop("part"), scores.pop("rows")) == ("validation", 30)
        assert scores == pytest.approx(read(out, "metrics.json"), abs=1e-6)
        status, said, _ = command("evaluate", out, "--task", files["dev"], "--json", "--null-threshold", "1e9")
        assert json.loads(said)["null_threshold"] == 1e9
        status, said, _ = command("predict", out, "what is red?", "the dog is red", "who?", "a cat")
        lines = [json.loads(line) for line in said.splitlines()]
        assert [line["question"] for line in lines] == ["what is red?", "who?"]
        assert lines[0]["answer"] == predictor("what is red?", "the dog is red").answer
        assert list(lines[0]) == ["question", "answer", "score", "start", "end", "null_score"]
        status, said, _ = command("predict", out, "what is red?", "the dog is red", "--top-k", 2)
        assert len(json.loads(said)["answers"]) == 2
        status, said, _ = command(
            "predict", out, "--part", "validation", "--task", files["dev"], "--out", tmp_path / "f"
        )
        assert status == 0 and read(tmp_path / "f", "predictions.json") == read(out, "predictions.json")
        assert command("export", out, tmp_path / "served")[0] == 0

    def test_mistakes(self, command, files, encoder, tmp_path):
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
                ("evaluate", asks, "--task", files["dev"], "--data-dir", tmp_path),
                "`data_dir` must be left out for dev.json",
            ),
            (("evaluate", labels, "--null-threshold", 1), "`null_threshold` must be given to a model of question_ans"),
            (("evaluate", asks, "--null-threshold", "nan"), "`null_threshold` must be a finite number"),
        ]
        for arguments, words in cases:
            status, said, err = command(*arguments)
            assert status == 1 and said == "" and words in err and "Traceback" not in err, (arguments, err)
