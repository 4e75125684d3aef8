"""Small GLUE data written for the tests: every task's files as in the GLUE download, and as TFDS prepares them."""

import pathlib

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from bert_keras.data.examples import Examples
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS

_MNLI_FIRST = [
    *("index", "promptID", "pairID", "genre", "sentence1_binary_parse", "sentence2_binary_parse"),
    *("sentence1_parse", "sentence2_parse", "sentence1", "sentence2"),
]
_MNLI_ROW = ["31", "31n", "letters", "( a )", "( b )", "(ROOT a)", "(ROOT b)"]
_STSB = ["index", "genre", "filename", "year", "old_index", "source1", "source2", "sentence1", "sentence2"]
_STSB_ROW = ["main-news", "wires", "2014", "0007", "none", "none"]
_MRPC = ["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"]

# file: (lines as lists of fields, texts, labels); quotation marks, spaces and other scripts are kept as they are
FILES = {
    ("cola", "train"): (
        "CoLA/train.tsv",
        [["ab01", "1", "", 'He said "go and left.'], ["ab01", "0", "*", "Went the he. "]],
        [('He said "go and left.',), ("Went the he. ",)],
        [1, 0],
    ),
    ("cola", "test"): (
        "CoLA/test.tsv",
        [["index", "sentence"], ["0", "A kettle sings."], ["1", "Kettle a."]],
        [("A kettle sings.",), ("Kettle a.",)],
        None,
    ),
    ("sst2", "validation"): (
        "SST-2/dev.tsv",
        [["sentence", "label"], ["a warm , patient film ", "1"], ["tedious", "0"], ["", "0"]],
        [("a warm , patient film ",), ("tedious",), ("",)],
        [1, 0, 0],
    ),
    ("mrpc", "train"): (
        "MRPC/train.tsv",
        [
            _MRPC,
            ["1", "11", "12", "The mill shut .", '" The mill closed .'],
            ["0", "15", "16", "Rain fell .", "Snow ."],
        ],
        [("The mill shut .", '" The mill closed .'), ("Rain fell .", "Snow .")],
        [1, 0],
    ),
    ("mrpc", "validation"): (
        "MRPC/dev.tsv",
        [_MRPC, ["0", "13", "14", "Ships sailed .", "A port opened ."]],
        [("Ships sailed .", "A port opened .")],
        [0],
    ),
    ("mrpc", "test"): (
        "MRPC/test.tsv",
        [["index", *_MRPC[1:]], ["0", "21", "22", "He won .", "He lost ."]],
        [("He won .", "He lost .")],
        None,
    ),
    ("stsb", "train"): (
        "STS-B/train.tsv",
        [[*_STSB, "score"], ["0", *_STSB_ROW, "A cow.", "A cow, too.", "4.250"], ["1", *_STSB_ROW, "A", "B", "0"]],
        [("A cow.", "A cow, too."), ("A", "B")],
        [4.25, 0.0],
    ),
    ("stsb", "test"): ("STS-B/test.tsv", [_STSB, ["0", *_STSB_ROW, "Up.", "Down."]], [("Up.", "Down.")], None),
    ("qqp", "train"): (
        "QQP/train.tsv",
        [["id", "qid1", "qid2", "question1", "question2", "is_duplicate"], ["77", "3", "9", "Why?", "How come?", "1"]],
        [("Why?", "How come?")],
        [1],
    ),
    ("qqp", "test"): (
        "QQP/test.tsv",
        [["id", "question1", "question2"], ["0", "Who?", "Where?"]],
        [("Who?", "Where?")],
        None,
    ),
    ("mnli", "train"): (
        "MNLI/train.tsv",
        [
            [*_MNLI_FIRST, "label1", "gold_label"],
            ["0", *_MNLI_ROW, "It rained.", "It was wet.", "neutral", "entailment"],
            ["1", *_MNLI_ROW, "It rained.", "It was dry.", "neutral", "contradiction"],
            ["2", *_MNLI_ROW, "It rained.", "Ann sang.", "entailment", "neutral"],
        ],
        [("It rained.", "It was wet."), ("It rained.", "It was dry."), ("It rained.", "Ann sang.")],
        [0, 2, 1],
    ),
    ("mnli", "validation_matched"): (
        "MNLI/dev_matched.tsv",
        [
            [*_MNLI_FIRST, "label1", "label2", "label3", "label4", "label5", "gold_label"],
            ["0", *_MNLI_ROW, "She ran.", "She sat.", *["neutral"] * 5, "contradiction"],
        ],
        [("She ran.", "She sat.")],
        [2],
    ),
    ("mnli", "validation_mismatched"): (
        "MNLI/dev_mismatched.tsv",
        [
            [*_MNLI_FIRST, "label1", "label2", "label3", "label4", "label5", "gold_label"],
            ["0", *_MNLI_ROW, "Two came.", "Some came.", *["neutral"] * 5, "entailment"],
        ],
        [("Two came.", "Some came.")],
        [0],
    ),
    ("mnli", "test_mismatched"): (
        "MNLI/test_mismatched.tsv",
        [_MNLI_FIRST, ["0", *_MNLI_ROW, "Tea.", "Milk."]],
        [("Tea.", "Milk.")],
        None,
    ),
    ("qnli", "validation"): (
        "QNLI/dev.tsv",
        [
            ["index", "question", "sentence", "label"],
            ["0", "Who built it?", "Ann built it in May.", "entailment"],
            ["1", "Who built it?", "It is red.", "not_entailment"],
        ],
        [("Who built it?", "Ann built it in May."), ("Who built it?", "It is red.")],
        [0, 1],
    ),
    ("rte", "train"): (
        "RTE/train.tsv",
        [["index", "sentence1", "sentence2", "label"], ["0", "Two cats.", "A cat.", "entailment"]],
        [("Two cats.", "A cat.")],
        [0],
    ),
    ("wnli", "validation"): (
        "WNLI/dev.tsv",
        [["index", "sentence1", "sentence2", "label"], ["0", "The cup fell; it broke.", "The cup broke.", "1"]],
        [("The cup fell; it broke.", "The cup broke.")],
        [1],
    ),
    ("ax", "test"): (
        "diagnostic/diagnostic.tsv",
        [["index", "sentence1", "sentence2"], ["0", "Every\u2028cat\x85sat.", "Коты сидели."]],
        [("Every\u2028cat\x85sat.", "Коты сидели.")],
        None,
    ),
}


