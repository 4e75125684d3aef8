"""What MkDocs does beside rendering docs/: the first page, the reference of the public names, and links out of docs/.

The README is the first page. The reference is made of `bert_keras/__init__.py`, which is parsed and not imported, so
that the site is built without TensorFlow. A link to a file outside docs/ leads to the file on the code host.
"""

import ast
import pathlib
import posixpath
import re
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
HOST = "https://github.com/bert-keras/bert_keras/blob/main"
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")


def public_names() -> dict[str, str]:
    """Each public name of the package and the dotted path where it is defined, in alphabetical order."""
    tree = ast.parse((ROOT / "bert_keras" / "__init__.py").read_text(encoding="utf-8"))
    tables = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
    }
    names = {name: f"{home}.{name}" for name, home in tables["_HOMES"].items()}
    return dict(sorted((names | tables["_MODULES"]).items()))


def reference() -> str:
    """The reference page: a directive of mkdocstrings for each public name."""
    lines = ["# Reference", "", "Every public name, as `bk.name` after `import bert_keras as bk`.", ""]
    for name, path in public_names().items():
        lines += [f"::: {path}", "    options:", f"      heading: {name}", ""]
    return "\n".join(lines)


def out_of_docs(markdown: str, folder: str) -> str:
    """The page's text, with links that lead out of docs/ made links to the code host.

    Args:
        markdown: the page's text.
        folder: where the page stands, relative to the repository's root: "docs", "docs/scaling", "" for the README.
    """

    def moved(match: re.Match) -> str:
        opening, target, anchor, closing = match.groups()
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, target))
        if path == "README.md":
            path = "docs/index.md"
        if path.startswith("docs/"):
            place = posixpath.relpath(path, folder if folder.startswith("docs") else "docs")
            return f"{opening}{place}{anchor or ''}{closing}"
        return f"{opening}{HOST}/{path}{anchor or ''}{closing}"

    return LINK.sub(moved, markdown)


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are made here."""
    from mkdocs.structure.files import File

    start = out_of_docs((ROOT / "README.md").read_text(encoding="utf-8"), "")
    start = re.sub(r'src="docs/', 'src="', start)
    files.append(File.generated(config, "index.md", content=start))
    files.append(File.generated(config, "reference.md", content=reference()))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page's text before it is rendered."""
    if page.file.src_uri in ("index.md", "reference.md"):
        return markdown
    return out_of_docs(markdown, posixpath.dirname(f"docs/{page.file.src_uri}"))
