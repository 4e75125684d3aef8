"""`FolderTree`: a folder for each label, a text file for each row."""

import os
import pathlib
from collections.abc import Iterator, Sequence

from bert_keras import checks
from bert_keras.data.tables.row_source import Rows, RowSource, chunked
from bert_keras.data.tables.table_lines import TableLines

TEXT, LABEL, FILE = "text", "label", "file"
PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}


class FolderTree(RowSource):
    """The .txt files in the folders of a folder: `pos/1.txt` is a text with the label "pos".

    Its columns are "text", "label" and "file". Files come in the order of their folders' and their own names; those
    that begin with a dot are passed over.

    Args:
        folder: the folder.
        encoding: of the files.

    Raises:
        ValueError: if there is no folder with .txt files in it, or texts lie beside the folders.
    """

    def __init__(self, folder: str | os.PathLike, encoding: str = "utf-8") -> None:
        self.folder = pathlib.Path(folder).expanduser()
        self.name = self.folder.name
        self.encoding = encoding
        self.columns = (TEXT, LABEL, FILE)
        folders = sorted(item for item in self.folder.iterdir() if item.is_dir() and item.name[0] not in "._")
        self.files = [(label.name, path) for label in folders for path in _texts(label)]
        loose = _texts(self.folder)
        if loose or not self.files:
            must = "hold a folder for each label with a .txt file for each text, as pos/1.txt"
            shown = f"{loose[0].name} lies beside them." if self.files else "It has: " + _listed(self.folder)
            raise ValueError(checks.message("files", must, str(folder), shown))
        self.size = sum(path.stat().st_size for _, path in self.files)

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        return self.shown(chunked(self._picked(wanted), wanted), len(self.files))

    def where(self, place: int) -> str:
        return str(self.files[place][1])

    def _picked(self, wanted: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        for place, (label, path) in enumerate(self.files):
            text = "".join(TableLines(path, self.encoding)).strip() if TEXT in wanted else ""
            values = {TEXT: text, LABEL: label, FILE: str(path.relative_to(self.folder))}
            yield place, [values[name] for name in wanted]


def parts_of_folder(folder: str | os.PathLike) -> dict[str, pathlib.Path] | None:
    """The folders train, validation (or valid, val, dev) and test in a folder, by part; None without "train"."""
    folder = pathlib.Path(folder).expanduser()
    folders = {
        part: folder / name for part, names in PARTS.items() for name in reversed(names) if (folder / name).is_dir()
    }
    return folders if "train" in folders else None


def _texts(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in folder.glob("*.txt") if path.name[0] not in "._")


def _listed(folder: pathlib.Path) -> str:
    names = sorted(item.name for item in folder.iterdir())
    return (", ".join(names[:8]) + (", …" if len(names) > 8 else "") if names else "nothing") + "."
