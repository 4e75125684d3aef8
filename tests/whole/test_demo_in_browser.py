"""The page to try a model in, in headless Chromium: typed into, asked, read, on a desk and on a phone.

Skipped where there is no Chromium: `apt-get install chromium`, or BERT_KERAS_CHROMIUM names the program.
"""

import contextlib
import os
import pathlib
import threading

import browser
import choices
import pytest
import questions
import tagging
import tuned
from browser import CONTRASTS

import bert_keras as bk
from bert_keras.inspection.trying.demo_server import DemoServer

pytestmark = pytest.mark.skipif(browser.find() is None, reason="there is no Chromium, in which the page is looked at")

HOSTILE = '<img src=x onerror="document.title=1"> the food 🎉 was good, "very" good'
ASKED = {
    "single": ({"text": HOSTILE}, ["negative", "positive"]),
    "multi": ({"text": "The food was good."}, ["food", "room", "staff"]),
    "regression": ({"text": "A man plays.", "text_pair": "Someone plays."}, []),
    "questions": ({"question": "what was good", "context": f"🎉 {HOSTILE}"}, ["score"]),
    "tags": ({"text": "the film 🎉 was good and the dog was poor"}, []),
    "choices": ({"prompt": "the film", "choices": "was good\n\nwas the dog"}, ["was good", "was the dog"]),
}
WAIT = """new Promise(done => {
  const look = () => document.querySelector(SELECTOR) ? done(true) : setTimeout(look, 30);
  look();
})"""


@pytest.fixture(scope="module")
def predictors(tmp_path_factory, tiny_encoder):
    folder = tmp_path_factory.mktemp("demo")
    encoder = questions.encoder(folder)
    texts = ("single", "multi", "regression")
    kinds = {kind: bk.load(tuned.write_model(folder / kind, tiny_encoder, kind)) for kind in texts}
    made = {"questions": questions.predictor(folder), "tags": tagging.predictor(encoder)}
    return {**kinds, **made, "choices": choices.predictor(folder)}


@pytest.fixture(scope="module")
def chromium():
    with browser.Browser() as made:
        yield made


@contextlib.contextmanager
def serving(predictor):
    """A server of the predictor's page while the block runs."""
    server = DemoServer(predictor, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(chromium, fields, selector="#answer > *"):
    for name, text in fields.items():
        chromium.run(f"document.querySelector('[name={name}]').value = {text!r}".replace("\\U0001f389", "🎉"))
    chromium.run("document.getElementById('answer').replaceChildren()")
    chromium.run("document.querySelector('form button').click()")
    chromium.run(WAIT.replace("SELECTOR", repr(selector)))


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_model_is_asked(kind, width, dark, predictors, chromium):
    with serving(predictors[kind]) as server:
        ask_and_read(kind, server, chromium, width, dark)


def ask_and_read(kind, server, chromium, width, dark):
    chromium.open(server.url, width=width, dark=dark)
    fields, words = ASKED[kind]
    ask(chromium, fields)
    told = chromium.run("document.getElementById('answer').innerText")
    assert all(word in told for word in words), told
    row = {name: text.split("\n\n") if name == "choices" else text for name, text in fields.items()}
    found = server.answer(row)
    if kind in ("single", "choices"):
        assert told.startswith(found["label"] if kind == "single" else found["choice"])
        assert f"{100 * found['score']:.1f} %" in told
    elif kind == "regression":
        assert told.strip() == f"{found['score']:.3f}"
    elif kind == "tags":
        marked = chromium.run("[...document.querySelectorAll('mark')].map(m => m.firstChild.textContent)")
        assert marked == [own["text"] for own in found["entities"]]
    elif kind == "questions" and found["answer"]:
        assert chromium.run("document.querySelector('mark').textContent") == found["answer"]
    assert chromium.run("document.querySelectorAll('#answer img').length") == 0
    assert chromium.run("document.title") != "1"
    assert chromium.run("document.documentElement.scrollWidth <= innerWidth")
    assert min(ratio for ratio, *_ in chromium.run(CONTRASTS)) >= 4.5
    assert chromium.complaints() == []
    assert {address.split("/", 3)[2] for address in chromium.requests()} == {server.url.split("/")[2]}
    if folder := os.environ.get("BERT_KERAS_SCREENSHOTS"):
        chromium.screenshot(pathlib.Path(folder) / f"demo_{kind}_{width}.png")


def test_a_click_shows_which_words_speak_for_the_label(predictors, chromium):
    with serving(predictors["single"]) as server:
        chromium.open(server.url)
        ask(chromium, {"text": HOSTILE}, "button.plain")
        chromium.run("document.querySelector('button.plain').click()")
        chromium.run(WAIT.replace("SELECTOR", "'.for, .against'"))
        found = server.importance({"text": HOSTILE, "label": None})
        shown = chromium.run("[...document.querySelectorAll('.for, .against')].map(w => [w.textContent, w.className])")
        wanted = [[HOSTILE[w["start"] : w["end"]], "for" if w["score"] > 0 else "against"] for w in found["words"]]
        assert shown == wanted and chromium.complaints() == []
        chromium.run("document.querySelector('[name=text]').value = ' '")
        if folder := os.environ.get("BERT_KERAS_SCREENSHOTS"):
            chromium.screenshot(pathlib.Path(folder) / "demo_words.png")


def test_a_mistake_is_shown_in_the_library_s_words(predictors, chromium):
    with serving(predictors["choices"]) as server:
        chromium.open(server.url)
        ask(chromium, {"prompt": "the film", "choices": "one alone"}, ".fault")
        assert "`choices` must" in chromium.run("document.querySelector('.fault').textContent")