def write(path: pathlib.Path, rows: list[list[str]], end: str = "\n", start: str = "") -> pathlib.Path:
    """Writes the rows as one TSV file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((start + "".join("\t".join(row) + end for row in rows)).encode("utf-8"))
    return path


def write_all(folder: pathlib.Path) -> pathlib.Path:
    """Writes every file of FILES under the folder."""
    for name, rows, _, _ in FILES.values():
        write(folder / name, rows)
    return folder


def assert_read(examples: Examples, texts: list[tuple[str, ...]], labels: list | None) -> None:
    """Asserts texts, labels, and ids that count from 0."""
    assert list(zip(*examples.texts, strict=True)) == texts
    assert examples.ids.dtype == np.int64
    assert examples.ids.tolist() == list(range(len(texts)))
    assert (examples.labels is None) == (labels is None)
    if labels is not None:
        assert examples.labels.tolist() == labels


def prepare_tfds(
    folder: pathlib.Path, name: str, rows: list[dict], split: str, labels: tuple[str, ...] | None = None
) -> pathlib.Path:
    """Writes a prepared TFDS data set `glue/<name>` of one split with these rows, in this order."""
    return prepare_tfds_splits(folder, name, {split: rows}, labels)


def prepare_tfds_splits(
    folder: pathlib.Path, name: str, splits: dict[str, list[dict]], labels: tuple[str, ...] | None = None
) -> pathlib.Path:
    """The same of the rows of several splits."""
    task = GLUE_TASKS[name]
    names = task.labels if labels is None else labels
    features = tfds.features.FeaturesDict(
        {column: tfds.features.Text() for column in task.text_columns}
        | {"label": tfds.features.ClassLabel(names=names) if names else tf.float32, "idx": tf.int32}
    )
    datasets = {
        split: tf.data.Dataset.from_tensor_slices({key: [row[key] for row in rows] for key in rows[0]})
        for split, rows in splits.items()
    }
    if names:
        for split, dataset in datasets.items():
            datasets[split] = dataset.map(lambda row: row | {"label": tf.cast(row["label"], tf.int64)})
    tfds.dataset_builders.store_as_tfds_dataset(
        name="glue",
        config=name,
        version="2.0.0",
        features=features,
        split_datasets=datasets,
        data_dir=folder,
        disable_shuffling=True,
    )
    return folder
