"""`TEXT_CLASSIFICATION`: classes, several labels or a number for each text or pair of texts."""

import functools
from typing import Any

from keras import ops

from bert_keras import checks
from bert_keras.data.tables.open_table import TABLE_ENDINGS
from bert_keras.features import MULTI_LABEL, POOLED, POOLED_OUTPUT, REGRESSION, SINGLE_LABEL
from bert_keras.models.task_model import TaskModel
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS, known_glue_task
from bert_keras.text_classification.glue.load_glue import load_glue
from bert_keras.text_classification.imdb import IMDB, load_imdb
from bert_keras.text_classification.load_table import holds_table, load_table
from bert_keras.text_classification.next_sentences import NEXT_SENTENCES, load_next_sentence_task
from bert_keras.text_classification.reviews import REVIEWS, load_reviews
from bert_keras.text_classification.served_texts import ServedTexts
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_evaluator import TextEvaluator
from bert_keras.text_classification.text_predictor import TextPredictor
from bert_keras.text_classification.text_task import TextTask
from bert_keras.tuned.foreign_head import ForeignHead
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.portable_head import PortableHead

_KEPT = ("text_columns", "long_text", "max_windows", "abstain_below")  # of a config, by an export


def _model(data: Any, encoder: Any, recipe: Any) -> TaskModel:
    own = {"seed": recipe.seed, "pooling": recipe.pooling, "r_drop": recipe.r_drop, "focal": recipe.focal}
    return TextClassifier(encoder, data.num_classes, data.problem_type, recipe.dropout, **own)


def _portable(model: Any, config: dict[str, Any]) -> PortableHead:
    if model.pooling != POOLED:
        must = f"be '{POOLED}' for an export without TensorFlow, whose heads read the pooled output"
        raise ValueError(checks.message("pooling", must, model.pooling, "A SavedModel (to='savedmodel') has it."))
    kernel, bias = map(ops.convert_to_numpy, model.classifier.weights)
    labels = config.get("labels")
    return PortableHead(
        architecture="BertForSequenceClassification",
        layer="classifier",
        reads=POOLED_OUTPUT,
        kernel=kernel,
        bias=bias,
        activation={SINGLE_LABEL: "softmax", MULTI_LABEL: "sigmoid"}.get(model.problem_type),
        labels=None if labels is None else tuple(labels),
        problem_type=model.problem_type,
        settings={name: config[name] for name in _KEPT if config.get(name) is not None},
    )


def _imported(encoder: Any, head: ForeignHead) -> TaskModel:
    kind = head.problem_type or (REGRESSION if head.columns == 1 else SINGLE_LABEL)
    if kind == REGRESSION:
        head.check_columns(1, "as regression gives one number for each text here")
    names = ["sentence1", "sentence2"] if head.pairs else ["text"]
    labels = None if kind == REGRESSION else list(head.labels or (f"LABEL_{n}" for n in range(head.columns)))
    described = head.described(text_columns=names, labels=labels, seq_length=head.length(256))
    model = TextClassifier(encoder, head.columns, kind, head.dropout, task_config=described)
    head.fill(model.classifier)
    return model


TEXT_CLASSIFICATION = Kind(
    task=TextTask,
    model=TextClassifier,
    make_model=_model,
    recipe_fields=(
        *("dropout", "pooling", "reinit_layers", "label_smoothing", "teacher", "teacher_share", "packed"),
        *("r_drop", "focal"),
    ),
    evaluator=TextEvaluator,
    predictor=TextPredictor,
    served=ServedTexts,
    portable=_portable,
    imported=_imported,
    tasks={
        **{f"glue/{name}": functools.partial(load_glue, name) for name in GLUE_TASKS},
        REVIEWS: load_reviews,
        IMDB: load_imdb,
        NEXT_SENTENCES: load_next_sentence_task,
    },
    known_as=known_glue_task,
    open_files=load_table,
    endings=TABLE_ENDINGS,
    holds=holds_table,
    reads_tables=True,
    takes_others=True,
    described="a folder or a file of texts that ends in .csv, .tsv, .jsonl, .json, .parquet or .xlsx, lists, frames "
    "and the like",
)
