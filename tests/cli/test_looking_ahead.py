"""Arguments at fault are answered before TensorFlow, Keras or pandas is loaded, in the library's own words."""

import json
import re
import subprocess
import sys

import choices
import pytest
import tables
import tuned

import bert_keras as bk
from bert_keras.cli.looking_ahead import check_by_class, look_at_options

CODE = """
import sys
sys.argv = ["bert-keras", *sys.argv[1:]]
from bert_keras.cli import main
try:
    main()
finally:
    loaded = [name for name in ("tensorflow", "keras", "pandas") if name in sys.modules]
    print("loaded:", loaded, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_encoder):
    place = tmp_path_factory.mktemp("looking_ahead")
    tables.write_csv(place / "mine.csv")
    tuned.write_model(place / "model", tiny_encoder)
    tuned.write_model(place / "number", tiny_encoder, "regression")
    (place / "names.conll").write_text("Ann B-PER\nsings O\n\nBob B-PER\nsleeps O\n")
    questions = [{"context": "Ann sings.", "question": "Who sings?", "answers": {"text": ["Ann"], "answer_start": [0]}}]
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    tags = [{"tokens": ["Ann", "sings"], "ner_tags": ["B-PER", "O"]}]
    (place / "tags.jsonl").write_text("\n".join(map(json.dumps, tags)))
    choices.write_swag(place / "swag.csv", choices.rows(4))
    (place / "full").mkdir()
    (place / "full" / "thesis.txt").write_text("not ours")
    return place


RUN = ["--encoder", "sample", "--out", "out"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["finetune", "mine.csv", *RUN, "--text-column", "reviw"],
            "`text` must be a column of mine.csv.*Did you mean 'review'",
        ),
        (["finetune", "mine.csv", *RUN, "--label-column", "a,stars"], "`label` must be a column of mine.csv"),
        (["finetune", "main.csv", *RUN], "must be a file that is there.*Did you mean 'mine.csv'"),
        (["finetune", "glue/mrcp", *RUN], "Did you mean 'mrpc'"),
        (["finetune", "mine.csv", "--encoder", "sampel", "--out", "out"], "must be an encoder of the catalogue"),
        (
            ["finetune", "mine.csv", "--encoder", "sample", "--out", "full"],
            r"It holds \['thesis.txt'\], not of bert_keras",
        ),
        (["finetune", "mine.csv", "--encoder", "sample", "--out", "model"], "must be new or empty.*--overwrite"),
        (["finetune", "mine.csv", *RUN, "--seq-length", "600"], "`seq_length` must be between 3 and 512"),
        (["finetune", "mine.csv", *RUN, "--validation-share", "1.5"], "`validation_share` must be"),
        (["finetune", "mine.csv", *RUN, "--learning-rate", "-1"], "`learning_rate` must be"),
        (
            ["finetune", "mine.csv", *RUN, "--resume", "--overwrite"],
            "`resume` must not be given together with overwrite",
        ),
        (["evaluate", "nothing"], "There is no such folder"),
        (["serve", "nothing"], "There is no such folder"),
        (["serve", "model", "--name", "a/b"], "`name` must be of letters"),
        (["serve", "model", "--batch-rows", "0"], "`batch_rows` must be at least 1"),
        (["evaluate", "model", "--part", "dev"], "`part` must be one of 'train', 'validation', 'test'"),
        (
            ["evaluate", "model", "--trained-rows", "drop"],
            "`trained_rows` must be one of 'refuse', 'leave_out', 'keep'",
        ),
        (["predict", "full", "a text"], "must be a model folder of bert_keras"),
        (["export", "model", "full"], "`out` must be new or empty"),
        (
            ["export", "model", "new", "--to", "onx"],
            "`to` must be one of 'savedmodel', 'huggingface', 'onnx'",
        ),
        (["export", "model", "new", "--opset", "17"], "`opset` must be left out with to='savedmodel'"),
        (
            ["export", "model", "new", "--to", "huggingface", "--data", "a.csv"],
            "`data` must be left out with to='huggingface'. .* It belongs to 'onnx' and 'litert'",
        ),
        (["export", "nothing", "new", "--to", "litert"], "There is no such folder"),
        (
            ["finetune", "mine.csv", *RUN, "--text-column", "review", "--doc-stride", "9"],
            "`doc_stride` must be left out for mine.csv, of text_classification, which takes limit, seq_length, ",
        ),
        (["finetune", "names.conll", *RUN, "--max-answer-length", "9"], "left out for names.conll, of token_class"),
        (["finetune", "tags.jsonl", *RUN, "--long-text", "windows"], "left out for tags.jsonl, of token_class"),
        (["finetune", "questions.jsonl", *RUN, "--label-pieces", "all"], "left out for questions.jsonl, of question_"),
        (["finetune", "swag.csv", *RUN, "--scheme", "bio"], "left out for swag.csv, of multiple_choice"),
        (["finetune", "glue/mrpc", *RUN, "--tag-column", "2"], "left out for glue/mrpc, of text_classification"),
        (["finetune", "squad/v1.1", *RUN, "--max-windows", "2"], "left out for squad/v1.1, of question_answering"),
        (["finetune", "names.conll", *RUN, "--class-weight", "balanced"], "`class_weight` must be left out for names"),
        (["finetune", "mine.csv", *RUN, "--limit", "0"], "`limit` must be at least 1"),
        (["finetune", "mine.csv", *RUN, "--long-text", "window"], "must be one of 'truncate', 'windows'.*Did you mean"),
        (
            [
                *("finetune", "mine.csv", *RUN, "--text-column", "review", "--label-column", "stars"),
                *("--label-names", "good,bad"),
            ],
            r"mine.csv, line \d+: `label` must be one of the classes that are given, 'good', 'bad'. .*'so so'",
        ),
        (["evaluate", "number", "--by-class"], "`by_class` must be False but for classifiers.*This is of a number"),
        (["evaluate", "model", "--null-threshold", "1"], "to a model of question_answering only"),
        (["predict", "model", "a text", "--top-k", "2"], "`top_k` must be given to a model of question_answering only"),
    ],
    ids=lambda value: " ".join(value[:1]) if isinstance(value, list) else "",
)
def test_a_mistake_is_said_before_anything_heavy_is_loaded(folder, arguments, said):
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    message, loaded = done.stderr.strip().rsplit("\n", 1)
    assert loaded == "loaded: []"
    assert re.search(said, message), message
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("task", "given"),
    [
        ("mine.csv", {"text": "review", "label": "stars", "doc_stride": 9}),
        ("mine.csv", {"text": "review", "label": "stars", "label_names": ["good", "bad"]}),
        ("mine.csv", {"text": "review", "label": "stars", "problem_type": "multi"}),
        ("mine.csv", {"text": "review", "label": "stars", "seq_length": 2}),
        ("names.conll", {"max_answer_length": 9}),
        ("names.conll", {"label_pieces": "every"}),
        ("swag.csv", {"scheme": "bio"}),
        ("glue/mrpc", {"tag_column": 2}),
        ("squad/v1.1", {"max_windows": 2}),
        ("squad/v2.0", {"max_query_length": 0}),
        ("samples/entities", {"doc_stride": 2}),
    ],
)
def test_the_library_says_the_same(folder, monkeypatch, task, given):
    monkeypatch.chdir(folder)
    with pytest.raises((ValueError, TypeError)) as ahead:
        look_at_options(task, dict(given))
    with pytest.raises(ahead.type) as later:
        bk.load_task(task, **given).rows()
    assert str(ahead.value) == str(later.value)


def test_what_is_right_is_let_through(folder, monkeypatch):
    monkeypatch.chdir(folder)
    columns = {"text": "review", "label": "stars"}
    look_at_options("mine.csv", {**columns, "label_names": ["good", "bad", "so so", "none of these"]})
    look_at_options("mine.csv", {**columns, "label_names": ["good", "bad"], "unknown_labels": "leave_out"})
    look_at_options("mine.csv", {**columns, "label_names": ["good", "bad"], "unlabelled": ["so so"]})
    look_at_options("mine.csv", {**columns, "max_windows": 2, "encoding": "utf-8"})
    look_at_options("names.conll", {"tag_column": -1, "encoding": "utf-8", "scheme": "bio", "repair": True})
    look_at_options("questions.jsonl", {"doc_stride": 9, "unanswered": "leave_out", "repair": True})
    look_at_options("nothing/of/this", {"doc_stride": 9, "scheme": "bio"})  # which others say
    look_at_options(".", {"doc_stride": 9})


def test_scores_by_class_of_a_file_of_keras_are_refused_once_it_is_loaded():
    check_by_class(True, "text_classification", ["a", "b"])
    check_by_class(False, "question_answering", None)
    with pytest.raises(ValueError, match=r"`by_class` must be False .*This is of token_classification"):
        check_by_class(True, "token_classification", ["O", "B-PER"])
