"""Pages in Markdown whose Python is run, in its order, on the sample encoder's first two layers."""

import re

import shallow_sample
from paths import ROOT


def blocks_of(page):
    """The Python that a page shows, block by block."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def run(page, folder, monkeypatch):
    """Runs a page's Python in a folder that holds what it reads; returns its names."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(shallow_sample.cache()))
    names = {}
    for number, block in enumerate(blocks_of(page)):
        exec(compile(block, f"{page}, snippet {number + 1}", "exec"), names)
    return names
