"""`load_tagging`: words and their tags, from CoNLL files, TFDS or lists, as batches for an encoder."""

import hashlib
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.samples import FOLDER
from bert_keras.data.task_data import checked_parts
from bert_keras.token_classification.read_conll import read_conll
from bert_keras.token_classification.tagged_sentences import TaggedSentences, listed_sentences
from bert_keras.token_classification.tagging_data import TaggingData, make_tagging_data
from bert_keras.token_classification.tfds_tagging import TFDS_NAME, own_conll2003, prepared_conll2003, read_tfds_tagging

ENTITIES = "samples/entities"
TAGGING_TASKS = (TFDS_NAME, ENTITIES)
EXTENSIONS = (".conll", ".bio", ".iob", ".iob2", ".bioes")  # of files that are tasks by their name alone
_PARTS = ("train", "validation", "test")
_STEMS = {
    "train": ("train", "eng.train"),
    "validation": ("dev", "valid", "validation", "testa", "eng.testa"),
    "test": ("test", "testb", "eng.testb"),
}
_ENDINGS = (*EXTENSIONS, ".txt", ".tsv", "")


def load_tagging(
    task_or_files: Any,
    encoder: Any,
    *,
    tag_column: int | str = -1,
    columns: Sequence[str] | None = None,
    data_dir: str | os.PathLike | None = None,
    validation: Any = None,
    validation_share: float | None = None,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    repair: bool = False,
    **options: Any,
) -> TaggingData:
    """Words with a tag each, such as named entities, as windows of token ids.

    >>> data = load_tagging("conll2003", encoder, data_dir="conll2003")
    >>> data = load_tagging({"train": "train.conll", "validation": "dev.conll"}, encoder)
    >>> data = load_tagging({"train": [(["Ann", "sings"], ["B-PER", "O"]), …]}, encoder)
    >>> features, labels = next(iter(data.train))
    >>> labels  # int32 [batch, tokens]: the class at the first piece of each word, -1 elsewhere

    Args:
        task_or_files: "conll2003", or "samples/entities", which comes with the library; a CoNLL file; a folder with
            files for train, dev (or valid, testa) and test (or testb); files, or lists of (words, tags), by part:
            "train", "validation", "test"; or one such list.
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        tag_column: of files, the column with the tags: its number, from 0, that of the words, or -1 for the last; or
            its name out of `columns`, or of "pos", "chunks" and "ner" in a file of four columns and in TFDS.
        columns: names for the files' columns.
        data_dir: of "conll2003", a folder with train.txt, valid.txt and test.txt, or a TFDS data folder; TFDS's own if
            None.
        validation: where there is none, another file or list that is "validation".
        validation_share: of one file or list, or a folder without a dev file, the share of the training sentences that
            becomes "validation" else, drawn by a hash of their words: 0.1, of "samples/entities" 0.2; 0 for none.
        limit: only so many training sentences, the first ones.
        parts: which parts to make; all there are if None.
        repair: whether tags that break their scheme are mended as conlleval reads them; they are an error else.
        **options: as below.
        label_names: the classes, in order, as a model has them; those of "train" if None: "O", then by type, sorted, in
            each B, I (E, S). Plain tags sorted.
        scheme: "bio" (IOB2), "bioes", "iob1", or "plain" for tags without entities; found out if None. IOB1 is turned
            into BIO, and a line of `facts()` says so.
        label_pieces: "first" labels the first piece of each word, "all" every piece (I- after the first).
        seq_length: tokens of a row, 128. Longer sentences have several rows, each word a label in one of them.
        batch_size: rows a batch, 32.
        seed: of the order of the training batches, 0.
        static_shapes: as in `bk.load_glue`, False.

    Raises:
        FileNotFoundError: if there is no such file, or the folder has none of these names.
        ValueError: with the line, for what a file must not have: see `read_conll`; for tags that break their scheme,
            tags that occur in another part than "train" alone, and tags of one kind only.
    """
    limit = None if limit is None else checks.integer("limit", limit, 1)
    if data_dir is not None and task_or_files != TFDS_NAME:
        raise ValueError(checks.message("data_dir", "be None but for 'conll2003'", str(data_dir)))
    share = 0.2 if task_or_files == ENTITIES else 0.1
    if validation_share is not None:
        share = checks.number("validation_share", validation_share, 0.0, 0.9)
    task, sources = _sources(task_or_files, data_dir)
    if validation is not None:
        if "validation" in sources:
            raise ValueError(checks.message("validation", f"be None for {task}, which has its own", validation))
        sources["validation"] = validation
    if isinstance(task_or_files, Mapping) or "validation" in sources or "train" not in sources:
        share = 0.0
    names = checked_parts(parts, (*sources, "validation") if share else tuple(sources))
    is_cut = share and {"train", "validation"} & set(names)
    wanted = [name for name in sources if name in names or (name == "train" and is_cut)]
    made = {name: _read(sources[name], name, tag_column, columns) for name in wanted}
    if is_cut:
        made |= _held_out(made["train"], share)
    made = {name: made[name].head(limit) if name == "train" else made[name] for name in _PARTS if name in names}
    kept = {"tag_column": tag_column, "repair": repair}
    return make_tagging_data(task, made, encoder, kept=kept, **options)


