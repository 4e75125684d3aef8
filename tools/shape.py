"""Counts what the shape of the library costs a reader: python tools/shape.py

Files opened: those of the library in which a function runs between a CSV and the model folder that `bk.finetune` writes
of it, on an encoder of one layer; folders are those that the files lie in, subfolders apart.
"""

import dataclasses
import importlib
import inspect
import os
import pathlib
import sys
import tempfile
import threading

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.running.kinds import KINDS

LIBRARY = pathlib.Path(bk.__file__).parent
PIECES = "[PAD] [UNK] [CLS] [SEP] [MASK] good bad food room very not a the ##s".split()


def main() -> None:
    files = opened()
    folders = sorted({str(path.parent.relative_to(LIBRARY.parent)) for path in files})
    print(f"files opened for one classifier, CSV to folder: {len(files)} in {len(folders)} folders")
    for folder in folders:
        names = sorted(path.name for path in files if str(path.parent.relative_to(LIBRARY.parent)) == folder)
        print(f"    {folder:40}{len(names):3}  {' '.join(names)}")
    for name in KINDS:
        own = [path for path in (LIBRARY / name).rglob("*.py") if path.name != "__init__.py"]
        print(f"the kind {name}: {len(own)} files in {len({path.parent for path in own})} folder(s)")
    print(f"arguments of finetune, pretrain: {_arguments(bk.finetune)}, {_arguments(bk.pretrain)}")
    print(f"fields of Recipe: {len(dataclasses.fields(bk.Recipe))}")
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in LIBRARY.rglob("*.py")}
    total = sum(lines.values())
    print(f"lines of the library: {total:,} in {len(lines)} files")
    of_folders: dict[str, int] = {}
    for path, count in lines.items():
        top = path.relative_to(LIBRARY).parts
        of_folders[top[0]] = of_folders.get(top[0], 0) + count
    for name, count in sorted(of_folders.items(), key=lambda entry: -entry[1])[:4]:
        print(f"    {name:24}{count:6,}  {count / total:.1%}")


def opened() -> set[pathlib.Path]:
    """The files of the library in which a function runs."""
    for path in sorted(LIBRARY.rglob("*.py")):  # importing opens every file
        if path.name != "__main__.py":
            importlib.import_module(".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts))
    ran: set[str] = set()

    def watch(frame, event, argument) -> None:
        if event == "call":
            ran.add(frame.f_code.co_filename)

    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        handle = _encoder(place)
        rows = [
            f"{text} {'good' if label else 'bad'},{label}" for text in ("food", "the room", "a") for label in (0, 1)
        ]
        (place / "rows.csv").write_text("text,label\n" + "\n".join(rows * 8) + "\n", encoding="utf-8")
        threading.setprofile(watch)
        sys.setprofile(watch)
        try:
            table = bk.load_files(place / "rows.csv", seq_length=16)
            recipe = bk.Recipe(epochs=1, batch_size=8)
            bk.finetune(table, handle, place / "run", recipe=recipe, say=lambda line: None)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return {pathlib.Path(name) for name in ran if name.startswith(str(LIBRARY) + os.sep)}


def _encoder(place: pathlib.Path) -> pathlib.Path:
    sizes = {"num_layers": 1, "hidden_size": 8, "num_heads": 2, "intermediate_size": 16, "max_positions": 32}
    encoder = BertEncoder(vocab_size=len(PIECES), seed=1, **sizes)
    (place / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    encoder.tokenizer = bk.Tokenizer(place / "vocab.txt")
    save_encoder(encoder, place / "encoder")
    return place / "encoder"


def _arguments(function) -> int:
    return len(inspect.signature(function).parameters)


if __name__ == "__main__":
    main()
