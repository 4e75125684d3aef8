"""`code_lines`: the lines of every kind run, on a real folder and what is exported of it."""

import pathlib
import shlex

import choices
import pytest
import questions
import tuned

from bert_keras.running.cards.code_lines import code_lines
from bert_keras.running.folders.model_folder import read_config, write_model_folder
from bert_keras.token_classification.token_classifier import TokenClassifier


def write(kind: str, folder: pathlib.Path, encoder: pathlib.Path) -> None:
    if kind in tuned.KINDS:
        tuned.write_model(folder, encoder, kind)
    elif kind == "questions":
        questions.write_model(folder, encoder)
    else:
        folder.mkdir(parents=True)
        native = choices.encoder(folder.parent)
        if kind == "choices":
            model, config = choices.with_random_head(native), {"task": "swag", "seq_length": 24}
        else:
            labels = ["O", "B-PER", "I-PER"]
            config = {"task": "tags", "labels": labels, "scheme": "bio", "seq_length": 24, "label_pieces": "first"}
            model = TokenClassifier(native, len(labels), seed=1)
        write_model_folder(folder, model, config, {"f1": 0.5})


@pytest.mark.filterwarnings("ignore:.*longer than max_query_length")  # of the tests' short windows
@pytest.mark.parametrize("kind", ["single", "pairs", "regression", "multi", "questions", "tags", "choices"])
def test_they_run(kind, encoder, tmp_path, monkeypatch, command):
    name = f"a '{kind}' model"
    write(kind, tmp_path / name, encoder)
    code = code_lines(read_config(tmp_path / name), name)
    monkeypatch.chdir(tmp_path)
    for lines, found in ((code["load"], "predictor"), (code["serve"], "answer")):
        if found == "answer":
            program, *arguments = shlex.split(code["export"])
            assert program == "bert-keras" and command(*arguments)[0] == 0
        names = {}
        *body, last = lines.split("\n")
        exec("\n".join(body), names)
        assert last.startswith(f"{found}(") and eval(last, names) is not None


def test_a_kind_that_is_not_known_is_loaded_all_the_same():
    code = code_lines({"kind": "another"}, "x")
    assert code["load"].endswith('predictor = bk.load("x")') and code["serve"].endswith('["serving_default"]')
