"""docs/migration.md: every line that it tells users of other libraries to write is run, in the order of the page.

On the sample encoder's first two layers, with small files that the test writes.
"""

import csv
import re

import numpy as np
import pages
import pytest
from encoders import write_vocabulary
from glue_files import FILES
from paths import ROOT
from real_data import needs_sample

from bert_keras.encoders.sample_encoder import _package_folder

PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
BLOCKS = pages.blocks_of("docs/migration.md")
ROWS = pages.reviews(3)


def table_rows():
    """(old, new) of each row of the page's tables."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith(("|---", "| You had"))]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]


def test_the_page_is_short_and_its_tables_have_two_columns():
    assert len(PAGE.split()) < 1650
    assert len(table_rows()) > 40 and {len(row) for row in table_rows()} == {2}


def test_every_line_to_write_stands_in_a_block_that_is_run():
    """Inline code with a call or an assignment is in a block as it stands; the blocks check what is a name alone."""
    code = "".join(BLOCKS)
    new = [text for _, cell in table_rows() for text in re.findall(r"`([^`]+)`", cell)]
    lines = [text for text in new if "(" in text or " = " in text]
    assert len(lines) > 40
    assert [line for line in lines if line not in code] == []


def write_files(folder):
    """What the page's snippets read."""
    with open(folder / "reviews.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *ROWS])
    for number, (text, label) in enumerate(ROWS):
        (folder / "reviews" / label).mkdir(parents=True, exist_ok=True)
        (folder / "reviews" / label / f"{number}.txt").write_text(text, encoding="utf-8")
    for (task, _), (name, lines, *_) in FILES.items():
        if task == "mrpc":
            (folder / "glue_data" / name).parent.mkdir(parents=True, exist_ok=True)
            tabbed = ["\t".join(line) + "\n" for line in lines]
            (folder / "glue_data" / name).write_text("".join(tabbed), encoding="utf-8")
    write_vocabulary(folder)
    (folder / "their_bert").symlink_to(_package_folder(), target_is_directory=True)


@needs_sample
@pytest.mark.slow
def test_every_snippet_runs(tmp_path, monkeypatch):
    write_files(tmp_path)
    names = pages.run("docs/migration.md", tmp_path, monkeypatch)
    for folder in ("reviews", "mrpc", "again", "folder"):
        assert (tmp_path / "runs" / folder / "config.json").is_file()
    served = names["served"].signatures["serving_default"](text=names["tf"].constant(["It works.", "It leaks."]))
    again = names["bk"].load("runs/reviews").probabilities(["It works.", "It leaks."])
    np.testing.assert_allclose(served["probabilities"].numpy(), again, atol=1e-5)
    assert names["predictor"]("It works.").label in ("poor", "good")
    assert sum(not weight.trainable for weight in names["native"].weights) == 5  # the three tables and their layer norm
    assert (tmp_path / "encoders" / "theirs" / "saved_model.pb").is_file()
