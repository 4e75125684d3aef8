"""A whole run of tagging: folder, scores, the same again, own files, and the command line up to a served model."""

import json
import pathlib

import another_process
import pytest
import tagging
import tensorflow as tf
import tuned

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.find_task import find_task
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate, evaluator, write_predictions
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.loading.load import load
from bert_keras.token_classification.kind import TOKEN_CLASSIFICATION
from bert_keras.token_classification.load_tagging import load_tagging
from bert_keras.token_classification.tag_evaluator import TagEvaluator

RECIPE = Recipe(epochs=3, batch_size=8, learning_rate=3e-2, native=True)
SERVE = """
import json, sys
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1])
found = served.signatures["serving_default"](text=tf.constant(json.load(sys.stdin)))
print(json.dumps([[entry.decode() for entry in row if entry] for row in found["entity"].numpy().tolist()]))
assert "bert_keras" not in sys.modules
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("tag finetuning")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def corpus(place):
    folder = place / "corpus"
    folder.mkdir()
    for name, rows in {
        "train": tagging.sentences(160),
        "dev": tagging.sentences(20, 1),
        "test": tagging.sentences(20, 2),
    }.items():
        (folder / f"{name}.conll").write_text(tagging.text_of(rows), encoding="utf-8")
    return folder


def run(corpus, encoder, out, say=lambda line: None, **options):
    task = load_files(corpus, **{"seq_length": 16, **options})
    return finetune(task, encoder, out, recipe=RECIPE, say=say)


@pytest.fixture(scope="module")
def tuned_run(corpus, encoder, place):
    lines = []
    return run(corpus, encoder, place / "run", say=lines.append), lines


def read(folder, name):
    return json.loads((pathlib.Path(folder) / name).read_text(encoding="utf-8"))


def test_the_folder_holds_tags_in_order_scores_and_the_sentences_facts(tuned_run):
    result, lines = tuned_run
    config = read(result.folder, "config.json")
    assert (config["kind"], config["task"], config["scheme"]) == ("token_classification", "corpus/", "bio")
    assert config["labels"] == list(tagging.TAGS) and config["metric_names"] == ["f1", "precision", "recall"]
    kept = {"label_pieces": "first", "tag_column": -1, "repair": False, "seq_length": 16, "num_classes": 5}
    assert {name: config[name] for name in kept} == kept
    assert read(result.folder, "metrics.json") == result.metrics and {"f1", "f1_THING"} < set(result.metrics)
    assert result.metrics["f1"] == max(entry["logs"]["val_f1"] for entry in result.history) > 0.1
    assert "  5 tags (bio): O B-ANIMAL I-ANIMAL B-THING I-THING" in lines
    assert any(line.startswith("  train: ") and "several windows" in line for line in lines)


@pytest.mark.thorough("running/training_run/test_run::TestTheSameAgain::test_another_run_is_equal_to_the_bit")
def test_a_second_run_is_equal_to_the_bit(tuned_run, corpus, encoder, place):
    result, _ = tuned_run
    again = run(corpus, encoder, place / "again")
    assert again.metrics == result.metrics
    assert tuned.same_weights(pathlib.Path(result.folder), pathlib.Path(again.folder))


def test_the_command_line_trains_evaluates_predicts_and_exports(corpus, encoder, place, command):
    out, served = place / "cli", place / "served"
    sizes = ["--epochs", 2, "--batch-size", 8, "--learning-rate", "3e-2", "--seq-length", 16]
    files = [corpus / "train.conll", "--validation", corpus / "dev.conll"]
    code, said, error = command(
        "finetune", *files, "--encoder", encoder, "--out", out, *sizes, "--label-pieces", "all", "--native"
    )
    assert code == 0, error
    assert "token" in read(out, "config.json")["kind"] and read(out, "config.json")["label_pieces"] == "all"
    code, said, error = command("evaluate", out, "--task", corpus, "--part", "test")
    assert code == 0 and said.startswith("test: 20 rows of corpus/, as in training\n")
    asked = ("evaluate", out, "--task", corpus / "test.conll", "--part", "test")
    code, said, error = command(*asked)
    assert code != 0 and "'2 of 20'" in error  # short sentences that stand in the train part, too
    code, scores, error = command(*asked, "--trained-rows", "keep", "--json")
    assert code == 0, error
    assert {"f1", "precision", "recall"} < set(json.loads(scores)) and json.loads(scores)["rows"] == 20
    code, said, error = command(*asked, "--trained-rows", "leave_out")
    assert code == 0 and said.startswith("test: 18 rows of test.conll, without 2 that it was trained on\n")
    code, said, error = command("evaluate", out)
    assert code != 0 and "which is not here: pass that (--task FILE)" in error
    text = "the new dog is not in the house. very good film, one tree"
    code, said, error = command("predict", out, text)
    predictor = load(out)
    entries = json.loads(said)["entities"]
    assert [entry["text"] for entry in entries] == [one.text for one in predictor(text)]
    assert all(text[entry["start"] : entry["end"]] == entry["text"] for entry in entries)
    code, said, error = command("predict", out, "--part", "test", "--task", corpus, "--out", place / "written")
    assert code == 0 and said.strip() == str(place / "written" / "test.conll")
    code, said, error = command("export", out, served)
    assert code == 0, error
    answers = another_process.run(SERVE, str(served), stdin=json.dumps([text, ""]))
    assert json.loads(answers) == [[one.text for one in predictor(text)], []]


def test_a_model_folder_is_read_with_its_settings(tuned_run, corpus):
    predictor = load(tuned_run[0].folder)
    data = predictor.task_data("validation", corpus)
    assert data.config() == {name: predictor.config[name] for name in data.config()}
    assert evaluate(predictor.model, data) == pytest.approx(tuned_run[0].metrics)
    with pytest.raises(ValueError, match="is not here: pass that"):
        predictor.task_data("validation")


def test_a_model_is_not_evaluated_on_tags_that_it_has_not(tuned_run, place):
    other = place / "other.conll"
    other.write_text("dog B-COLOUR\ndog O\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"be the labels of the model: O, B-ANIMAL.*B-COLOUR.*line 1 of other.conll"):
        load(tuned_run[0].folder).task_data("test", other)


def test_repaired_tags_and_other_columns_are_fields_of_the_task(encoder, place):
    path = place / "columns.conll"
    sentences = tagging.sentences(40)
    rows = zip(sentences.words, sentences.tags, strict=True)
    lines = ["".join(f"{w} x {t.replace('B-', 'I-')} y\n" for w, t in zip(*row, strict=True)) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    options = {"tag_column": "kind", "columns": ["word", "a", "kind", "b"], "repair": True, "scheme": "bio"}
    result = run(path, encoder, place / "columns", label_pieces="all", **options)
    config = read(result.folder, "config.json")
    assert (config["tag_column"], config["repair"], config["label_pieces"]) == ("kind", True, "all")
    data = load(result.folder).task_data("test", path, trained_rows="keep")
    assert len(data.split("test").sentences) == 40 and data.label_names == tagging.TAGS


def test_a_folder_of_a_model_is_loaded_and_exported(encoder, place):
    folder = tagging.write_model(place / "random head", encoder)
    predictor = load(folder, batch_size=4)
    both = (
        [(one.label, *one.words) for text in own(tagging.TEXTS) for one in text] for own in (predictor, load(folder))
    )
    assert next(both) == next(both) != []
    served = tf.saved_model.load(export(predictor, place / "random head served")).signatures["serving_default"]
    outputs = served(text=tf.constant(tagging.TEXTS))
    assert outputs["count"].numpy().tolist() == [len(entities) for entities in predictor(tagging.TEXTS)]


def test_scores_and_files_of_predictions_go_through_the_kind(encoder, place, tmp_path):
    model = tagging.with_random_head(load_encoder(encoder))
    data = tagging.tagging_data(model.encoder)
    assert isinstance(evaluator(model, data), TagEvaluator)
    assert evaluate(model, data) == TagEvaluator(model, data, "validation")()
    assert write_predictions(model, data, tmp_path, "validation") == [str(tmp_path / "validation.conll")]
    with pytest.raises(ValueError, match="`null_threshold` must be None"):
        evaluate(model, data, null_threshold=0.0)


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"doc_stride": 5}, TypeError, r"`doc_stride` must be left out for corpus/, of token_classification"),
        ({"data_dir": "x"}, ValueError, r"`data_dir` must be None but for 'conll2003'"),
        ({"tag_column": 5}, ValueError, r"`tag_column` must be between -2 and 1"),
    ],
)
def test_what_has_no_use_is_refused(corpus, encoder, tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        run(corpus, encoder, tmp_path / "none", **options)


def test_only_taggers_take_the_fields_of_tags():
    with pytest.raises(TypeError, match="`label_pieces` must be left out for samples/reviews"):
        tuned.reviews_task(label_pieces="all")


def test_names_files_and_folders_are_tasks_of_this_kind(corpus, tmp_path):
    (tmp_path / "my.conll").write_text("Ann B-PER\n", encoding="utf-8")
    for task in ("conll2003", "CoNLL2003", "samples/entities", str(corpus), corpus, tmp_path / "my.conll"):
        assert load_task(task).kind == "token_classification"
    assert load_files(tagging.ROWS).kind == load_files(tagging.ROWS["train"]).kind == "token_classification"
    (tmp_path / "texts" / "train" / "good").mkdir(parents=True)
    assert find_task(tmp_path / "texts")[0] == "text_classification"  # a folder of folders of texts
    assert TOKEN_CLASSIFICATION.named("CoNLL2003") == "conll2003" and TOKEN_CLASSIFICATION.named("conll2004") is None
    several = {"train": "a.conll", "test": corpus, "validation": tagging.ROWS["train"]}
    for source in ("my.conll", "my.BIO", "my.iob2", "corpus/", corpus, tagging.ROWS, tagging.ROWS["train"], several):
        assert TOKEN_CLASSIFICATION.opener(source) is not None
    for source in (
        "a.csv",
        "a.json",
        "a.txt",
        ["Good."],
        [("Good.", "yes")],
        {"train": "a.conll", "test": "a.csv"},
        None,
    ):
        assert TOKEN_CLASSIFICATION.opener(source) is None
    with pytest.raises(ValueError, match=r"conll2003, samples/entities.*\.conll, \.conllu, .*Did you mean 'conll2003'"):
        load_task("conll2004")


def test_a_task_by_its_name_is_that_of_its_loader(encoder):
    tokenizer = load_encoder(encoder).tokenizer
    one, other = load_task("samples/entities", tokenizer), load_tagging("samples/entities", tokenizer)
    assert one.split("train").labels.to_list() == other.split("train").labels.to_list()
    assert one.config() == other.config()
    changed = load_task("samples/entities", tokenizer, label_pieces="all", seq_length=32, parts=("test",))
    assert (changed.label_pieces, changed.seq_length, list(changed.splits)) == ("all", 32, ["test"])
