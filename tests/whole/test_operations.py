"""docs/operations.md: each request that it shows is answered, and its metrics, options and commands are there."""

import json
import re
import shlex
import sys

import choices
import pytest
import questions
import tagging
import tuned
from paths import ROOT
from rest_server import RestServer

import bert_keras as bk
from bert_keras import cli
from bert_keras.cli.app import app
from bert_keras.serving.servable import Servable
from bert_keras.serving.serving_metrics import ServingMetrics

sys.path.insert(0, str(ROOT / "tools"))
import serve_load

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
REQUESTS = [
    (words[2], re.fullmatch(r"http://127\.0\.0\.1:8501(/v1/models/(\w+):predict)", words[3]))
    for words in map(shlex.split, re.findall(r"^curl .*$", PAGE, re.MULTILINE))
]


@pytest.fixture(scope="module")
def models(tmp_path_factory, tiny_encoder):
    """By the name in the page's addresses, a predictor of that kind."""
    place = tmp_path_factory.mktemp("operations")
    return {
        "reviews": bk.load(tuned.write_model(place / "single", tiny_encoder)),
        "mrpc": bk.load(tuned.write_model(place / "pairs", tiny_encoder, "pairs")),
        "squad": questions.predictor(place),
        "entities": tagging.predictor(questions.encoder(place)),
        "swag": choices.predictor(place),
    }


def test_every_request_is_answered(models):
    pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")
    assert {found[2] for _, found in REQUESTS} == set(models)
    for name, predictor in models.items():
        with RestServer(lambda predictor=predictor, name=name: Servable.of(predictor, name), name) as server:
            for body, found in REQUESTS:
                if found[2] == name:
                    status, content, _ = server.ask("POST", found[1], body)
                    assert status == 200, content
                    key = "predictions" if "instances" in json.loads(body) else "outputs"
                    assert list(json.loads(content)) == [key] and json.loads(content)[key]


def test_every_metric_is_named_and_no_other():
    counted = set(re.findall(r"^# TYPE (\S+)", ServingMetrics(lambda: (0, 0)).text(True), re.MULTILINE))
    assert set(re.findall(r"`(bert_keras_\w+)`", PAGE)) == counted


def test_its_options_are_those_of_the_command():
    known = {flag for one in cli.app.typer.main.get_command(app).commands["serve"].params for flag in one.opts}
    named = {option.split()[0] for option in re.findall(r"`(--[\w-]+[^`]*)`", PAGE)}
    assert named - {"--enable_batching"} <= known and len(named) > 5  # which is TensorFlow Serving's


def test_the_script_of_the_page_takes_what_it_is_given():
    script = (ROOT / "tools" / "serve_load.py").read_text(encoding="utf-8")
    lines = re.findall(r"^python tools/serve_load\.py (.*)$", PAGE, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        options = {word for word in shlex.split(line.partition(" -- ")[0]) if word.startswith("--")}
        assert options and all(f'add_argument("{option}"' in script for option in options)
    assert serve_load.HEAD in PAGE


def test_the_dockerfile_serves_under_the_name_that_it_is_given():
    text = (ROOT / "examples" / "serving" / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines[:2] == ["ARG VERSION=latest", "FROM tensorflow/serving:${VERSION}"]
    assert "COPY ${MODEL} /models/${MODEL}" in lines and "ENV MODEL_NAME=${MODEL}" in lines
    assert "not built" in text and "was not\nbuilt here" in PAGE
