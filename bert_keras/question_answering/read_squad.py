"""`read_squad`: SQuAD's questions, from TFDS or from its JSON files, the same from both."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple, NoReturn

import numpy as np
import tensorflow_datasets as tfds

from bert_keras.checks import beyond_utf8, message, one_of, warn
from bert_keras.data.tfds_folders import check_features, check_split, own_builder, prepared_folder
from bert_keras.metrics.squad_json import field, objects, walk
from bert_keras.question_answering.placed_answer import placed_answer
from bert_keras.question_answering.question_examples import QuestionExamples, is_blank
from bert_keras.question_answering.raw_questions import read_json

Path = tfds.core.Path  # pathlib for local folders and for gs:// alike

SQUAD_VERSIONS = ("v1.1", "v2.0")
SQUAD_SPLITS = {"train": "train", "validation": "dev"}  # TFDS's name: the file's

_READ_BATCH = 1024  # questions a step out of TFDS
_URL = "https://rajpurkar.github.io/SQuAD-explorer/dataset/"


class _Row(NamedTuple):
    where: str
    id: str
    title: str
    context: str
    question: str
    answers: list[tuple[str, int]]
    is_impossible: bool | None


def squad_version(version: str) -> str:
    """ "v1.1" or "v2.0", also of "squad/V2.0"; TypeError or ValueError for what is neither."""
    if not isinstance(version, str):
        raise TypeError(message("version", "be 'v1.1' or 'v2.0'", version))
    return one_of("version", version.lower().removeprefix("squad/"), SQUAD_VERSIONS)


def read_squad(version: str, split: str, data_dir: str | os.PathLike | None = None) -> QuestionExamples:
    """The questions of one split of SQuAD, in the same order from whichever source they are read.

    TFDS shuffles when it prepares a data set and keeps no row numbers, so the order is that of a hash of the ids, which
    both sources have. It is as good as random: the ids themselves are in blocks, those of 2.0's unanswerable questions
    last, and the first thousand would hold none.

    Args:
        version: "v1.1" or "v2.0"; "squad/v1.1" as well.
        split: TFDS's name: "train" or "validation".
        data_dir: a TFDS data folder with the prepared data set in `squad/<version>/<number>`, or a folder that holds
            SQuAD's files, `train-v1.1.json`, `dev-v1.1.json` and so on, or holds them in `squad`. None: TFDS's own
            data folder, into which the data set is downloaded if it is not there.

    Raises:
        FileNotFoundError: `data_dir` holds neither; the message says what was looked for.
        ConnectionError: the download failed; the message says what to do without a network.
        ValueError: an unknown version or split, or a file that is not in SQuAD's form, with the path of the field.
            Questions without a visible character are kept, with a warning: a published set cannot be mended.
    """
    version = squad_version(version)
    file = f"{SQUAD_SPLITS[one_of('split', split, SQUAD_SPLITS)]}-{version}.json"
    rows, source = _published_rows(version, split, file, data_dir)
    rows = sorted(rows, key=lambda row: hashlib.sha256(row.id.encode("utf-8", "surrogatepass")).digest())
    return _examples(rows, source, blank_questions=True)


def checked_file(path: str | os.PathLike) -> Path:
    """The path of a file of questions; FileNotFoundError if there is none."""
    path = Path(os.fspath(path)).expanduser()
    if not path.is_file():
        raise FileNotFoundError(message("path", "be a file in SQuAD's JSON", str(path), "There is no such file."))
    return path


def _published_rows(
    version: str, split: str, file: str, data_dir: str | os.PathLike | None
) -> tuple[Iterable[_Row], str]:
    if data_dir is None:
        instead = f"a folder that holds {file}, or a TFDS folder prepared elsewhere, as in DATA/squad/{version}/3.0.0/"
        return _tfds_rows(own_builder(f"squad/{version}", _URL, instead), split)
    folder = Path(os.fspath(data_dir)).expanduser()
    prepared = prepared_folder(folder / "squad" / version)
    if prepared is not None:
        return _tfds_rows(tfds.builder_from_directory(prepared), split)
    candidates = (folder / file, folder / "squad" / file)
    for candidate in candidates:
        if candidate.is_file():
            return _json_rows(candidate), str(candidate)
    must = f"hold the {split} split of SQuAD {version}, as TFDS prepares it or as JSON"
    advice = (
        f"Looked for: {folder / 'squad' / version}/<number>/dataset_info.json, {', '.join(map(str, candidates))}. "
        "Leave data_dir out to have TFDS download it. A file of your own is read by bk.load_files."
    )
    raise FileNotFoundError(message("data_dir", must, str(data_dir), advice))


def _tfds_rows(builder: tfds.core.DatasetBuilder, split: str) -> tuple[Iterator[_Row], str]:
    source = f"TFDS {builder.info.full_name}, split {split}, in {builder.data_dir}"
    check_features(("id", "title", "context", "question", "answers"), builder.info, source)
    check_split(split, builder.info, source)
    return _decoded_rows(builder, split), source


def _decoded_rows(builder: tfds.core.DatasetBuilder, split: str) -> Iterator[_Row]:
    config = tfds.ReadConfig(try_autocache=False)
    dataset = builder.as_dataset(split=split, shuffle_files=False, read_config=config)
    for batch in dataset.ragged_batch(_READ_BATCH):
        columns = [[text.decode("utf-8") for text in batch[n].numpy()] for n in ("id", "title", "context", "question")]
        texts, starts = (batch["answers"][name].to_list() for name in ("text", "answer_start"))
        flags = batch["is_impossible"].numpy().tolist() if "is_impossible" in batch else [None] * len(texts)
        for name, title, context, question, text, start, flag in zip(*columns, texts, starts, flags, strict=True):
            answers = [(piece.decode("utf-8"), place) for piece, place in zip(text, start, strict=True)]
            yield _Row(f"question['{name}']", name, title, context, question, answers, flag)


def _json_rows(path: Path) -> Iterator[_Row]:
    squad = read_json(path)
    try:
        yield from _parsed_rows(squad)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _parsed_rows(squad: object) -> Iterator[_Row]:
    if not isinstance(squad, dict) or "data" not in squad:
        received = list(squad) if isinstance(squad, dict) else squad
        raise ValueError(message("the file", "hold an object with the list 'data', as SQuAD's do", received))
    row = None
    for article, paragraph, (path, question), name in walk(squad["data"]):
        answers = [
            (field(*answer, "text", str), field(*answer, "answer_start", int))
            for answer in objects(field(path, question, "answers", list), f"{path}.answers")
        ]
        title, context = field(*article, "title", str, default=""), field(*paragraph, "context", str)
        text, is_impossible = field(path, question, "question", str), field(path, question, "is_impossible", bool, None)
        row = _Row(path, name, title, context, text, answers, is_impossible)
        yield row
    if row is None:
        raise ValueError(message("data", "hold at least one question", squad["data"]))


def _examples(rows: Iterable[_Row], source: str, blank_questions: bool) -> QuestionExamples:
    """The rows as columns, each checked, its answers at their right places."""
    checked, blank, misplaced, contexts = [], [], [], {}
    for row in rows:
        _check(row, source, blank_questions)
        if is_blank(row.question):
            blank.append(row.id)
        answers = [placed_answer(text, start, row.context)[0] for text, start in row.answers]
        if answers != row.answers:
            misplaced.append(row.id)
        # One str a context: TFDS repeats it for each of its questions, five on average.
        checked.append(row._replace(context=contexts.setdefault(row.context, row.context), answers=tuple(answers)))
    _, ids, titles, contexts, questions, answers, _ = (list(column) for column in zip(*checked, strict=True))
    impossible = np.array([not texts for texts in answers], bool)
    examples = QuestionExamples(ids, questions, contexts, titles, answers, impossible, tuple(misplaced), source)
    if blank:
        warn(f"{source}: {len(blank)} of {len(ids)} questions have no visible character, the first '{blank[0]}'.")
    if misplaced:
        warn(
            f"{source}: {len(misplaced)} of {len(ids)} questions have an answer that is not at its answer_start, the "
            f"first '{misplaced[0]}'. Answers that could be found were put in their place; {len(examples.unplaced)} "
            "questions keep one without a place. `misplaced` and `unplaced` list the ids."
        )
    return examples


def _check(row: _Row, source: str, blank_questions: bool) -> None:
    if is_blank(row.context):
        _refuse(row, source, "context", "have a visible character", row.context)
    if not blank_questions and is_blank(row.question):
        _refuse(row, source, "question", "have a visible character", row.question)
    for name, text in (("id", row.id), ("context", row.context), ("question", row.question)):
        if must := beyond_utf8(text):
            _refuse(row, source, name, must, text)
    for number, (text, _) in enumerate(row.answers):
        if not text:
            advice = "A question without an answer has 'answers': [] and 'is_impossible': true."
            _refuse(row, source, f"answers[{number}].text", "not be empty", text, advice)
    if row.is_impossible and row.answers:
        advice = "Put them under 'plausible_answers', or let 'is_impossible' be false."
        _refuse(row, source, "answers", "be empty, as 'is_impossible' is true", row.answers, advice)
    if not row.is_impossible and not row.answers:
        _refuse(row, source, "answers", "hold at least one answer, as 'is_impossible' is not true", row.answers)


def _refuse(row: _Row, source: str, name: str, must: str, received: object, advice: str = "") -> NoReturn:
    text = message(f"{row.where}.{name}", must, received, f"The question's id is '{row.id}'. {advice}".strip())
    raise ValueError(f"{source}: {text}")
