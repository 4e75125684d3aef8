"""Commands for models that are trained, and for encoders: each parses, calls the library, prints."""

import importlib
import json
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.inputs import arguments, chunks, json_line, lines, stream
from bert_keras.cli.options import option, under, with_options
from bert_keras.cli.tasks import READING_OPTIONS, reading_options
from bert_keras.cli.trusted import Trust, trusted

ROWS = "Which rows"  # headings of the help
SCORES = "Which scores"
WRITTEN = "What is written"
QUESTIONS = "Answers to questions"
CLASSES = "Classes of texts"
NO_ANSWER = "Question answering: no answer where the null score is above it."
DataDir = Annotated[
    str | None,
    typer.Option(help="TFDS's data folder, or that of GLUE's TSV or SQuAD's JSON.", rich_help_panel=ROWS),
]
OtherTask = Annotated[
    str | None,
    typer.Option(help="Another task with the same labels; or a file of your own.", rich_help_panel=ROWS),
]
Part = Annotated[str, typer.Option(help="train, validation or test.", rich_help_panel=ROWS)]
TrainedRows = Annotated[
    str,
    typer.Option(
        help="Of a file of your own, rows that were trained on: refuse, leave_out or keep.", rich_help_panel=ROWS
    ),
]
Folder = Annotated[str, typer.Argument(metavar="DIR", help="A model folder that finetune wrote.")]
AnsweringFolder = Annotated[
    str,
    typer.Argument(metavar="DIR", help="A model folder that finetune wrote, or an export of a classifier to ONNX."),
]


