"""The ten GLUE tasks: their columns, labels, metrics, splits and files. Declarations only.

Names, label order and row counts are those of TFDS `glue` 2.0.0; file layouts those of the GLUE download
(https://gluebenchmark.com/tasks).
"""

import dataclasses
import re

from bert_keras.checks import did_you_mean, message, one_of
from bert_keras.features import REGRESSION, SINGLE_LABEL


@dataclasses.dataclass(frozen=True)
class GlueSplit:
    """One split of a task.

    Args:
        name: TFDS's name of the split.
        files: names its TSV file goes by in the task's folder, the usual one first.
        rows: published number of rows.
        label_column: TSV column of the label; None in test splits, whose labels are not published.
        columns: all columns of the TSV file where it has no header; None where it has one.
        prediction_file: the leaderboard's name for this split's predictions; None if it takes none.
    """

    name: str
    files: tuple[str, ...]
    rows: int
    label_column: str | None = None
    columns: tuple[str, ...] | None = None
    prediction_file: str | None = None


@dataclasses.dataclass(frozen=True)
class GlueTask:
    """One GLUE task.

    Args:
        name: TFDS's name, as in `glue/mrpc`.
        description: one line.
        text_columns: TFDS's names of the one or two texts.
        labels: class names in TFDS's order; None for regression.
        metrics: the official metrics, names of `bert_keras.metrics.classification.METRICS`.
        splits: the splits, in TFDS's order of train, validation, test.
        folders: names its folder goes by in the GLUE download, the usual one first.
        tsv_text_columns: the TSV files' names of `text_columns`.
        label_words: True where TSV and prediction files hold label names, False where they hold numbers.
        shared_idx: True where TFDS numbers train and validation rows through one common file, so that its `idx`
            is not the row's number within its split.
    """

    name: str
    description: str
    text_columns: tuple[str, ...]
    labels: tuple[str, ...] | None
    metrics: tuple[str, ...]
    splits: tuple[GlueSplit, ...]
    folders: tuple[str, ...]
    tsv_text_columns: tuple[str, ...]
    label_words: bool = False
    shared_idx: bool = False

    @property
    def problem_type(self) -> str:
        """One of `features.PROBLEM_TYPES`."""
        return REGRESSION if self.labels is None else SINGLE_LABEL

    @property
    def split_names(self) -> tuple[str, ...]:
        return tuple(split.name for split in self.splits)

    @property
    def test_splits(self) -> tuple[str, ...]:
        """Names of the splits without labels: two for MNLI, else ('test',)."""
        return tuple(name for name in self.split_names if name.startswith("test"))

    def split(self, name: str) -> GlueSplit:
        """The split of that name; ValueError with the names there are otherwise."""
        return self.splits[self.split_names.index(one_of("split", name, self.split_names))]


def glue_task(name: str | GlueTask) -> GlueTask:
    """The task of that name. Case, '-', '_' and a leading 'glue/' do not matter.

    >>> glue_task("glue/sst2") is glue_task("SST-2")
    True
    """
    if isinstance(name, GlueTask):
        return name
    if not isinstance(name, str):
        raise TypeError(message("task", "be the name of a GLUE task", name))
    short = name.lower().removeprefix("glue/")
    plain = re.sub(r"[-_ ]", "", short)
    if plain not in GLUE_TASKS:
        known = ", ".join(f"'{task}'" for task in GLUE_TASKS)
        raise ValueError(message("task", f"be one of {known}", name, did_you_mean(short, GLUE_TASKS)))
    return GLUE_TASKS[plain]


def known_glue_task(task: str) -> str | None:
    """ "glue/mrpc" for "mrpc", "glue/MRPC" and the like; None for what does not begin with "glue/" and is none."""
    if not task.lower().startswith("glue/") and re.sub(r"[-_ ]", "", task.lower()) not in GLUE_TASKS:
        return None
    return f"glue/{glue_task(task).name}"


def _splits(
    train: int, validation: int, test: int, label_column: str, prediction_file: str, headerless: tuple[str, ...] = ()
) -> tuple[GlueSplit, ...]:
    columns = headerless or None
    return (
        GlueSplit("train", ("train.tsv",), train, label_column, columns),
        GlueSplit("validation", ("dev.tsv",), validation, label_column, columns),
        GlueSplit("test", ("test.tsv",), test, prediction_file=prediction_file),
    )


_PAIR = ("sentence1", "sentence2")
_ENTAILMENT = ("entailment", "not_entailment")
_INFERENCE = ("entailment", "neutral", "contradiction")

