"""CoNLL-2003 as TFDS lays it out: `tokens`, and `pos`, `chunks` and `ner` as class labels."""

import pathlib

import tensorflow_datasets as tfds

from bert_keras import checks
from bert_keras.data.tfds_folders import check_features, check_split, own_builder, prepared_folder
from bert_keras.token_classification.conll_layout import CONLL_2003
from bert_keras.token_classification.tagged_sentences import TaggedSentences

TFDS_NAME = "conll2003"
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
_URL = "https://data.deepai.org/conll2003.zip"
_READ_BATCH = 1024


def prepared_conll2003(data_dir: pathlib.Path) -> tfds.core.DatasetBuilder | None:
    """The data set as TFDS prepared it below a data folder; None where it did not."""
    for folder in (data_dir / TFDS_NAME / TFDS_NAME, data_dir / TFDS_NAME):
        prepared = prepared_folder(folder)
        if prepared is not None:
            return tfds.builder_from_directory(prepared)
    return None


def own_conll2003() -> tfds.core.DatasetBuilder:
    """The data set in TFDS's own data folder, downloaded if it is not there; ConnectionError without a network."""
    return own_builder(TFDS_NAME, _URL, "a folder with train.txt, valid.txt and test.txt, or a TFDS folder")


def read_tfds_tagging(builder: tfds.core.DatasetBuilder, part: str, tag_column: int | str = -1) -> TaggedSentences:
    """The sentences of a part with its tags "ner" (-1), "pos" or "chunks"; those without words are left out."""
    feature = CONLL_2003[-1] if tag_column == -1 else checks.one_of("tag_column", tag_column, CONLL_2003[1:])
    split = _SPLITS[checks.one_of("part", part, _SPLITS)]
    source = f"TFDS {builder.info.full_name}, split {split}, in {builder.data_dir}"
    check_features(("tokens", feature), builder.info, source)
    check_split(split, builder.info, source)
    names = builder.info.features[feature].feature.names
    config = tfds.ReadConfig(try_autocache=False)
    dataset = builder.as_dataset(split=split, shuffle_files=False, read_config=config)
    words, tags = [], []
    for batch in dataset.map(lambda row: (row["tokens"], row[feature])).ragged_batch(_READ_BATCH):
        for own, their in zip(*(column.to_list() for column in batch), strict=True):
            if own:
                words.append([word.decode("utf-8") for word in own])
                tags.append([names[tag] for tag in their])
    return TaggedSentences(words, tags, None, source)