@app.command(cls=GroupedHelp)
def evaluate(
    folder: Folder,
    task: OtherTask = None,
    data_dir: DataDir = None,
    null_threshold: Annotated[float | None, typer.Option(help=NO_ANSWER, rich_help_panel=SCORES)] = None,
    part: Part = "validation",
    trained_rows: TrainedRows = "refuse",
    trust: Trust = False,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence",
            help="Of a classifier: how well it knows its mistakes, too.",
            rich_help_panel=SCORES,
        ),
    ] = False,
    by_class: Annotated[
        bool,
        typer.Option(
            "--by-class",
            help="Of a classifier: precision, recall and more of each class, too.",
            rich_help_panel=SCORES,
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for machines.")] = False,
) -> None:
    """Print the task's official metrics of a tuned model, and of which rows they are.

    Rows of your own files that the model was trained on are not scored unless you ask for it.

    Example: bert-keras evaluate runs/mrpc --data-dir ~/tensorflow_datasets
    """
    looking_ahead().look_at_evaluation(folder, part, trained_rows, null_threshold, by_class)
    predictor = bk.load(folder, trust=trust)
    looking_ahead().check_by_class(by_class, predictor.model.kind, predictor.config.get("labels"))  # of a .keras file
    data = predictor.task_data(part, task, data_dir, trained_rows)
    scores = bk.evaluate(predictor.model, data, part, null_threshold=null_threshold)
    knows = _knowledge(scores) if confidence else {}
    if as_json:
        confusion = None if scores.confusion is None else scores.confusion.tolist()
        classes = {"classes": scores.classes, "confusion": confusion} if by_class else {}
        print(json.dumps({"part": scores.part, "rows": scores.rows, **scores, **knows, **classes}))
        return
    width = max([24, *map(len, knows)])
    print(scores.of, *(f"{name:{width}} {value:.4f}" for name, value in {**scores, **knows}.items()), sep="\n")
    for name, own in scores.classes.items() if by_class else ():
        shown = "  ".join(
            f"{field} {value:,}" if field == "support" else f"{field} {value:.4f}" for field, value in own.items()
        )
        print(f"{name:24} {shown}")


def _knowledge(scores: Any) -> dict[str, float]:
    """How well a classifier knows its mistakes, as numbers by name."""
    if scores.calibration is None:
        raise ValueError(checks.message("confidence", "be False but for classifiers of texts", True))
    found = {"expected_calibration_error": scores.calibration.error}
    if scores.selective is not None:
        found["risk_coverage_area"] = scores.selective.area
        found |= {f"coverage_at_{share}": scores.selective.coverage_at(share) for share in (0.9, 0.95, 0.99)}
    return found


# Of a table, by the argument of `bk.predict_file`.
_COLUMNS = [
    option(f"{name}_column", str | None, f"Of a table: the column of the {what}.")
    for name, what in (
        *(("text", "texts"), ("text_pair", "second texts"), ("question", "questions"), ("context", "contexts")),
        *(("prompt", "prompts"), ("choices", "choices, one with lists, or columns with commas")),
    )
]
_TABLE = [
    option("prefix", str, "Of a table: begins the names of the new columns.", ""),
    option("resume", bool, "Of a table: go on with an interrupted run.", False, "--resume"),
    option("overwrite", bool, "Of a table: replace --out.", False, "--overwrite"),
]


@app.command(cls=GroupedHelp)
@with_options(
    under("A table", [*_COLUMNS, *_TABLE]),
    under("How a file is written", READING_OPTIONS),
)
def predict(
    folder: AnsweringFolder,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="Texts; QUESTION CONTEXT; PROMPT CHOICE CHOICE; - reads standard input; with --out a table.",
        ),
    ] = None,
    file: Annotated[str | None, typer.Option(help="A UTF-8 file, a text or TEXT<tab>TEXT a line.")] = None,
    part: Annotated[
        str | None,
        typer.Option(help="Write predictions for a part (test, validation) to --out.", rich_help_panel=ROWS),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="Of a table: the new file, .csv, .tsv, .jsonl or .parquet. With --part: the files' folder."),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(help="With --part: another task with the same labels, as glue/ax.", rich_help_panel=ROWS),
    ] = None,
    data_dir: DataDir = None,
    top_k: Annotated[
        int | None,
        typer.Option(help="Question answering: so many answers to each question.", rich_help_panel=QUESTIONS),
    ] = None,
    null_threshold: Annotated[float | None, typer.Option(help=NO_ANSWER, rich_help_panel=QUESTIONS)] = None,
    abstain_below: Annotated[
        float | None,
        typer.Option(help="Classes: a label of less probability is not said.", rich_help_panel=CLASSES),
    ] = None,
    trust: Trust = False,
    **options: Any,
) -> None:
    """Print a JSON line for each text: label, score, probabilities; for each question its answer, or the best choice.

    With --out and the name of a table, write it with the answers in further columns, beside its own.

    Example: bert-keras predict runs/reviews "Not once did it fail."
    Example: bert-keras predict runs/reviews reviews.csv --text-column review --out answered.csv
    """
    if out and not part:
        if not texts or len(texts) != 1 or file or task or data_dir or top_k is not None:
            must = "be given with one table, as an argument, without --file, --task, --data-dir and --top-k"
            raise ValueError(checks.message("out", must, out, "With --part it is a folder."))
        answers = {"null_threshold": null_threshold, "abstain_below": abstain_below}
        _predict_table(folder, texts[0], out, trust, options, **answers)
        return
    for parameter in (*_COLUMNS, *_TABLE, *READING_OPTIONS):
        if options[parameter.name] != parameter.default:
            must = "be given with a table and --out, as in: bert-keras predict DIR reviews.csv --out answered.csv"
            raise ValueError(checks.message(parameter.name, must, options[parameter.name]))
    if sum(bool(given) for given in (texts, file, part)) != 1:
        raise ValueError("Give texts, or - for standard input, or --file, or --part with --out: one of them.")
    if part and not out:
        raise ValueError(checks.message("out", "name the folder for the leaderboard files", out))
    if task and not part:
        raise ValueError("--task belongs to --part.")
    if texts and "-" in texts and len(texts) > 1:
        raise ValueError("- reads the texts from standard input: give it alone, or texts without it.")
    if part and top_k is not None:
        raise ValueError("--top-k belongs to questions given here: the files of --part hold the 20 best answers.")
    source = stream(file) if file or texts == ["-"] else None
    if part and abstain_below is not None:
        raise ValueError("--abstain-below belongs to texts and tables: the files of --part have a label for each row.")
    given = {"top_k": top_k, "null_threshold": null_threshold, "abstain_below": abstain_below}
    looking_ahead().look_at_answers(folder, part, **given)
    predictor = bk.load(folder, trust=trust)
    chosen = _options_of(predictor, **given)
    if part:
        data = predictor.task_data(part, task, data_dir, "keep")
        threshold = getattr(predictor, "null_threshold", None) if null_threshold is None else null_threshold
        for path in bk.write_predictions(predictor.model, data, out, part, null_threshold=threshold):
            print(path)
        return
    columns = predictor.columns
    rows = arguments(texts, columns) if source is None else lines(source, file or "standard input", columns)
    for chunk in chunks(rows, 1024):
        for line in predictor.lines(chunk, **chosen):
            print(json_line(line), flush=True)


def _predict_table(
    folder: str, file: str, out: str, trust: bool, options: dict[str, Any], **answers: float | None
) -> None:
    reading = reading_options(options)
    names = {parameter.name.removesuffix("_column"): options[parameter.name] for parameter in _COLUMNS}
    if names["choices"]:
        names["choices"] = [name.strip() for name in names["choices"].split(",")]
    steps = {name: options[name] for name in ("resume", "overwrite")}
    looking_ahead().look_at_table(folder, file, out, names, reading, **steps)
    given = {**names, **reading, **steps, "prefix": options["prefix"], **answers}
    print(bk.predict_file(trusted(folder, trust), file, out, **given, say=say))


def _options_of(predictor: Any, **options: Any) -> dict[str, Any]:
    """The options that were given; ValueError, with the kinds of model that take it, for one that this one does not."""
    options = {name: value for name, value in options.items() if value is not None}
    for name, value in options.items():
        if name not in predictor.options:
            # All kinds, with TensorFlow: they are loaded with the model, and not with the command.
            kinds = importlib.import_module("bert_keras.running.kinds").KINDS.values()
            takers = [kind.name for kind in kinds if kind.predictor is not None and name in kind.predictor.options]
            must = f"be given to a model of {' and '.join(takers)} only"
            raise ValueError(checks.message(name, must, value, f"This is {predictor.kind_name}."))
    return options
