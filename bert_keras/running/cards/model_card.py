"""`model_card`: what a model folder says of itself to people and model hubs, as `README.md`.

It is made of config.json alone, and costs no prediction; `bk.report` adds what it measures. The head is the metadata of
https://huggingface.co/docs/hub/model-cards: what is not known, such as a licence, is left out.
"""

import hashlib
import pathlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bert_keras.encoders.sample_encoder import SAMPLE
from bert_keras.from_json import from_json
from bert_keras.hub.catalog import TFHUB, list_encoders
from bert_keras.running.cards.card_yaml import card_yaml
from bert_keras.running.cards.code_lines import code_lines
from bert_keras.running.cards.facts import confidence_facts, data_facts, encoder_facts, kind_in_words, training_facts
from bert_keras.running.folders.folder_files import CARD, CONFIG

# As hubs name them; other metrics keep their names.
_METRICS = {
    "matthews_corrcoef": "matthews_correlation",
    "pearson": "pearsonr",
    "spearman": "spearmanr",
    "f1_macro": "f1",
    "f1_micro": "f1",
    "subset_accuracy": "accuracy",
}
_ENGLISH = ("glue/", "squad/", "samples/", "imdb", "swag")  # named tasks, all of them English
_SIGNED = re.compile(r"\n<!-- bert_keras wrote this: ([0-9a-f]{64}) -->\n\Z")


def model_card(
    config: Mapping[str, Any],
    name: str,
    scores: Mapping[str, float] | None = None,
    intervals: Mapping[str, tuple[float, float]] | None = None,
    measured_on: tuple[str, str] | None = None,
    sections: Iterable[tuple[str, str]] = (),
) -> str:
    """A model card in Markdown.

    Args:
        config: of the model folder.
        name: of the model: that of its folder.
        scores: in place of those of training.
        intervals: of scores, their lower and upper ends, by name.
        measured_on: the split that the scores are of, and in words which rows these are; None for those of training.
        sections: headings and Markdown, behind the scores.
    """
    scores = _main_scores(config) if scores is None else scores
    kept = ", in the epoch that was kept" if "best_epoch" in config else ""
    split, of = measured_on or ("validation", f"the validation rows{kept}")
    parts = [_head(config, name, scores, split), f"# {_literal(name)}", f"{_literal(kind_in_words(config))}."]
    if scores:
        parts += ["## Scores", f"Of {_literal(of)}.", _scores(scores, intervals or {})]
    parts += [text for heading, body in sections for text in (f"## {heading}", body)]
    for heading, facts in {
        "Confidence": confidence_facts(config),
        "Data": data_facts(config),
        "Training": training_facts(config),
        "Encoder": encoder_facts(config),
    }.items():
        if facts:
            parts += [f"## {heading}", markdown_table(("", ""), facts.items())]
    code = code_lines(config, name)
    parts += ["## How to use it", "In the folder that holds this one:", _code("python", code["load"])]
    parts += ["As a SavedModel, strings in and answers out, for TensorFlow alone and for TensorFlow Serving:"]
    parts += [_code("sh", code["export"]), _code("python", code["serve"])]
    return signed("\n\n".join(parts) + "\n")


def write_model_card(folder: pathlib.Path, name: str) -> None:
    """Writes the card of a model folder that holds its config.json already."""
    config = from_json((folder / CONFIG).read_bytes())
    (folder / CARD).write_text(model_card(config, name), encoding="utf-8")


def signed(text: str) -> str:
    """The text with a last line by which it is known whether somebody has changed it since."""
    return f"{text}\n<!-- bert_keras wrote this: {_digest(text)} -->\n"


def is_unchanged(text: str) -> bool:
    """Whether a card is as this library wrote it."""
    found = _SIGNED.search(text)
    return found is not None and found[1] == _digest(text[: found.start()])


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table in Markdown; cells are texts, in which nothing is read as Markdown or HTML."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(
        "| " + " | ".join(_literal(cell) if row is not lines[1] else cell for cell in row) + " |" for row in lines
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8")).hexdigest()


def _main_scores(config: Mapping[str, Any]) -> dict[str, float]:
    """The official metrics of training, in their order, without those of single types and halves."""
    metrics, names = config.get("metrics", {}), config.get("metric_names", ())
    return {name: metrics[name] for name in names if name in metrics} or dict(metrics)


def _head(config: Mapping[str, Any], name: str, scores: Mapping[str, float], split: str) -> str:
    pipeline = config.get("kind", "text_classification").replace("_", "-")
    tags = ["bert", "bert-keras", "keras", "tensorflow", pipeline]
    task = str(config.get("task", ""))
    dataset = {"name": task, "type": re.sub(r"[^\w/.-]+", "-", task).strip("-") or "own", "split": split}
    metrics = [
        {"type": _METRICS.get(metric, metric), "name": metric, "value": round(float(value), 6)}
        for metric, value in scores.items()
    ]
    results = [{"task": {"type": pipeline}, "dataset": dataset, "metrics": metrics}]
    return card_yaml(
        {
            "language": _language(config, task),
            "library_name": "bert-keras",
            "pipeline_tag": pipeline,
            "tags": tags,
            "metrics": list(dict.fromkeys(metric["type"] for metric in metrics)),
            "model-index": [{"name": name, "results": results}] if metrics else None,
        }
    )


def _language(config: Mapping[str, Any], task: str) -> str | None:
    """The ISO code of the language of the texts, where data or encoder say it."""
    if task.startswith(_ENGLISH):
        return "en"
    source = config.get("encoder", {}).get("source") or ""
    names = {SAMPLE.split("/")[1]} if source == "sample" else _shorter(source)
    languages = {entry.language for entry in list_encoders() if source and entry.name in names}
    language = languages.pop() if len(languages) == 1 else None
    return language if language is None or len(language) == 2 else None


def _shorter(source: str) -> set[str]:
    """A handle without its version, and without one or more of its first parts, of which the name is the last."""
    parts = source.removeprefix(TFHUB).rstrip("/").split("/")
    parts = parts[:-1] if parts[-1].isdigit() else parts
    return {"/".join(parts[start:]) for start in range(len(parts))}


def _scores(scores: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]) -> str:
    if not intervals:
        return markdown_table(("metric", "value"), [(name, f"{value:.4f}") for name, value in scores.items()])
    rows = []
    for name, value in scores.items():
        low, high = intervals.get(name, (None, None))
        rows.append((name, f"{value:.4f}", "" if low is None else f"{low:.4f} to {high:.4f}"))
    return markdown_table(("metric", "value", "95 % interval"), rows)


def _code(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _literal(value: Any) -> str:
    """A text as Markdown shows it, on one line: what Markdown and HTML would read is escaped."""
    text = " ".join(str(value).split())
    return re.sub(r"([\\`*_\[\]<>|#~$&])", r"\\\1", text)
