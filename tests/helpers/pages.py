"""Pages in Markdown whose Python is run, in its order, on small encoders and with the files that a test has written.

The sample encoder has its first two layers there, and `BERT_BASE` is a BERT of one layer, 32 wide, with random weights
and the head `mlm`. TFDS's own data folder is `tensorflow_datasets` in the user's folder, which is that of the test.

As a script, `python pages.py PAGE`, it runs a page in the working directory on the backend of the environment.
"""

import os
import pathlib
import re
import shlex
import sys

import shallow_sample
import tensorflow_datasets as tfds
import typer
from once import made_once
from paths import ROOT

from bert_keras.cli.app import app
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM

BERT_BASE = "bert_en_uncased_L-12_H-768_A-12"
TFDS = "tensorflow_datasets"
_PLACE = ("tensorflow", BERT_BASE, "4")  # of it in a cache
_WORDS = ["The zip broke", "A warm coat", "It leaks", "A quiet fan", "It works", "No light", "Very good", "Too small"]


def reviews(days):
    """Eight short texts for each day, with the label "poor" or "good" in turn."""
    return [
        (f"{text} on day {day}.", ("poor", "good")[number % 2])
        for day in range(days)
        for number, text in enumerate(_WORDS)
    ]


def blocks_of(page):
    """The Python that a page shows, block by block."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def other_blocks_of(page):
    """What a page shows that is not marked as Python, block by block."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [block for language, block in blocks if language != "python"]


def commands_of(page):
    """The lines of a page that begin with `bert-keras`, without it and without their comments."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^bert-keras (.*?)(?:\s+#.*)?$", text, re.MULTILINE)


def strangers_of(line):
    """What a command line of ours holds that is no command, or no option of its command."""
    known, found = typer.main.get_command(app).commands, []
    line, _, launched = line.partition(" -- ")
    for part in filter(None, (line, launched)):
        name, *arguments = shlex.split(part)
        if name not in known:
            found.append(name)
            continue
        flags = {flag for parameter in known[name].params for flag in (*parameter.opts, *parameter.secondary_opts)}
        found += [word for word in arguments if word.startswith("-") and word.partition("=")[0] not in flags]
    return found


def run(page, folder, monkeypatch, left_out=(), **given):
    """Runs a page's Python in a folder that holds what it reads; returns its names.

    Args:
        page: below the project's folder.
        left_out: numbers of blocks, from 1, that are not run.
        given: what the page's names stand for where it takes them for granted.
    """
    monkeypatch.chdir(folder)
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(folder / TFDS))
    return _executed(page, left_out, given)


def environment(folder):
    """The variables under which a page is run in a folder."""
    return {"TFHUB_CACHE_DIR": str(made_once("encoders_of_pages", _make_cache)), "HOME": str(folder)}


def _executed(page, left_out, names):
    for number, block in enumerate(blocks_of(page), 1):
        if number not in left_out:
            exec(compile(block, f"{page}, snippet {number}", "exec"), names)
    return names


def _make_cache(folder):
    folder.mkdir()
    for place in shallow_sample.cache().iterdir():
        (folder / place.name).symlink_to(place, target_is_directory=True)
    sizes = {"num_layers": 1, "hidden_size": 32, "num_heads": 4, "intermediate_size": 64, "max_positions": 512}
    tokenizer = load_encoder("sample").tokenizer
    encoder = BertEncoder(vocab_size=tokenizer.vocab_size, initializer_range=0.2, seed=1, **sizes)
    encoder.tokenizer = tokenizer
    place = pathlib.Path(folder, *_PLACE)
    place.parent.mkdir(parents=True)
    save_encoder(encoder, place, mlm=MaskedLM(encoder).head)


if __name__ == "__main__":
    tfds.core.constants.DATA_DIR = os.path.join(os.getcwd(), TFDS)
    _executed(sys.argv[1], (), {})
