"""The documentation site: every page is found, every public name is described, and it is built without a warning."""

import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys

import pytest
from paths import ROOT

import bert_keras as bk

PAGES = sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))
NAMES = [name for name in bk.__all__ if name != "__version__"]
# Made by the library, and no more than a class above them that names the arguments; `Scores` has them as attributes.
OF_THE_CLASS_ABOVE = {
    "ChoiceData",
    "MaskedData",
    "PretrainResult",
    "QuestionData",
    "TaggingData",
    "TextData",
    "TextTable",
}
OF_KERAS = {"kwargs"}  # name, dtype, trainable: keras.Model's


def hooks():
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "tools" / "docs_hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_in_the_navigation_and_nothing_else():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    named = re.findall(r": ([\w/]+\.md)$", navigation, re.MULTILINE)
    assert len(PAGES) > 10
    assert sorted(named) == sorted([*PAGES, "index.md", "reference.md"])  # the hooks make these two


def test_every_public_name_is_in_the_reference():
    made = re.findall(r"^::: (\S+)$", hooks().reference(), re.MULTILINE)
    assert {path.rsplit(".", 1)[1] for path in made} == set(NAMES) | {"KerasLayer"}
    for path in made:
        home, name = path.rsplit(".", 1)
        there = importlib.util.find_spec(path) if name in ("hub", "metrics", "plot") else importlib.import_module(home)
        assert there is not None and (name in ("hub", "metrics", "plot") or hasattr(there, name)), path


def documented(text):
    """Names in the docstring's section Args, in order; "a, b" is two."""
    section = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    entries = re.findall(r"^    (\S[^:\n]*):", section[1], re.MULTILINE) if section else []
    return [name.lstrip("*") for entry in entries for name in entry.split(", ")]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_has_a_docstring_that_names_its_arguments(name):
    value = getattr(bk, name)
    text = inspect.getdoc(value) if not inspect.isclass(value) else inspect.cleandoc(value.__doc__ or "")
    assert text
    if inspect.ismodule(value):
        return
    parameters = [parameter for parameter in inspect.signature(value).parameters if parameter not in OF_KERAS]
    told = [parameter for parameter in documented(text) if parameter not in OF_KERAS]
    if name == "Scores":
        attributes = re.findall(r"^    (\w+):", text.split("Attributes:\n")[1], re.MULTILINE)
        assert attributes == [parameter for parameter in parameters if parameter != "metrics"]
    elif name in OF_THE_CLASS_ABOVE:
        above = [one for base in value.__mro__[1:] for one in documented(inspect.cleandoc(base.__doc__ or ""))]
        assert set(parameters) <= {*told, *above} and set(told) <= set(parameters)
    else:
        assert sorted(told) == sorted(parameters)


@pytest.mark.parametrize(
    ("folder", "link", "moved"),
    [
        ("docs", "[a](../examples/x.py)", "[a](https://github.com/bert-keras/bert_keras/blob/main/examples/x.py)"),
        ("docs", "[a](own_data.md#b)", "[a](own_data.md#b)"),
        ("docs/scaling", "[a](../own_data.md)", "[a](../own_data.md)"),
        ("docs/scaling", "[a](../../README.md)", "[a](../index.md)"),
        ("", "[a](docs/own_data.md)", "[a](own_data.md)"),
        ("", "[a](https://keras.io)", "[a](https://keras.io)"),
    ],
)
def test_links_lead_to_pages_or_to_the_code_host(folder, link, moved):
    assert hooks().out_of_docs(link, folder) == moved


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    """By the mkdocs of MKDOCS, of this Python, or of `make docs`."""
    places = [os.environ.get("MKDOCS"), os.path.join(os.path.dirname(sys.executable), "mkdocs"), shutil.which("mkdocs")]
    places += [str(ROOT / ".venv-docs" / "bin" / "mkdocs")]
    mkdocs = next((place for place in places if place and os.path.isfile(place)), None)
    if mkdocs is None:
        pytest.skip("mkdocs is not installed; `make docs` installs it")
    built = subprocess.run(
        [mkdocs, "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "site" / "reference.html").read_text(encoding="utf-8")
    assert [name for name in NAMES if not re.search(rf'<h2 id="[\w.]*\b{name}"', page)] == []
