"""README.md: every line of Python that it shows is run, in its order, on the sample encoder's first two layers.

Its commands are parsed, and its links lead somewhere.
"""

import csv
import json
import re

import pages
import pytest
from paths import ROOT
from real_data import needs_sample

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = (("Ann", "B-PER"), ("Lee", "I-PER"), ("went", "O"), ("to", "O"), ("Oslo", "B-LOC"))


def write_files(folder):
    """What the page's snippets read."""
    with open(folder / "reviews.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *pages.reviews(6)])
    asked = [
        {
            "context": f"{name} wrote it in {year}.",
            "qas": [{"id": name, "question": "Who wrote it?", "answers": [{"text": name, "answer_start": 0}]}],
        }
        for year, name in enumerate(
            ("Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Guy", "Hal", "Ida", "Jo", "Kim", "Lou"), 1990
        )
    ]
    (folder / "questions.json").write_text(json.dumps({"data": [{"title": "own", "paragraphs": asked}]}))
    sentences = ["\n".join(f"{word}{day}\t{tag}" for word, tag in NAMES) for day in range(30)]
    (folder / "names.conll").write_text("\n\n".join(sentences) + "\n")


def test_the_page_is_short_and_its_links_lead_somewhere():
    assert len(PAGE.split()) < 800
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if "://" not in link]
    assert len(links) > 15
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_commands_are_commands_with_such_options():
    commands = pages.commands_of("README.md")
    assert len(commands) >= 7
    assert {line: pages.strangers_of(line) for line in commands if pages.strangers_of(line)} == {}


@needs_sample
@pytest.mark.slow
def test_every_snippet_runs(tmp_path, monkeypatch):
    write_files(tmp_path)
    pages.run("README.md", tmp_path, monkeypatch)
    for folder in ("reviews", "by_hand", "questions", "names"):
        assert (tmp_path / "runs" / folder / "config.json").is_file()
    assert (tmp_path / "served" / "reviews" / "1" / "saved_model.pb").is_file()
