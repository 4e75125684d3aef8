"""`load_huggingface`: a model that was tuned with transformers, as a predictor on strings."""

import os
import pathlib
import re
import warnings
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.encoders.huggingface.load_folder import load_folder
from bert_keras.encoders.huggingface.native_arguments import CONFIG, bad_folder, native_arguments, read_json
from bert_keras.encoders.huggingface.place import huggingface_place
from bert_keras.encoders.huggingface.read_tokenizer import stated_length
from bert_keras.encoders.huggingface.weight_files import WeightFiles, some_of
from bert_keras.features import POOLED_OUTPUT, PROBLEM_TYPES, SEQUENCE_OUTPUT
from bert_keras.foreign_names import foreign_names
from bert_keras.running.folders.check_fields import check_types
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.predictor import predictor
from bert_keras.tuned.foreign_head import ForeignHead

# By the end of an architecture's name: the kind, the head's layer, and what it reads.
_HEADS = {
    "ForSequenceClassification": ("text_classification", "classifier", POOLED_OUTPUT),
    "ForQuestionAnswering": ("question_answering", "qa_outputs", SEQUENCE_OUTPUT),
    "ForTokenClassification": ("token_classification", "classifier", SEQUENCE_OUTPUT),
    "ForMultipleChoice": ("multiple_choice", "classifier", POOLED_OUTPUT),
}
# Classifiers of texts that read no pooler, by their family's prefix: the layer that stands in its place, what bends it,
# and the head's layer behind it.
_DENSE = {
    "roberta": ("classifier.dense", "tanh", "classifier.out_proj"),
    "data2vec_text": ("classifier.dense", "tanh", "classifier.out_proj"),
    "electra": ("classifier.dense", "gelu", "classifier.out_proj"),
    "distilbert": ("pre_classifier", "relu", "classifier"),
}

_OWN = ("seq_length", "text_columns", "long_text", "max_windows", "doc_stride", "max_query_length", "max_answer_length")
_OWN += ("has_impossible", "null_threshold", "scheme", "num_choices")


@checks.answers(**foreign_names("load_huggingface"))
def load_huggingface(
    folder: str | os.PathLike, *, seq_length: int | None = None, pairs: bool = False, batch_size: int = 32
) -> Any:
    """A model that transformers tuned, as a predictor on strings, that of its kind; see `bk.load`.

    >>> predictor = bk.load_huggingface("their_reviews")
    >>> predictor("Not once did it fail.").label
    'positive'
    >>> bk.save(predictor.model, "runs/reviews")     # a model folder, for bk.load, bk.evaluate, bk.export
    'runs/reviews'

    Its logits are those of transformers on the same text, to rounding, as long as the text fits. `predictor.model` is a
    `bk.TextClassifier`, `bk.SpanLabeler`, `bk.TokenClassifier` or `bk.MultipleChoice` around a native encoder, and can
    be trained on. The files say the labels, and what the numbers mean: of one column without a `problem_type` a number.

    Args:
        folder: as `save_pretrained` of a `…ForSequenceClassification`, `…ForQuestionAnswering`,
            `…ForTokenClassification` or `…ForMultipleChoice` writes it; or `hf://owner/name`. See `bk.load_encoder`.
        seq_length: the most tokens of a row; None is as the tokenizer says, or 384 of questions, 256 of texts and
            128 of others, and never more than the encoder has positions.
        pairs: whether a classifier of texts takes pairs of them, which no file says.
        batch_size: texts, or windows of contexts, that are run together.

    Raises:
        ValueError: if the folder holds no such model, its head has another form than here, or its tokenizer is not
            obeyed here; and as `bk.load_encoder`.
        DownloadError: an OSError, for an `hf://` whose files are not here.
    """
    checks.integer("batch_size", batch_size, 1)
    if seq_length is not None:
        checks.integer("seq_length", seq_length, 8)
    handle = os.fspath(folder)
    place = huggingface_place(handle)
    if not (place / CONFIG).is_file():
        here = "no such folder" if not place.is_dir() else ", ".join(sorted(path.name for path in place.iterdir()))
        raise ValueError(bad_folder(place, f"hold {CONFIG}", f"There is: {here or 'nothing'}."))
    config = read_json(place / CONFIG)
    kind_name, layer, reads = _HEADS[_ending(place, config)]
    if checks.boolean("pairs", pairs) and kind_name != "text_classification":
        raise ValueError(checks.message("pairs", f"be False for a model of {kind_name}", True))
    family = native_arguments(place)[0]
    dense, bend = None, "tanh"
    if kind_name == "text_classification" and family.prefix in _DENSE:
        dense, bend, layer = _DENSE[family.prefix]
    layers = [layer] if dense is None else [layer, dense]
    with WeightFiles(place) as file:
        (kernel, bias), *first = _arrays(place, file, layers, rf"^(model\.)?({family.prefix}\.)")
    own = _own_settings(place, config)
    stated = seq_length or own.pop("seq_length", None) or stated_length(place)
    with warnings.catch_warnings():
        if reads != POOLED_OUTPUT or first:  # these classes have no pooler, and need none
            warnings.filterwarnings("ignore", ".*has no pooler")
        options = {"pooler": True, "pooler_activation": bend} if first else {}
        encoder = load_folder(handle, {"vocab_file": None, "lower_case": None}, {}, **options)
    if encoder.tokenizer is None:
        raise ValueError(bad_folder(place, "hold a WordPiece tokenizer, for a model that takes strings", ""))
    if kernel.shape != (encoder.hidden_size, len(bias)):
        must = f"hold '{layer}.weight' of [{len(bias)}, {encoder.hidden_size}]"
        raise ValueError(bad_folder(place, must, f"It is {list(kernel.T.shape)}."))
    for values in first:
        _fill_pooler(place, encoder, dense, *values)
    if reads == POOLED_OUTPUT and not encoder.pooler:
        must = "hold a model whose classifier reads a pooler, as BERT's does"
        raise ValueError(bad_folder(place, must, f"{family.name} has none."))
    dropout, has_labels = config.get("classifier_dropout"), kind_name in ("text_classification", "token_classification")
    head = ForeignHead(
        name=place.name if "://" not in handle else handle,
        kernel=kernel,
        bias=bias,
        labels=_labels(place, config, len(bias)) if has_labels else None,
        problem_type=_problem_type(place, config),
        dropout=float(encoder.dropout if dropout is None else checks.number("classifier_dropout", dropout, 0.0, 0.999)),
        seq_length=stated,
        longest=encoder.max_positions,
        pairs=pairs,
        settings=own,
    )
    return predictor(KINDS[kind_name].imported(encoder, head), batch_size=batch_size)


