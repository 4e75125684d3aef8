"""`TOKEN_CLASSIFICATION`: a tag for each word: named entities, parts of speech and the like."""

import functools
from typing import Any

from keras import ops

from bert_keras.features import SEQUENCE_OUTPUT
from bert_keras.metrics.entities import OUTSIDE
from bert_keras.token_classification.holds_tags import EXTENSIONS, holds_tags
from bert_keras.token_classification.load_tagging import ENTITIES, load_tagging
from bert_keras.token_classification.schemes import scheme_of
from bert_keras.token_classification.served_tags import ServedTags
from bert_keras.token_classification.tag_evaluator import TagEvaluator
from bert_keras.token_classification.tag_predictor import TagPredictor
from bert_keras.token_classification.tag_spelling import PLAIN
from bert_keras.token_classification.tagging_task import TaggingTask
from bert_keras.token_classification.tfds_tagging import TFDS_NAME
from bert_keras.token_classification.token_classifier import TokenClassifier
from bert_keras.tuned.foreign_head import ForeignHead
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.portable_head import PortableHead


def _portable(model: Any, config: dict[str, Any]) -> PortableHead:
    kernel, bias = map(ops.convert_to_numpy, model.classifier.weights)
    return PortableHead(
        architecture="BertForTokenClassification",
        layer="classifier",
        reads=SEQUENCE_OUTPUT,
        kernel=kernel,
        bias=bias,
        activation="softmax",
        labels=tuple(config["labels"]),
        settings={name: config[name] for name in ("scheme",) if name in config},
    )


def _imported(encoder: Any, head: ForeignHead) -> TokenClassifier:
    labels = list(head.labels or (f"LABEL_{number}" for number in range(head.columns)))
    scheme = scheme_of(labels) if OUTSIDE in labels else PLAIN
    described = head.described(labels=labels, scheme=scheme, seq_length=head.length(128))
    model = TokenClassifier(encoder, head.columns, head.dropout, task_config=described)
    head.fill(model.classifier)
    return model


TOKEN_CLASSIFICATION = Kind(
    task=TaggingTask,
    model=TokenClassifier,
    make_model=lambda data, encoder, recipe: TokenClassifier(
        encoder, data.num_classes, recipe.dropout, seed=recipe.seed
    ),
    recipe_fields=("dropout", "reinit_layers"),
    evaluator=TagEvaluator,
    predictor=TagPredictor,
    served=ServedTags,
    portable=_portable,
    imported=_imported,
    tasks={name: functools.partial(load_tagging, name) for name in (TFDS_NAME, ENTITIES)},
    open_files=load_tagging,
    endings=EXTENSIONS,
    holds=holds_tags,
    reads_tables=True,
    described=f"a folder or a file of tags that ends in {', '.join(EXTENSIONS)}, or a table of words and tags",
)
