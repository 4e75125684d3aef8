"""Keras' metrics of classes, by name or made, count the probabilities that logits mean."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from sklearn import metrics as sklearn_metrics

import bert_keras as bk
from bert_keras.models.metrics_on_logits import OnLogits, metrics_on_logits

SINGLE, SEVERAL, NUMBER = "single_label_classification", "multi_label_classification", "regression"
DRAWN = np.random.default_rng(5)
PAIRS = DRAWN.normal(size=(60, 2)).astype("float32") * 2
FOURS = DRAWN.normal(size=(60, 4)).astype("float32") * 2
OF_TWO = (PAIRS[:, 1] - PAIRS[:, 0] + DRAWN.normal(size=60) > 0).astype("int32")
OF_FOUR = (FOURS + DRAWN.normal(size=(60, 4)) * 2).argmax(axis=1).astype("int32")
MATRIX = (FOURS + DRAWN.normal(size=(60, 4)) * 2 > 0).astype("int32")
OWN = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def counted(metric, labels, logits, problem_type=SINGLE, weight=None, of_tokens=False):
    """The result over two batches of unequal size, from the state of one that was reset."""
    found = metrics_on_logits([metric], problem_type, OWN, of_tokens)[0]
    found.update_state(labels[:5], logits[:5])
    found.reset_state()
    for rows in (slice(0, 40), slice(40, 60)):
        found.update_state(labels[rows], logits[rows], None if weight is None else weight[rows])
    return np.asarray(found.result())


@pytest.mark.parametrize(
    ("metric", "score"),
    [
        ("precision", lambda y, p: sklearn_metrics.precision_score(y, p[:, 1] > 0.5)),
        ("recall", lambda y, p: sklearn_metrics.recall_score(y, p[:, 1] > 0.5)),
        ("Recall", lambda y, p: sklearn_metrics.recall_score(y, p[:, 1] > 0.5)),
        (keras.metrics.Precision, lambda y, p: sklearn_metrics.precision_score(y, p[:, 1] > 0.5)),
        (keras.metrics.Precision(thresholds=0.8), lambda y, p: sklearn_metrics.precision_score(y, p[:, 1] > 0.8)),
        (keras.metrics.Precision(class_id=0), lambda y, p: sklearn_metrics.precision_score(y == 0, p[:, 0] > 0.5)),
        (keras.metrics.AUC(num_thresholds=4000), lambda y, p: sklearn_metrics.roc_auc_score(y, p[:, 1])),
        (
            keras.metrics.AUC(num_thresholds=4000, from_logits=True),
            lambda y, p: sklearn_metrics.roc_auc_score(y, p[:, 1]),
        ),
        (
            keras.metrics.AUC(num_thresholds=4000, curve="PR"),
            lambda y, p: sklearn_metrics.average_precision_score(y, p[:, 1]),
        ),
        (keras.metrics.BinaryAccuracy(), lambda y, p: np.mean(y == p.argmax(axis=1))),
        (keras.metrics.BinaryCrossentropy(), lambda y, p: sklearn_metrics.log_loss(y, p)),
        (keras.metrics.BinaryCrossentropy(from_logits=True), lambda y, p: sklearn_metrics.log_loss(y, p)),
        (keras.metrics.FalsePositives(), lambda y, p: np.sum((y == 0) & (p[:, 1] > 0.5))),
    ],
)
def test_two_classes_are_counted_by_the_probability_of_class_1(metric, score):
    near = 0.02 if isinstance(metric, keras.metrics.AUC) else 1e-5  # Keras lays trapezoids
    assert counted(metric, OF_TWO, PAIRS) == pytest.approx(score(OF_TWO, softmax(PAIRS)), abs=near)


@pytest.mark.parametrize("logits", [PAIRS, FOURS], ids=["two", "four"])
@pytest.mark.parametrize(
    ("metric", "score"),
    [
        ("accuracy", lambda y, p: np.mean(y == p.argmax(axis=1))),
        ("acc", lambda y, p: np.mean(y == p.argmax(axis=1))),
        ("categorical_accuracy", lambda y, p: np.mean(y == p.argmax(axis=1))),
        ("sparse_categorical_accuracy", lambda y, p: np.mean(y == p.argmax(axis=1))),
        ("f1_score", lambda y, p: sklearn_metrics.f1_score(y, p.argmax(axis=1), average=None)),
        (
            keras.metrics.F1Score(average="macro"),
            lambda y, p: sklearn_metrics.f1_score(y, p.argmax(axis=1), average="macro"),
        ),
        (
            keras.metrics.FBetaScore(average="weighted", beta=2.0),
            lambda y, p: sklearn_metrics.fbeta_score(y, p.argmax(axis=1), beta=2.0, average="weighted"),
        ),
        ("categorical_crossentropy", lambda y, p: sklearn_metrics.log_loss(y, p)),
        (keras.metrics.CategoricalCrossentropy(from_logits=True), lambda y, p: sklearn_metrics.log_loss(y, p)),
        ("sparse_categorical_crossentropy", lambda y, p: sklearn_metrics.log_loss(y, p)),
        (keras.metrics.SparseCategoricalCrossentropy(from_logits=True), lambda y, p: sklearn_metrics.log_loss(y, p)),
        (
            keras.metrics.TopKCategoricalAccuracy(k=2),
            lambda y, p: np.mean([label in row.argsort()[-2:] for label, row in zip(y, p, strict=True)]),
        ),
        (
            keras.metrics.MeanIoU(num_classes=4),
            lambda y, p: sklearn_metrics.jaccard_score(y, p.argmax(axis=1), average="macro"),
        ),
    ],
)
def test_classes_are_counted_as_scikit_learn_counts_them(metric, score, logits):
    labels = OF_TWO if logits is PAIRS else OF_FOUR
    metric = type(metric).from_config(metric.get_config()) if isinstance(metric, keras.metrics.Metric) else metric
    assert counted(metric, labels, logits) == pytest.approx(score(labels, softmax(logits)), abs=1e-5)
    column = labels[:, None]  # labels [rows, 1]
    if metric not in ("sparse_categorical_accuracy", "accuracy", "acc"):
        assert counted(metric, column, logits) == pytest.approx(score(labels, softmax(logits)), abs=1e-5)


@pytest.mark.parametrize("from_logits", [False, True])
def test_more_classes_have_a_column_each(from_logits):
    shares, ones = softmax(FOURS), np.eye(4)[OF_FOUR]
    found = counted(keras.metrics.AUC(num_thresholds=4000, from_logits=from_logits), OF_FOUR, FOURS)
    assert found == pytest.approx(sklearn_metrics.roc_auc_score(ones.ravel(), shares.ravel()), abs=0.005)
    each = keras.metrics.AUC(num_thresholds=4000, multi_label=True, num_labels=4, from_logits=from_logits)
    wanted = sklearn_metrics.roc_auc_score(ones, shares, average="macro")
    assert counted(each, OF_FOUR, FOURS) == pytest.approx(wanted, abs=0.005)
    wanted = sklearn_metrics.recall_score(ones[:, 2], shares[:, 2] > 0.5)
    assert counted(keras.metrics.Recall(class_id=2), OF_FOUR, FOURS) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("metric", "score"),
    [
        ("precision", lambda y, p: sklearn_metrics.precision_score(y, p > 0.5, average="micro")),
        (
            keras.metrics.F1Score(average="macro", threshold=0.5),
            lambda y, p: sklearn_metrics.f1_score(y, p > 0.5, average="macro"),
        ),
        (keras.metrics.BinaryAccuracy(), lambda y, p: np.mean(y == (p > 0.5))),
        (
            keras.metrics.BinaryCrossentropy(from_logits=True),
            lambda y, p: sklearn_metrics.log_loss(y.ravel(), p.ravel()),
        ),
        (
            keras.metrics.AUC(num_thresholds=4000, multi_label=True),
            lambda y, p: sklearn_metrics.roc_auc_score(y, p, average="macro"),
        ),
    ],
)
def test_several_labels_are_counted_by_their_own_probabilities(metric, score):
    assert counted(metric, MATRIX, FOURS, SEVERAL) == pytest.approx(score(MATRIX, sigmoid(FOURS)), abs=0.005)


def test_weights_of_rows_count():
    weight = DRAWN.uniform(size=60).astype("float32")
    wanted = sklearn_metrics.recall_score(OF_TWO, softmax(PAIRS)[:, 1] > 0.5, sample_weight=weight)
    assert counted("recall", OF_TWO, PAIRS, weight=weight) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("metric", ["accuracy", "sparse_categorical_accuracy", "categorical_accuracy", "f1_score"])
def test_tokens_without_a_label_count_nowhere(metric):
    labels, logits = OF_FOUR.reshape(60, 1).repeat(3, axis=1).copy(), FOURS[:, None].repeat(3, axis=1)
    labels[::3, 1:] = -1
    labels[1::3] = -1
    own = bk.TokenClassifier(tiny.native_encoder(), 4).default_metrics()
    found = metrics_on_logits(metric, SINGLE, own, of_tokens=True)
    found.update_state(labels, logits)
    is_labelled = labels >= 0
    right, chosen = labels[is_labelled], logits[is_labelled].argmax(axis=1)
    wanted = sklearn_metrics.f1_score(right, chosen, average=None) if metric == "f1_score" else np.mean(right == chosen)
    assert np.asarray(found.result()) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(
    ("metric", "problem_type", "words"),
    [
        ("f1", SINGLE, "`metrics` must be metrics of Keras, by name or made.*Did you mean 'f1_score'"),
        ("acuracy", SINGLE, "Did you mean 'accuracy'.*bk.evaluate gives the task's official scores"),
        (keras.metrics.AUC(), NUMBER, "must be of numbers, one of which this model gives.*AUC.*R2Score"),
        ("precision", NUMBER, "must be of numbers.*'precision'"),
        (
            keras.metrics.F1Score(),
            SEVERAL,
            r"takes the likeliest for the only one.*F1Score\(average='micro', threshold=0.5",
        ),
        ("categorical_accuracy", SEVERAL, "takes the likeliest for the only one.*BinaryAccuracy"),
        ("sparse_categorical_accuracy", SEVERAL, "takes the likeliest for the only one"),
        ("mean_io_u", SEVERAL, "be made where they want arguments.*num_classes"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_compiling(metric, problem_type, words):
    classes = 1 if problem_type == NUMBER else 3
    model = bk.TextClassifier(tiny.native_encoder(), classes, problem_type)
    with pytest.raises(ValueError, match=words):
        model.compile(metrics=[metric])
    with pytest.raises(ValueError, match=words):
        model.compile(weighted_metrics=[metric])


def test_what_is_no_metric_of_classes_is_left_as_it_is():
    class Own(keras.metrics.AUC):
        """A user's."""

    own, error = Own(), keras.metrics.MeanAbsoluteError()
    assert metrics_on_logits([own, error, max], SINGLE, OWN) == [own, error, max]
    assert metrics_on_logits(["mse"], NUMBER, OWN)[0] is not None
    twice = metrics_on_logits(metrics_on_logits(["auc"], SINGLE, OWN), SINGLE, OWN)
    assert isinstance(twice[0], OnLogits) and isinstance(twice[0].metric, keras.metrics.AUC)