_TASKS = (
    GlueTask(
        name="cola",
        description="Corpus of Linguistic Acceptability: is the sentence grammatical English?",
        text_columns=("sentence",),
        labels=("unacceptable", "acceptable"),
        metrics=("matthews_corrcoef",),
        splits=_splits(8551, 1043, 1063, "label", "CoLA.tsv", headerless=("source", "label", "mark", "sentence")),
        folders=("CoLA",),
        tsv_text_columns=("sentence",),
    ),
    GlueTask(
        name="sst2",
        description="Stanford Sentiment Treebank: is the phrase from a film review positive or negative?",
        text_columns=("sentence",),
        labels=("negative", "positive"),
        metrics=("accuracy",),
        splits=_splits(67349, 872, 1821, "label", "SST-2.tsv"),
        folders=("SST-2",),
        tsv_text_columns=("sentence",),
    ),
    GlueTask(
        name="mrpc",
        description="Microsoft Research Paraphrase Corpus: do two sentences from the news mean the same?",
        text_columns=_PAIR,
        labels=("not_equivalent", "equivalent"),
        metrics=("accuracy", "f1"),
        splits=_splits(3668, 408, 1725, "Quality", "MRPC.tsv"),
        folders=("MRPC",),
        tsv_text_columns=("#1 String", "#2 String"),
        shared_idx=True,
    ),
    GlueTask(
        name="qqp",
        description="Quora Question Pairs: do two questions ask the same?",
        text_columns=("question1", "question2"),
        labels=("not_duplicate", "duplicate"),
        metrics=("accuracy", "f1"),
        splits=_splits(363846, 40430, 390965, "is_duplicate", "QQP.tsv"),
        folders=("QQP",),
        tsv_text_columns=("question1", "question2"),
    ),
    GlueTask(
        name="stsb",
        description="Semantic Textual Similarity Benchmark: how alike in meaning are two sentences, from 0 to 5?",
        text_columns=_PAIR,
        labels=None,
        metrics=("pearson", "spearman"),
        splits=_splits(5749, 1500, 1379, "score", "STS-B.tsv"),
        folders=("STS-B",),
        tsv_text_columns=_PAIR,
    ),
    GlueTask(
        name="mnli",
        description="Multi-Genre Natural Language Inference: does the premise entail or contradict the hypothesis?",
        text_columns=("premise", "hypothesis"),
        labels=_INFERENCE,
        metrics=("accuracy",),
        splits=(
            GlueSplit("train", ("train.tsv",), 392702, "gold_label"),
            GlueSplit("validation_matched", ("dev_matched.tsv",), 9815, "gold_label"),
            GlueSplit("validation_mismatched", ("dev_mismatched.tsv",), 9832, "gold_label"),
            GlueSplit("test_matched", ("test_matched.tsv",), 9796, prediction_file="MNLI-m.tsv"),
            GlueSplit("test_mismatched", ("test_mismatched.tsv",), 9847, prediction_file="MNLI-mm.tsv"),
        ),
        folders=("MNLI",),
        tsv_text_columns=_PAIR,
        label_words=True,
    ),
    GlueTask(
        name="qnli",
        description="Question Natural Language Inference: does the sentence hold the answer to the question?",
        text_columns=("question", "sentence"),
        labels=_ENTAILMENT,
        metrics=("accuracy",),
        splits=_splits(104743, 5463, 5463, "label", "QNLI.tsv"),
        folders=("QNLI",),
        tsv_text_columns=("question", "sentence"),
        label_words=True,
    ),
    GlueTask(
        name="rte",
        description="Recognizing Textual Entailment: does the second sentence follow from the first?",
        text_columns=_PAIR,
        labels=_ENTAILMENT,
        metrics=("accuracy",),
        splits=_splits(2490, 277, 3000, "label", "RTE.tsv"),
        folders=("RTE",),
        tsv_text_columns=_PAIR,
        label_words=True,
    ),
    GlueTask(
        name="wnli",
        description="Winograd Natural Language Inference: is the pronoun replaced by what it stands for?",
        text_columns=_PAIR,
        labels=("not_entailment", "entailment"),
        metrics=("accuracy",),
        splits=_splits(635, 71, 146, "label", "WNLI.tsv"),
        folders=("WNLI",),
        tsv_text_columns=_PAIR,
    ),
    GlueTask(
        name="ax",
        description="GLUE's diagnostic pairs, test only: predicted with a model trained on MNLI.",
        text_columns=("premise", "hypothesis"),
        labels=_INFERENCE,
        metrics=("matthews_corrcoef",),
        splits=(GlueSplit("test", ("diagnostic.tsv", "AX.tsv"), 1104, prediction_file="AX.tsv"),),
        folders=("diagnostic", "AX"),
        tsv_text_columns=_PAIR,
        label_words=True,
    ),
)

GLUE_TASKS: dict[str, GlueTask] = {task.name: task for task in _TASKS}
