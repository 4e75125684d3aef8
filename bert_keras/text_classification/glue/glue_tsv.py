"""Rows of one split from a folder in the GLUE download's TSV layout.

The files are plain tab-separated lines: no quoting (a lone quotation mark is text), UTF-8. A byte order mark, CRLF line
ends and empty lines at the end are tolerated. Anything else that does not fit stops the reading with file and line:
a row that is too long or too short means a tab or a line break inside a text, and with it a wrong text or label.
"""

from collections.abc import Callable, Iterator

import numpy as np
import tensorflow_datasets as tfds

from bert_keras.checks import did_you_mean, message
from bert_keras.data.examples import Examples
from bert_keras.text.lines import decoded_lines, without_end
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS, GlueSplit, GlueTask

Path = tfds.core.Path  # pathlib for local folders and for gs:// alike

_UTF8_ADVICE = "Convert the file to UTF-8 (`iconv -t utf-8`)."
_MSR_TRAIN, _MSR_TEST, _MSR_DEV_IDS = "msr_paraphrase_train.txt", "msr_paraphrase_test.txt", "dev_ids.tsv"
_MSR_ID_COLUMNS = ("#1 ID", "#2 ID")
_HIGHEST_SIMILARITY = 5.0  # STS-B's scale is 0 to 5

Row = tuple[int, list[str]]


def tsv_candidates(task: GlueTask, split: GlueSplit, data_dir: Path) -> list[Path]:
    """The places the split's TSV file may stand in: the task's folder in `data_dir`, or `data_dir` itself."""
    folders = [data_dir / name for name in task.folders]
    if data_dir.name not in {name for other in GLUE_TASKS.values() if other != task for name in other.folders}:
        folders.append(data_dir)  # not where its name says it is another task's: RTE's and WNLI's columns are the same
    files = split.files
    if task.name == "mrpc":
        files += (_MSR_TEST if split.name == "test" else _MSR_TRAIN,)
    return [folder / file for folder in folders for file in files]


def read_tsv(task: GlueTask, split: GlueSplit, path: Path) -> Examples:
    """The rows of the TSV file at `path`.

    Raises:
        ValueError: for a row or label that does not fit, with file and line; for a file without rows.
        FileNotFoundError: for MRPC's `msr_paraphrase_train.txt` without `dev_ids.tsv`.
    """
    wanted = task.tsv_text_columns + ((split.label_column,) if split.label_column else ())
    if path.name == _MSR_TRAIN:
        rows = _msr_rows(path, split, wanted)
    else:
        rows = read_columns(path, wanted, split.columns, _advice(task))
    label_of = _label_reader(task) if split.label_column else None
    texts: tuple[list[str], ...] = tuple([] for _ in task.text_columns)
    labels = []
    for line, fields in rows:
        for column, text in zip(texts, fields, strict=False):  # the label is the last field
            column.append(text)
        if label_of:
            labels.append(label_of(fields[-1], f"{path}, line {line}"))
    if not texts[0]:
        raise ValueError(f"{path} must hold at least one row of {task.name}'s {split.name} split. It holds none.")
    dtype = np.float32 if task.labels is None else np.int32
    return Examples(
        texts=texts,
        labels=np.array(labels, dtype) if label_of else None,
        ids=np.arange(len(texts[0]), dtype=np.int64),
        source=str(path),
    )


def read_columns(
    path: Path, wanted: tuple[str, ...], columns: tuple[str, ...] | None = None, advice: str = ""
) -> Iterator[Row]:
    """Line number and wanted fields of each row; `columns` names the columns of a file without a header."""
    positions: list[int] | None = None
    blank = 0
    for line, text in enumerate(map(without_end, decoded_lines(path, advice=_UTF8_ADVICE)), start=1):
        if not text:
            blank = blank or line
            continue
        if blank:
            raise ValueError(f"{path}, line {blank} must hold a row. It is empty, with more rows below. {advice}")
        fields = text.split("\t")
        if positions is None:
            header, columns = columns is None, columns or tuple(fields)
            positions = _positions(path, columns, wanted)
            if header:
                continue
        if len(fields) != len(columns):
            raise ValueError(
                f"{path}, line {line} must have {len(columns)} columns ({', '.join(columns)}), separated by tabs. "
                f"It has {len(fields)}. {advice}"
            )
        yield line, [fields[position] for position in positions]


def _positions(path: Path, columns: tuple[str, ...], wanted: tuple[str, ...]) -> list[int]:
    for name in wanted:
        if name not in columns:
            known = ", ".join(f"'{column}'" for column in columns[:20])
            raise ValueError(
                f"{path}, line 1 must name the column '{name}'. Found: {known[:300]}. {did_you_mean(name, columns)}"
            )
    return [columns.index(name) for name in wanted]


def _advice(task: GlueTask) -> str:
    if task.name == "qqp":
        return "The first release of QQP has damaged rows; QQP-clean.zip is the mended one."
    return f"Mend or remove that row, or read 'glue/{task.name}' from TFDS."


def _label_reader(task: GlueTask) -> Callable[[str, str], int | float]:
    if task.labels is None:
        return _similarity
    names = task.labels if task.label_words else [str(number) for number in range(len(task.labels))]
    numbers = {name: number for number, name in enumerate(names)}

    def label_of(text: str, where: str) -> int:
        if text not in numbers:
            known = ", ".join(f"'{name}'" for name in names)
            raise ValueError(f"{where}: {message('label', f'be one of {known}', text)}")
        return numbers[text]

    return label_of


def _similarity(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0.0 <= value <= _HIGHEST_SIMILARITY:  # nan is not
        raise ValueError(f"{where}: {message('label', 'be a number between 0 and 5', text)}")
    return value


def _msr_rows(path: Path, split: GlueSplit, wanted: tuple[str, ...]) -> Iterator[Row]:
    """MRPC's rows of train or validation from the corpus as published, which holds both; GLUE's list parts them."""
    id_file = path.parent / _MSR_DEV_IDS
    if not id_file.is_file():
        raise FileNotFoundError(
            f"{path} holds MRPC's train and validation rows; {id_file}, which says which are which, must stand beside "
            "it. It does not exist. It comes with the GLUE download."
        )
    validation = {tuple(ids) for _, ids in read_columns(id_file, _MSR_ID_COLUMNS, _MSR_ID_COLUMNS)}
    for line, (*ids, first, second, label) in read_columns(path, _MSR_ID_COLUMNS + wanted):
        if (tuple(ids) in validation) == (split.name == "validation"):
            yield line, [first, second, label]