def _sources(given: Any, data_dir: Any) -> tuple[str, dict[str, Any]]:
    """The task's name, and a file, a list, or the builder of TFDS for each part."""
    if isinstance(given, os.PathLike):
        given = os.fspath(given)
    if given == TFDS_NAME:
        return TFDS_NAME, _conll2003(data_dir)
    if given == ENTITIES:
        return ENTITIES, {"train": FOLDER / "entities_train.conll", "test": FOLDER / "entities_test.conll"}
    if isinstance(given, str):
        path = pathlib.Path(given).expanduser()
        return (f"{path.resolve().name}/", files_in(path)) if path.is_dir() else (path.name, {"train": path})
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in _PARTS]
        if unknown or not given:
            must = f"be files or lists by part, out of {_PARTS}"
            raise ValueError(checks.message("task_or_files", must, list(given)))
        files = [pathlib.Path(one).name for one in given.values() if isinstance(one, (str, os.PathLike))]
        return "+".join(files) or "sentences", {name: given[name] for name in _PARTS if name in given}
    if isinstance(given, Iterable):
        return "sentences", {"train": given}
    must = "be a task, a file, a folder, a list of (words, tags), or a dict of those by part"
    raise TypeError(checks.message("task_or_files", must, given))


def _conll2003(data_dir: Any) -> dict[str, Any]:
    if data_dir is None:
        return dict.fromkeys(_PARTS, own_conll2003())
    folder = pathlib.Path(data_dir).expanduser()
    builder = prepared_conll2003(folder)
    if builder is not None:
        return dict.fromkeys(_PARTS, builder)
    return files_in(folder / TFDS_NAME if (folder / TFDS_NAME).is_dir() else folder)


def holds_tags(task: str) -> bool:
    """Whether a name is that of a CoNLL file by its ending, or of a folder with CoNLL files for its parts.

    A folder's name with "/" behind, as a `TaggingData` has it for a task, is one too.
    """
    path = pathlib.Path(task).expanduser()
    if path.is_dir():
        names = [stem + ending for stems in _STEMS.values() for stem in stems for ending in (*EXTENSIONS, ".txt")]
        return any((path / name).is_file() for name in names)
    return path.suffix.lower() in EXTENSIONS or task.endswith("/")


def files_in(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The CoNLL files of a folder by part. FileNotFoundError where none is for training or testing."""
    found = {}
    for part, stems in _STEMS.items():
        names = [stem + ending for stem in stems for ending in _ENDINGS]
        held = [folder / name for name in names if (folder / name).is_file()]
        if len(held) > 1:
            must = f"hold one file for {part}"
            advice = "Pass the files by part: {'train': …}."
            raise ValueError(checks.message("folder", must, sorted(path.name for path in held), advice))
        if held:
            found[part] = held[0]
    if not found:
        held = sorted(path.name for path in folder.iterdir())[:8] if folder.is_dir() else "no such folder"
        must = "hold CoNLL files named train, dev (valid, testa) or test (testb), with .txt, .conll or .tsv"
        raise FileNotFoundError(checks.message("folder", must, str(folder), f"There is: {held}."))
    return found


def _read(source: Any, part: str, tag_column: int | str, columns: Sequence[str] | None) -> TaggedSentences:
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source).expanduser()
        if path.is_dir():
            files = files_in(path)
            path = files[checks.one_of("part", part, files)]
        return read_conll(path, tag_column, columns)
    if isinstance(source, Iterable):
        if tag_column != -1 or columns is not None:
            raise ValueError(checks.message("tag_column", "be left out for lists of (words, tags)", tag_column))
        return listed_sentences(source, part)
    return read_tfds_tagging(source, part, tag_column)


def _held_out(sentences: TaggedSentences, share: float) -> dict[str, TaggedSentences]:
    """One part as two. Equal sentences go to one side: a hash of its words decides for each."""
    if len({tuple(words) for words in sentences.words}) < 2:
        advice = "Pass validation_share=0, or a second file as `validation`."
        raise ValueError(checks.message("sentences", "be two or more, to hold one out", len(sentences), advice))
    hashes = [hashlib.sha256("\n".join(words).encode()).digest() for words in sentences.words]
    count = min(max(round(share * len(hashes)), 1), len(hashes) - 1)
    limit = sorted(hashes)[count - 1]
    held = [row for row, own in enumerate(hashes) if own <= limit]
    kept = [row for row, own in enumerate(hashes) if own > limit]
    if not kept:  # the sentence with the highest hash fills most of the file
        raise ValueError(checks.message("sentences", "differ enough to hold some out", len(sentences)))
    return {"train": sentences.take(kept), "validation": sentences.take(held)}
