"""Metrics as plain functions of predictions and labels."""

from bert_keras.metrics.classification import (
    METRICS,
    accuracy,
    f1,
    f1_macro,
    f1_micro,
    matthews_corrcoef,
    pearson,
    score,
    spearman,
    subset_accuracy,
)
from bert_keras.metrics.entities import entities, entity_scores
from bert_keras.metrics.squad import squad_by_question, squad_v1, squad_v2

__all__ = [
    "METRICS",
    "accuracy",
    "entities",
    "entity_scores",
    "f1",
    "f1_macro",
    "f1_micro",
    "matthews_corrcoef",
    "pearson",
    "score",
    "spearman",
    "squad_by_question",
    "squad_v1",
    "squad_v2",
    "subset_accuracy",
]