def _ending(folder: pathlib.Path, config: dict[str, Any]) -> str:
    """Which of `_HEADS` the architecture's name ends in."""
    said = config.get("architectures")
    names = [name for name in said if isinstance(name, str)] if isinstance(said, list) else []
    found = [ending for ending in _HEADS if any(name.endswith(ending) for name in names)]
    if len(found) == 1:
        return found[0]
    must = f"hold a model whose architecture ends in {', '.join(_HEADS)}"
    advice = f"Its {CONFIG} says {names or 'none'}. bk.load_encoder loads the encoder of it."
    raise ValueError(bad_folder(folder, must, advice))


def _arrays(folder: pathlib.Path, file: WeightFiles, layers: list[str], encoder: str) -> list[tuple[np.ndarray, ...]]:
    """Of each layer the kernel [inputs, columns] and the bias; ValueError where the file has another head."""
    names = [f"{layer}.{part}" for layer in layers for part in ("weight", "bias")]
    of_head = sorted(name for name in file.keys() if not re.match(encoder, name))
    if of_head != sorted(names):
        missing = [name for name in names if name not in of_head]
        more = [name for name in of_head if name not in names]
        said = {"There are missing": missing, "It has also": more}
        advice = " ".join(f"{what}: {some_of(found)}." for what, found in said.items() if found)
        must = f"hold a head of {', '.join(names[:-1])} and {names[-1]} alone"
        raise ValueError(bad_folder(folder, must, advice))
    found = []
    for layer in layers:
        kernel, bias = (file.get_tensor(f"{layer}.{part}").astype("float32") for part in ("weight", "bias"))
        if kernel.ndim != 2 or bias.shape != kernel.shape[:1]:
            must = f"hold '{layer}.weight' of [columns, hidden_size] and '{layer}.bias' of [columns]"
            raise ValueError(bad_folder(folder, must, f"They are {list(kernel.shape)} and {list(bias.shape)}."))
        found.append((kernel.T, bias))
    return found


def _fill_pooler(folder: pathlib.Path, encoder: Any, layer: str, kernel: np.ndarray, bias: np.ndarray) -> None:
    """Makes a layer of the head the encoder's pooler."""
    if kernel.shape != (encoder.hidden_size,) * 2:
        must = f"hold '{layer}.weight' of [{encoder.hidden_size}, {encoder.hidden_size}]"
        raise ValueError(bad_folder(folder, must, f"It is {list(kernel.T.shape)}."))
    encoder.pooler_kernel.assign(kernel)
    encoder.pooler_bias.assign(bias)


def _labels(folder: pathlib.Path, config: dict[str, Any], columns: int) -> tuple[str, ...] | None:
    """Names of the columns, of the entry id2label."""
    named = config.get("id2label")
    if named is None:
        return None
    wanted = [str(number) for number in range(columns)]
    good = isinstance(named, dict) and sorted(named, key=str) == sorted(wanted)
    labels = tuple(named[number] for number in wanted) if good else ()
    if not good or not all(isinstance(label, str) for label in labels) or len(set(labels)) != columns:
        must = f"hold a {CONFIG} whose id2label has {columns} different names, of 0 to {columns - 1}"
        raise ValueError(bad_folder(folder, must, f"It is {named!r:.120}, and the head has {columns} columns."))
    return labels


def _problem_type(folder: pathlib.Path, config: dict[str, Any]) -> str | None:
    found = config.get("problem_type")
    if found is None or found in PROBLEM_TYPES:
        return found
    raise ValueError(
        bad_folder(
            folder, f"hold a {CONFIG} whose problem_type is one of {', '.join(PROBLEM_TYPES)}", f"It is {found!r:.60}."
        )
    )


def _own_settings(folder: pathlib.Path, config: dict[str, Any]) -> dict[str, Any]:
    """What `bk.export` kept of the task, where it wrote the folder."""
    found = config.get("bert_keras")
    kept = {name: found[name] for name in _OWN if name in found} if isinstance(found, dict) else {}
    check_types(kept, str(folder))
    return kept
