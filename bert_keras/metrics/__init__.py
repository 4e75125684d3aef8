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

__all__ = [
    "METRICS",
    "accuracy",
    "f1",
    "f1_macro",
    "f1_micro",
    "matthews_corrcoef",
    "pearson",
    "score",
    "spearman",
    "subset_accuracy",
]
