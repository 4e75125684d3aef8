"""Executes notebooks with BERT_KERAS_SMALL=1, as the tests do, and stores their outputs in them, small and clean.

    python tools/run_notebooks.py notebooks/glue.ipynb [more.ipynb …]

Each runs in an empty folder. What is stored: printed text without progress bars and log lines, with lines and whole
outputs cut where they are long; HTML; pictures in PNG of 80 dots an inch. Paths of this machine are replaced by a word
for what they are. A notebook of 300 kB or more is not written.
"""

import os
import pathlib
import re
import sys
import tempfile

import nbclient
import nbformat
from jupyter_client.kernelspec import KernelSpecManager

ROOT = pathlib.Path(__file__).resolve().parents[1]
LARGEST = 300_000  # bytes of a stored notebook
LINES, WIDTH = 60, 300  # of one printed output
PICTURES = "{'figure.dpi': 80, 'savefig.dpi': 80}"


def cleaned(text: str, folders: dict[str, str], *, cut: bool = True) -> str:
    """Printed text as it is stored.

    Args:
        text: what a cell printed.
        folders: a word for each folder of this machine, which replaces it; the longest is replaced first.
        cut: whether what is long is cut; False for HTML, of which a part is broken.

    Returns:
        The text without terminal codes, overwritten progress, folders of this machine and what is too long.
    """
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n")
    while "\x08" in text:
        shorter = re.sub(r"[^\n\x08]\x08", "", text)
        text = shorter if shorter != text else text.replace("\x08", "")
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n")]
    lines = [line if not cut or len(line) <= WIDTH else line[:WIDTH] + " …" for line in lines]
    if cut and len(lines) > LINES:
        left_out = len(lines) - LINES
        lines = [*lines[: LINES // 2], f"… {left_out} lines …", *lines[-LINES // 2 :]]
    text = "\n".join(lines)
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder, folders[folder])
    return re.sub(r"(?<![\w.<])/(?:tmp|root|home|work|var)/[^\s'\",)]*/", "…/", text)


def stored(outputs: list, folders: dict[str, str]) -> list:
    """A cell's outputs as they are stored: without stderr, and each text `cleaned`."""
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                continue
            output.text = cleaned(output.text, folders)
            if kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text
                continue
        elif output.output_type in ("display_data", "execute_result"):
            for kind, value in output.data.items():
                if kind.startswith("text/") and isinstance(value, str):
                    output.data[kind] = cleaned(value, folders, cut=kind == "text/plain")
        kept.append(output)
    return kept


def run(path: pathlib.Path) -> int:
    """Executes a notebook in an empty folder, writes it with its outputs, and returns its size in bytes.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the file is left as it was.
        ValueError: it would be `LARGEST` bytes or more; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        start = pathlib.Path(folder, ".ipython", "profile_default", "ipython_kernel_config.py")
        start.parent.mkdir(parents=True)
        start.write_text(f"c = get_config()\nc.InlineBackend.rc = {PICTURES}\n", encoding="utf-8")
        paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        env = dict(os.environ, BERT_KERAS_SMALL="1", IPYTHONDIR=str(start.parents[1]), PYTHONPATH=paths)
        client = nbclient.NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": folder}})
        client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(kernel_dirs=[])
        client.execute(env=env)
        folders = {folder: ".", str(ROOT): "bert_keras", sys.prefix: "python", str(pathlib.Path.home()): "~"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = stored(cell.outputs, folders)
    notebook.metadata = {
        name: value for name, value in notebook.metadata.items() if name in ("kernelspec", "colab", "accelerator")
    }
    text = nbformat.writes(notebook) + "\n"
    size = len(text.encode())
    if size >= LARGEST:
        raise ValueError(f"A stored notebook must be below {LARGEST} bytes. Received: {path} with {size}. Print less.")
    path.write_text(text, encoding="utf-8")
    return size


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        print(f"{name}: {run(pathlib.Path(name)):,} bytes", flush=True)
