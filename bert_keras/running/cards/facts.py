"""What a model folder's config says of a model, in words: what it is, its data, training, confidence, encoder."""

from collections.abc import Mapping
from typing import Any

from bert_keras.running.confidence.calibrated import Calibrated

_MOST_LABELS = 30  # that a line names

_KINDS = {
    "question_answering": "finds the answer to a question in a text",
    "token_classification": "gives each word of a text a tag",
    "multiple_choice": "chooses which of several texts goes with a prompt",
}
_PROBLEMS = {
    "single_label_classification": "gives a {text} one of {count} labels",
    "multi_label_classification": "gives a {text} any of {count} labels",
    "regression": "gives a {text} a number",
}


def kind_in_words(config: Mapping[str, Any]) -> str:
    """What the model does, of what it was made and on what, in two sentences without the last full stop."""
    kind = config.get("kind", "text_classification")
    text = "pair of texts" if len(config.get("text_columns", ())) == 2 else "text"
    does = _KINDS.get(kind, f"is a model of {kind.replace('_', ' ')}")
    if kind == "text_classification":
        does = _PROBLEMS[config["problem_type"]].format(text=text, count=len(config.get("labels") or ()))
    if kind == "token_classification" and config.get("scheme") in ("bio", "bioes"):
        does = "finds entities in a text"
    if kind == "question_answering" and config.get("has_impossible"):
        does += ", or says that there is none"
    source = config.get("encoder", {}).get("source")
    made = f"the encoder {source}, " if source else ""
    return f"It {does}. It is {made}tuned on {config.get('task', 'data of its own')}"


def data_facts(config: Mapping[str, Any]) -> dict[str, str]:
    """The task, its rows by part, how they were split, and labels with their counts."""
    facts = {"Task": str(config.get("task", ""))}
    rows = dict(config.get("row_counts") or ({"train": config["train_rows"]} if "train_rows" in config else {}))
    if rows:
        facts["Rows"] = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    if rows and config.get("limit") is not None:
        facts["Rows"] += (
            f"; the training rows were limited to {config['limit']:,}, drawn by seed {config.get('split_seed')}"
        )
    split = _split(config.get("origin"))
    if split:
        facts["Split"] = split
    if config.get("labels"):
        facts["Labels"] = _labels(config)
    for name, title in {"seq_length": "Tokens of a row at most", "long_text": "Longer texts"}.items():
        if config.get(name) is not None:
            facts[title] = str(config[name])
    return facts


def training_facts(config: Mapping[str, Any]) -> dict[str, str]:
    """The recipe as far as it is no default of everybody, the epoch that was kept, seconds and versions."""
    recipe = config.get("recipe") or {}
    most_pairs = config.get("max_pairs")  # of `bk.fit_few`; 0 where no step was trained
    facts = {}
    if "epochs" in recipe and most_pairs is None:
        facts["Epochs"] = f"{recipe['epochs']}, of which number {config.get('best_epoch')} was kept"
    elif "epochs" in recipe and most_pairs:
        facts["Epochs"] = f"{recipe['epochs']}, over {most_pairs:,} pairs of rows at most"
    if "batch_size" in recipe and most_pairs != 0:
        facts["Rows a step" if most_pairs is None else "Pairs a step"] = f"{recipe['batch_size']:,}"
    if "learning_rate" in recipe and most_pairs != 0:
        facts["Peak learning rate"] = f"{recipe['learning_rate']:g}"
    if recipe:
        facts["Seed"] = str(recipe.get("seed"))
        facts["Precision"] = str(recipe.get("precision"))
    if config.get("trained"):
        facts["Trained weights"] = str(config["trained"])
    if config.get("seconds") is not None:
        facts["Time"] = f"{config['seconds']:,.0f} seconds, evaluation after each epoch included"
    if config.get("padding_share") is not None:
        facts["Padding"] = f"{config['padding_share']:.1%} of the training tokens"
    versions = {name: version for name, version in (config.get("versions") or {}).items() if version}
    if versions:
        facts["Versions"] = ", ".join(f"{name} {version}" for name, version in versions.items())
    return facts


def confidence_facts(config: Mapping[str, Any]) -> dict[str, str]:
    """What `bk.calibrate` found; {} where it was not called."""
    found = config.get("calibration")
    if not found:
        return {}
    try:
        facts = Calibrated.from_config(found).facts()
    except TypeError:  # fields of another version
        return {"Temperature": f"{found['temperature']:.3f}"} if "temperature" in found else {}
    return {name[:1].upper() + name[1:]: text for name, text in facts}


def encoder_facts(config: Mapping[str, Any]) -> dict[str, str]:
    """The encoder's name and sizes."""
    encoder = config.get("encoder") or {}
    facts = {"Encoder": str(encoder["source"])} if encoder.get("source") else {}
    sizes = {
        "num_layers": "Layers",
        "hidden_size": "Hidden size",
        "num_heads": "Attention heads",
        "intermediate_size": "Inner size of a layer",
        "vocab_size": "Vocabulary",
        "max_positions": "Positions",
    }
    for name, title in sizes.items():
        if encoder.get(name) is not None:
            facts[title] = f"{encoder[name]:,}"
    if encoder.get("sha256"):
        facts["sha256"] = encoder["sha256"]
    return facts


def _split(origin: Mapping[str, Any] | None) -> str:
    """How a user's own rows became parts; "" for a task whose parts are given."""
    if origin is None:
        return ""
    files = origin.get("files")
    held = {part: origin.get(f"{part}_share") for part in ("validation", "test") if origin.get(f"{part}_share")}
    if isinstance(files, Mapping):
        source = "From " + ", ".join(f"{path or 'memory'} ({part})" for part, path in files.items())
    else:
        source = f"From {files}" if files else "From objects in memory"
    if not held:
        return f"{source}; each part has rows of its own"
    shares = " and ".join(f"{share:.0%} of the training rows as {part}" for part, share in held.items())
    return f"{source}; held out were {shares}, by seed {origin.get('split_seed')}"


def _labels(config: Mapping[str, Any]) -> str:
    labels, counts = list(config["labels"]), (config.get("label_counts") or {}).get("train") or {}
    named = [f"{label} ({counts[label]:,})" if label in counts else str(label) for label in labels[:_MOST_LABELS]]
    more = f" and {len(labels) - _MOST_LABELS:,} more" if len(labels) > _MOST_LABELS else ""
    of = "; in brackets, how often in the training rows" if counts else ""
    return ", ".join(named) + more + of
