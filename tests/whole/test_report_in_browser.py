"""Reports of every kind in headless Chromium: nothing is fetched, all is there, it fits a phone, and can be read.

Skipped where there is no Chromium: `apt-get install chromium`, or BERT_KERAS_CHROMIUM names the program.
"""

import browser
import choices
import numpy as np
import pytest
import questions
import tuned
from browser import CONTRASTS
from tags import HOSTILE

import bert_keras as bk

pytestmark = pytest.mark.skipif(browser.find() is None, reason="there is no Chromium, in which reports are looked at")

LONG = "a_name_without_any_gap_" * 6
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

# A phone draws a picture smaller than its numbers say.
SIZES = """[...document.querySelectorAll('.diagram')].map((drawing) => {
  const own = drawing.getBoundingClientRect();
  const letters = [...drawing.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
  const inside = letters.every((box) => box.left >= own.left - 1 && box.right <= own.right + 1);
  return [own.width, own.height, 12 * own.width / drawing.viewBox.baseVal.width, inside];
})"""


def rows_of_texts():
    random = np.random.default_rng(0)
    names = ("good", "bad", LONG, HOSTILE)
    texts = [HOSTILE, LONG, "the film was good", "ein sehr langer Satz " * 30, "\u202eright to left", "عربي نص"]
    return [f"{texts[number % 6]} {number}" for number in range(60)], [names[n] for n in random.integers(4, size=60)]


def tasks(place):
    texts, labels = rows_of_texts()
    words = "the dog was a tree cat film red".split()
    tags = ["O", "B-PER", "I-PER", "B-LOC"]
    sentences = [
        (
            [HOSTILE if row == place else words[(row + place) % 8] for place in range(3 + row % 4)],
            [tags[(row + place) % 4] for place in range(3 + row % 4)],
        )
        for row in range(40)
    ]
    prompts = [
        {"prompt": f"{prompt} {HOSTILE}", "choices": own, "label": number % 3}
        for number, (prompt, own, _) in enumerate(choices.rows(40))
    ]
    parts = {"train": questions.examples(24, 0), "validation": questions.examples(40, 1)}
    short = {"seq_length": 24}
    yield "classes", bk.load_files(texts, label=labels, validation_share=0.5, **short)
    several = [[label] if number % 3 else [label, "more"] for number, label in enumerate(labels)]
    yield "several labels", bk.load_files(texts, label=several, validation_share=0.5, **short)
    yield "numbers", bk.load_files(texts, label=[n / 7 for n in range(60)], validation_share=0.5, **short)
    yield "tags", bk.load_files(sentences, validation_share=0.5, repair=True, **short)
    yield "choices", bk.load_files(prompts, validation_share=0.5, **short)
    yield "questions", questions.task(parts, **questions.WINDOWS)


@pytest.fixture(scope="module")
def reports(tmp_path_factory, tiny_encoder):
    """The file of a report of each kind, and one of a folder without its rows."""
    place = tmp_path_factory.mktemp("reports")
    found = {}
    for name, task in tasks(place):
        result = tuned.run(tiny_encoder, place / name, task)
        data = task.load(result.model.encoder, parts=("validation",))
        found[name] = bk.report(place / name, data=data)
    found["without rows"] = bk.report(place / "classes", place / "without.html")
    return found


@pytest.fixture(scope="module")
def chromium():
    with browser.Browser() as opened:
        yield opened


@pytest.mark.parametrize(
    "name", ["classes", "several labels", "numbers", "tags", "choices", "questions", "without rows"]
)
@pytest.mark.parametrize("window, dark", [(PHONE, False), (PHONE, True), (DESK, False), (DESK, True)])
def test_a_report_is_whole_and_can_be_read(reports, chromium, name, window, dark):
    chromium.open(reports[name], dark=dark, **window)
    assert chromium.complaints() == []
    assert len(chromium.requests()) == 1  # the file itself
    assert chromium.run("document.querySelectorAll('script, iframe, object, [onload], [onclick]').length") == 0
    assert chromium.run("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    # Nothing is wider than the window but what scrolls by itself.
    width = chromium.run("document.documentElement.clientWidth")
    assert chromium.run("document.documentElement.scrollWidth") <= width
    drawings = chromium.run(SIZES)
    assert len(drawings) >= (2 if name == "without rows" else 3)
    for wide, high, letter, is_inside in drawings:
        assert wide > 250 and high > 150 and letter >= 10 and is_inside
    chromium.run("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    contrasts = chromium.run(CONTRASTS)
    assert len(contrasts) > 60 and min(size for _, size, _ in contrasts) >= 11.5
    assert [entry for entry in contrasts if entry[0] < 4.5] == []
    ground = chromium.run("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 23, 27)" if dark else "rgb(251, 250, 247)")
    chromium.run("document.querySelectorAll('details').forEach((node) => { node.open = false; })")


def test_links_lead_to_their_sections_and_tables_can_be_reached_by_keys(reports, chromium):
    chromium.open(reports["classes"], **PHONE)
    assert chromium.run("[...document.querySelectorAll('nav a')].every((a) => document.querySelector(a.hash))")
    chromium.run("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    wide = "[...document.querySelectorAll('.wide')].filter((node) => node.scrollWidth > node.clientWidth)"
    assert chromium.run(f"{wide}.length") > 0
    assert chromium.run(f"{wide}.every((node) => {{ node.focus(); return document.activeElement === node; }})")


def test_the_browser_sees_what_is_wrong(chromium, tmp_path):
    """That the checks above can fail."""
    page = tmp_path / "bad.html"
    page.write_text(
        "<body style='background: #fff'><p style='color: #aaa; width: 900px'>pale</p><script>missing()</script>"
    )
    chromium.open(page, **PHONE)
    assert any("missing" in said for said in chromium.complaints())
    assert [round(ratio, 2) for ratio, *_ in chromium.run(CONTRASTS)] == [2.32]
    assert chromium.run("document.documentElement.scrollWidth") > 390
    page.write_text("<img src='https://example.invalid/a.png'>")
    chromium.open(page, **PHONE)
    assert "https://example.invalid/a.png" in chromium.requests() and chromium.complaints()
