"""The command line `bert-keras`: parses, calls the library, prints."""

import json
import os
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.installation import doctor as examine

app = typer.Typer(
    help="Fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DataDir = Annotated[str | None, typer.Option(help="TFDS's data folder, or the folder of the original TSV files.")]
Folder = Annotated[str, typer.Argument(metavar="DIR", help="A model folder that finetune wrote.")]


def main() -> None:
    """Runs the command line; a user's mistake ends it with one message and status 1."""
    # TensorFlow tells of every GPU library it does not find; its own errors reach the user as exceptions.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except (ValueError, TypeError, OSError) as error:
        print(f"bert-keras: {plain(str(error))}", file=sys.stderr)
        sys.exit(1)


@app.command()
def finetune(
    task: Annotated[str, typer.Argument(help="glue/mrpc and the like, or samples/reviews.")],
    encoder: Annotated[str, typer.Option(help="A name of `bert-keras encoders`, an address, a folder, a .tar.gz.")],
    out: Annotated[str, typer.Option(help="The model folder to write.")],
    epochs: Annotated[int, typer.Option(help="Passes over the training examples.")] = bk.Recipe.epochs,
    batch_size: Annotated[int, typer.Option(help="Examples a step.")] = bk.Recipe.batch_size,
    learning_rate: Annotated[
        float, typer.Option(help="The peak, reached after the warm-up.")
    ] = bk.Recipe.learning_rate,
    seq_length: Annotated[int, typer.Option(help="Tokens; longer texts are cut.")] = bk.Recipe.seq_length,
    seed: Annotated[int, typer.Option(help="Of the head, the batches and the native encoder.")] = bk.Recipe.seed,
    limit: Annotated[int | None, typer.Option(help="Only the first N training examples.")] = None,
    data_dir: DataDir = None,
    native: Annotated[bool, typer.Option("--native", help="Train Keras layers, not the hub's graph.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run in OUT.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in OUT.")] = False,
) -> None:
    """Fine-tune an encoder on a task and write a model folder.

    Example: bert-keras finetune glue/mrpc --encoder bert_en_uncased_L-12_H-768_A-12 --out runs/mrpc
    """
    recipe = bk.Recipe(
        epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seq_length=seq_length, seed=seed
    )
    try:
        bk.finetune(
            task,
            encoder,
            out,
            recipe=recipe,
            native=native,
            data_dir=data_dir,
            limit=limit,
            resume=resume,
            overwrite=overwrite,
            say=_say,
        )
    except KeyboardInterrupt:
        print("bert-keras: interrupted. `--resume` goes on after the last finished epoch.", file=sys.stderr)
        raise typer.Exit(130) from None


@app.command()
def evaluate(
    folder: Folder,
    task: Annotated[str | None, typer.Option(help="Another task with the same labels.")] = None,
    data_dir: DataDir = None,
    part: Annotated[str, typer.Option(help="train, validation or test.")] = "validation",
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for machines.")] = False,
) -> None:
    """Print the task's official metrics of a tuned model.

    Example: bert-keras evaluate runs/mrpc --data-dir ~/tensorflow_datasets
    """
    predictor = bk.load(folder)
    scores = bk.evaluate(predictor.model, _task_data(predictor, task, data_dir, part), part)
    print(json.dumps(scores) if as_json else "\n".join(f"{name:24} {value:.4f}" for name, value in scores.items()))


@app.command()
def predict(
    folder: Folder,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Texts; - reads standard input.")
    ] = None,
    file: Annotated[str | None, typer.Option(help="A UTF-8 file, a text a line; for pairs TEXT<tab>TEXT.")] = None,
    part: Annotated[str | None, typer.Option(help="Write a GLUE part (test) as leaderboard files to --out.")] = None,
    out: Annotated[str | None, typer.Option(help="The folder of the leaderboard files.")] = None,
    task: Annotated[
        str | None, typer.Option(help="With --part: another task with the same labels, as glue/ax.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a JSON line for each text: label, score, probabilities.

    Example: bert-keras predict runs/reviews "Not once did it fail."
    """
    if sum(bool(given) for given in (texts, file, part)) != 1:
        raise ValueError("Give texts, or - for standard input, or --file, or --part with --out: one of them.")
    if part and not out:
        raise ValueError(checks.message("out", "name the folder for the leaderboard files", out))
    if not part and (out or task):
        raise ValueError("--out and --task belong to --part. Redirect standard output to keep predictions of texts.")
    if texts and "-" in texts and len(texts) > 1:
        raise ValueError("- reads the texts from standard input: give it alone, or texts without it.")
    stream = _stream(file) if file or texts == ["-"] else None
    predictor = bk.load(folder)
    if part:
        for path in bk.write_predictions(predictor.model, _task_data(predictor, task, data_dir, part), out, part):
            print(path)
        return
    pairs = predictor.takes_pairs
    rows = _arguments(texts, pairs) if stream is None else _lines(stream, file or "standard input", pairs)
    for chunk in _chunks(rows, 1024):
        for row, answer in zip(chunk, predictor(chunk), strict=True):
            given = {"text": row} if isinstance(row, str) else {"text": row[0], "text_pair": row[1]}
            answered = {"label": answer.label, "score": answer.score, "probabilities": answer.probabilities}
            print(_json_line({**given, **answered}), flush=True)


@app.command()
def export(
    folder: Folder,
    out: Annotated[str, typer.Argument(help="The new folder.")],
    to: Annotated[str, typer.Option(help="The format: savedmodel.")] = "savedmodel",
) -> None:
    """Write a SavedModel that takes strings, for serving without bert_keras.

    Example: bert-keras export runs/reviews served/reviews/1
    """
    print(bk.export(folder, out, to))


@app.command()
def encoders(
    language: Annotated[str | None, typer.Option(help="en, zh, ko or multilingual.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Older versions and frozen TF1 modules too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the published encoders: name, layers, hidden size, heads, parameters, vocabulary, language.

    Example: bert-keras encoders --language zh
    """
    chosen = bk.list_encoders(language, None if every else True, newest_only=not every)
    if as_json:
        for entry in chosen:
            print(json.dumps({"handle": entry.handle, **vars(entry)}))
        return
    print(f"{'name':72}{'L':>4}{'H':>6}{'A':>4}{'parameters':>13}  {'vocabulary':20}{'language':13}form")
    for entry in chosen:
        size = [entry.num_layers, entry.hidden_size, entry.num_heads]
        layers, hidden, heads = ("?" if value is None else value for value in size)
        count = "?" if entry.parameters is None else f"{entry.parameters:,}"
        tail = f"{entry.vocabulary or '?':20}{entry.language or '?':13}{entry.dialect or '?'}"
        print(f"{entry.handle:72}{layers:>4}{hidden:>6}{heads:>4}{count:>13}  {tail}")


@app.command()
def convert(
    folder: Annotated[str, typer.Argument(help="A Hugging Face BERT: config.json, model.safetensors, vocab.txt.")],
    out: Annotated[str, typer.Argument(help="The new folder.")],
    cased: Annotated[
        bool | None, typer.Option("--cased/--uncased", help="If tokenizer_config.json does not say.")
    ] = None,
) -> None:
    """Write a Hugging Face BERT as a TF-Hub SavedModel that load_encoder, tensorflow_hub and Model Garden load.

    Example: bert-keras convert ./bert-base-uncased ./encoders/bert-base-uncased
    """
    print(bk.convert_huggingface(folder, out, None if cased is None else not cased))


@app.command()
def doctor() -> None:
    """Say what is wrong with this install, and the one line that mends it.

    Example: bert-keras doctor
    """
    sys.exit(1 if examine() else 0)


def plain(text: str) -> str:
    """An exception's text without the frame that Keras puts around it."""
    text = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    if text.startswith("Exception encountered when calling"):
        body = text.split("\n\n")
        return body[1] if len(body) > 1 else text
    return text


def _json_line(value: dict[str, Any]) -> str:
    """JSON with every script as it is, but for the characters that some programs take for the end of a line."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _say(line: str) -> None:
    print(line, flush=True)


def _task_data(predictor: Any, task: str | None, data_dir: str | None, part: str) -> Any:
    config = predictor.config
    data = bk.load_task(
        task or config["task"],
        predictor.model.encoder,
        seq_length=config["seq_length"],
        data_dir=data_dir,
        parts=(part,),
    )
    if list(data.label_names or ()) != list(config["labels"] or ()):
        must = f"have the labels of the model, {config['labels']}"
        raise ValueError(checks.message("task", must, data.task, f"It has {data.label_names}."))
    return data


def _arguments(texts: list[str], pairs: bool) -> Iterator[Any]:
    if not pairs:
        return iter(texts)
    if len(texts) % 2:
        raise ValueError(
            checks.message("TEXT", "come in pairs for this model", texts, "Give two texts for each answer.")
        )
    return iter(list(zip(texts[::2], texts[1::2], strict=True)))


def _stream(file: str | None) -> BinaryIO:
    """The file, or standard input for None, opened before the model is loaded, which takes longer."""
    if file is None:
        return sys.stdin.buffer
    try:
        return open(pathlib.Path(file).expanduser(), "rb")
    except OSError as error:
        raise OSError(checks.message("file", "be a file that can be read", file, f"{error.strerror}.")) from error


def _lines(stream: BinaryIO, name: str, pairs: bool) -> Iterator[Any]:
    """The texts of a file or of standard input, each checked to be UTF-8 and, for pairs, to hold one tab."""
    with stream:
        for number, raw in enumerate(stream, 1):
            raw = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            try:
                text = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                must = f"be UTF-8; line {number} of {name} is not, at byte {error.start + 1}"
                raise ValueError(checks.message("file", must, raw[:40])) from None
            if not pairs:
                yield text
                continue
            parts = text.split("\t")
            if len(parts) != 2:
                must = f"hold two texts with a tab between; line {number} of {name} has {len(parts)}"
                raise ValueError(checks.message("file", must, text))
            yield tuple(parts)


def _chunks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
