"""`load_tagging`: words and their tags, from CoNLL files, TFDS or lists, chosen, or as batches for an encoder."""

import functools
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.origin import Origin
from bert_keras.data.samples import FOLDER
from bert_keras.data.splitting import Shares, by_part
from bert_keras.data.task import loaded
from bert_keras.features import PARTS
from bert_keras.foreign_names import foreign_names
from bert_keras.token_classification.tagged_sentences import TaggedSentences
from bert_keras.token_classification.tagging_sources import files_in, own_source, sentences_of
from bert_keras.token_classification.tagging_task import TaggingTask
from bert_keras.token_classification.tfds_tagging import TFDS_NAME, own_conll2003, prepared_conll2003

ENTITIES = "samples/entities"


@checks.answers(**foreign_names("load_tagging"))
def load_tagging(
    source: Any,
    encoder: Any = None,
    *,
    data_dir: str | os.PathLike | None = None,
    validation: Any = None,
    validation_share: float | None = None,
    test_share: float = 0.0,
    split_seed: int = 0,
    **options: Any,
) -> Any:
    """Words with a tag each, such as named entities, as a `TaggingTask`; with an encoder as windows of token ids.

    >>> data = load_tagging("conll2003", encoder, data_dir="conll2003")
    >>> data = load_tagging({"train": "train.conll", "validation": "dev.conll"}, encoder)
    >>> data = load_tagging({"train": [(["Ann", "sings"], ["B-PER", "O"]), …]}, encoder)
    >>> features, labels = next(iter(data.train))
    >>> labels  # int32 [batch, tokens]: the class at the first piece of each word, -1 elsewhere

    Args:
        source: "conll2003", or "samples/entities", which comes with the library; a CoNLL file; a folder with files for
            train, dev (or valid, testa) and test (or testb); a table of words and tags, or of texts with spans of
            characters, in a file or in memory, see docs/named_entities.md; a list of (words, tags); or several of these
            by part: "train", "validation", "test".
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`; None for a
            `TaggingTask`.
        data_dir: of "conll2003", a folder with train.txt, valid.txt and test.txt, or a TFDS data folder; TFDS's own if
            None, into which it is downloaded.
        validation: where there is none, another file or list that is "validation".
        validation_share, test_share: of the training sentences, what becomes a part that is not given; 0 for none.
            Equal sentences stay together. 0.1 is "validation" if not said, of "samples/entities" 0.2.
        split_seed: draws what is put aside, and the training sentences that `limit` leaves.
        **options: fields of `TaggingTask`: `tag_column`, `word_column`, `sentence_column`, `columns`, `encoding`,
            `repair`, `label_pieces`, `label_names`, `scheme`, `limit`, `seq_length`: tokens of a row, 128; longer
            sentences have several rows, each word a label in one of them. With an encoder also `parts`, `batch_size`,
            `seed` and `static_shapes`, see `Task.load`.

    Raises:
        FileNotFoundError: if there is no such file, or the folder has none of these names.
        ValueError: with the line, for what a file must not have: see `read_conll`; for tags that break their scheme,
            tags that occur in another part than "train" alone, and tags of one kind only.
    """
    named = source if isinstance(source, str) and source in (TFDS_NAME, ENTITIES) else None
    if data_dir is not None and named != TFDS_NAME:
        raise ValueError(checks.message("data_dir", "be None but for 'conll2003'", str(data_dir)))
    if validation_share is None:
        validation_share = 0.2 if named == ENTITIES else 0.1
    shares = Shares(validation_share, test_share, split_seed)
    name, sources = (named, _sources_of(named, data_dir)) if named else _own_sources(source)
    if validation is not None:
        if "validation" in sources:
            raise ValueError(checks.message("validation", f"be None for {name}, which has its own", validation))
        sources["validation"] = own_source("validation", validation)
    read = functools.partial(_read_parts, sources, shares)
    files = source if validation is None else {**by_part(source, "source"), "validation": validation}
    origin = None if named else Origin.of(files, shares, sources)
    task = TaggingTask(name=name, read=read, parts=shares.parts(sources), split_seed=split_seed, origin=origin)
    return loaded(task, encoder, options)


def _sources_of(name: str, data_dir: Any) -> dict[str, Any]:
    """Of a task by its name a file, or the builder of TFDS, for each part; TFDS's own is made when it is read."""
    if name == ENTITIES:
        return {"train": FOLDER / "entities_train.conll", "test": FOLDER / "entities_test.conll"}
    if data_dir is None:
        return dict.fromkeys(PARTS, own_conll2003)
    folder = pathlib.Path(data_dir).expanduser()
    builder = prepared_conll2003(folder)
    if builder is not None:
        return dict.fromkeys(PARTS, builder)
    return files_in(folder / TFDS_NAME if (folder / TFDS_NAME).is_dir() else folder)


def _own_sources(source: Any) -> tuple[str, dict[str, Any]]:
    """The name of a user's own data, and a file or sentences for each part."""
    sources = {part: own_source(part, own) for part, own in by_part(source, "source").items()}
    paths = [path for path in sources.values() if isinstance(path, pathlib.Path)]
    name = "+".join(f"{path.resolve().name}/" if path.is_dir() else path.name for path in paths) or "sentences"
    if paths and not isinstance(source, Mapping) and paths[0].is_dir():
        sources = files_in(paths[0])
    return name, sources


def _read_parts(
    sources: dict[str, Any], shares: Shares, parts: tuple[str, ...], **reading: Any
) -> dict[str, TaggedSentences]:
    """The sentences of some parts; `reading` is what `TaggingTask.rows` passes."""
    read = functools.partial(sentences_of, reading=reading)
    return shares.read(sources, read, parts, lambda sentences: [tuple(words) for words in sentences.words])