def test_a_model_shows_them_in_fit_and_evaluate_and_keeps_them_in_a_file(tmp_path):
    model = bk.TextClassifier(tiny.native_encoder(), 3, seed=0)
    metrics = ["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.F1Score(average="macro", name="f1")]
    model.compile(keras.optimizers.SGD(0.0), metrics=metrics, weighted_metrics=["recall"])
    x, y = tiny.features(rows=12), np.arange(12) % 3
    history = model.fit(x, y, batch_size=5, validation_data=(x, y), verbose=0).history
    names = ["accuracy", "auc", "f1", "recall"]
    assert sorted(history) == sorted(["loss", "val_loss", *names, *[f"val_{name}" for name in names]])
    shares = softmax(model.predict(x, verbose=0))
    wanted = sklearn_metrics.f1_score(y, shares.argmax(axis=1), average="macro")
    assert history["val_f1"][0] == pytest.approx(wanted, abs=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.evaluate(x, y, verbose=0, return_dict=True) == pytest.approx(
        model.evaluate(x, y, verbose=0, return_dict=True), abs=1e-6
    )


def test_names_of_metrics_are_of_both_ends_of_a_span():
    model = bk.SpanLabeler(tiny.native_encoder(), seed=0)
    model.compile(metrics=["accuracy"])
    x = tiny.features(rows=4)
    y = {name: np.zeros(4, "int32") for name in ("start_logits", "end_logits")}
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert {"start_logits_accuracy", "end_logits_accuracy"} <= set(found)
    with pytest.raises(ValueError, match=r"`metrics` must be an accuracy.* where labels are places of tokens.*AUC"):
        model.compile(metrics={"start_logits": [keras.metrics.AUC()]})


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("static_shapes", [False, True])
def test_replicas_and_static_shapes_count_the_same_rows(classes, static_shapes, vocab_file):
    """Rows that fill a batch up count nowhere, and those of all replicas once."""
    data = tiny.task_data(bk.Tokenizer(vocab_file), rows=25, batch_size=8, static_shapes=static_shapes)
    found = []
    for strategy in (None, tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
        with strategy.scope() if strategy else contextlib.nullcontext():
            model = bk.TextClassifier(tiny.native_encoder(), classes, seed=0)
            fine = keras.metrics.AUC(num_thresholds=20_000, name="auc")
            metrics = ["accuracy", fine, "precision", "f1_score", "binary_accuracy"]
            model.compile(keras.optimizers.SGD(0.0), metrics=metrics, static_shapes=static_shapes)
        found.append(model.evaluate(data.validation, verbose=0, return_dict=True))
    for name in found[0]:
        np.testing.assert_allclose(found[0][name], found[1][name], atol=1e-5)
    if classes == 2:
        model.encoder.tokenizer = bk.Tokenizer(vocab_file)
        examples = data.split("validation").examples
        shares, labels = bk.predictor(model, data).probabilities(examples.texts[0]), examples.labels
        wanted = sklearn_metrics.f1_score(labels, shares.argmax(axis=1), average=None)
        np.testing.assert_allclose(found[0]["f1_score"], wanted, atol=1e-5)
        assert found[0]["binary_accuracy"] == pytest.approx(np.mean(shares.argmax(axis=1) == labels), abs=1e-6)
        assert found[0]["auc"] == pytest.approx(sklearn_metrics.roc_auc_score(labels, shares[:, 1]), abs=0.02)
