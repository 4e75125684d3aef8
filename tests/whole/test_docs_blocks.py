"""The Python that the pages of docs/ show compiles, and calls names of the library with arguments that they take.

docs/migration.md is run as a whole by test_migration.py; here is what holds for the blocks of every page, of which many
need a downloaded encoder, a TPU or files of the reader's.
"""

import ast
import inspect
import re

import pytest
from paths import ROOT

import bert_keras as bk

BLOCKS = [
    pytest.param(block, id=f"{path.relative_to(ROOT / 'docs')}-{number}")
    for path in sorted((ROOT / "docs").rglob("*.md"))
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL), 1)
]


def dotted(node):
    """["plot", "attention"] of bk.plot.attention; None of what does not begin with bk."""
    names = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return names if names and isinstance(node, ast.Name) and node.id == "bk" else None


def mistakes(block):
    """What is wrong with a block's use of the library."""
    found = []
    for node in ast.walk(ast.parse(block)):
        names = dotted(node.func if isinstance(node, ast.Call) else node)
        if names is None:
            continue
        value = bk
        for name in names:
            if not hasattr(value, name):
                found.append(f"bk.{'.'.join(names)} does not exist")
                break
            value = getattr(value, name)
        else:
            if isinstance(node, ast.Call) and not any(isinstance(one, ast.Starred) for one in node.args):
                keywords = {keyword.arg: None for keyword in node.keywords if keyword.arg}
                try:
                    inspect.signature(value).bind_partial(*node.args, **keywords)
                except TypeError as error:
                    found.append(f"bk.{'.'.join(names)}: {error}")
    return found


def test_there_are_blocks():
    assert len(BLOCKS) > 25


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_compiles_and_its_calls_fit(block):
    compile(block, "block", "exec")
    assert mistakes(block) == []


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("bk.nothing(3)", "bk.nothing does not exist"),
        ("bk.plot.nothing", "bk.plot.nothing does not exist"),
        ("bk.top_losses(model, data, most=3)", "unexpected keyword argument 'most'"),
        ("bk.cosine_similarity(1, 2, 3)", "too many positional arguments"),
    ],
)
def test_mistakes_are_found(block, told):
    assert any(told in one for one in mistakes(block))
