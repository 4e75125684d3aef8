"""One model split over four virtual devices of JAX: losses, parts, the pipeline, and the way back to TensorFlow.

JAX runs in two Pythons of their own (`jax_child.py`); where it is not installed, their tests are skipped.
"""

import math

import jax_child
import keras
import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
import tuned

import bert_keras as bk
from bert_keras.running.folders.model_folder import load_model
from bert_keras.training.strategies import choose_strategy

needs_jax = pytest.mark.skipif(not jax_child.is_installed(), reason="jax is not installed: pip install jax")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return jax_child.run("without_tensorflow", folder), folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    encoder = tuned.write_encoder(folder / "from_tensorflow" / "encoder")
    asked = questions.write_json(folder / "asked.json", questions.examples(30))
    return jax_child.run("pipeline", folder, encoder, asked), folder


@needs_jax
@pytest.mark.parametrize(("case", "losses"), [("four", "losses"), ("two_by_two", "losses"), ("four", "span_losses")])
def test_the_losses_of_every_step_are_those_of_one_device(trained, case, losses):
    report, _ = trained
    rows = jax_child.SPAN_ROWS if losses == "span_losses" else jax_child.ROWS
    steps = 2 * math.ceil(rows / jax_child.BATCH)
    assert len(report["one"][losses]) == steps
    np.testing.assert_allclose(report[case][losses], report["one"][losses], atol=1e-6)
    assert max(report["one"][losses]) - min(report["one"][losses]) > 0.01  # it learns


@needs_jax
@pytest.mark.parametrize("case", ["four", "two_by_two"])
def test_weights_and_logits_after_training_are_those_of_one_device(trained, case):
    _, folder = trained
    one, several = (dict(np.load(folder / f"{name}.npz")) for name in ("one", case))
    assert len(one) > 20
    for name, values in one.items():
        np.testing.assert_allclose(several[name], values, atol=2e-5, err_msg=name)


@needs_jax
def test_each_device_holds_its_part_of_every_split_weight_and_of_its_moments(trained):
    report, _ = trained
    split = set()
    for path, (whole, part) in report["four"]["parts"].items():
        ratio = math.prod(whole) / math.prod(part)
        assert ratio in (1, 4), path
        if ratio == 4:
            split.add(path)
    # Ten weights of the layer, three tables, the pooler's two and the head's kernel; each has two moments.
    assert len(split) == 3 * (10 + 3 + 2 + 1)
    assert "adamw/layer_0_self_attention.query.kernel_velocity" in split
    heads = report["four"]["parts"]
    assert heads["layer_0/self_attention.value.kernel"] == [[16, 4, 4], [16, 1, 4]]
    assert heads["layer_0/self_attention.attention_output.kernel"] == [[4, 4, 16], [1, 4, 16]]
    assert heads["adamw/layer_0_output.kernel_momentum"] == [[32, 16], [8, 16]]
    assert report["four"]["span_kernel"] == [4, 2]


@needs_jax
@pytest.mark.parametrize(("case", "parts"), [("four", 4), ("two_by_two", 2)])
def test_bytes_on_each_device(trained, case, parts):
    """float32 and int32 alike have 4 bytes; norms, biases of whole outputs and the step count are on every device."""
    report, _ = trained
    shapes = [whole for whole, _ in report["one"]["parts"].values()]
    whole = 4 * sum(map(math.prod, shapes))
    assert report["one"]["bytes"] == {"cpu:0": whole}
    held = report[case]["bytes"]
    assert list(held) == ["cpu:0", "cpu:1", "cpu:2", "cpu:3"] and len(set(held.values())) == 1
    assert whole / parts <= held["cpu:0"] < whole * (1 / parts + 0.05)


@needs_jax
def test_rows_are_shared_out_too_where_the_batch_is_split(trained):
    """Two by two devices have a quarter of the work each, as four have; what every device does itself is small."""
    report, _ = trained
    one = report["one"]["operations"]
    assert report["four"]["operations"] < 0.45 * one
    assert report["two_by_two"]["operations"] < 0.45 * one


@needs_jax
def test_a_word_table_that_is_made_in_parts_is_that_of_one_device(trained):
    assert trained[0]["large"] < 1e-6


@needs_jax
def test_training_from_arrays_needs_no_tensorflow(trained):
    assert trained[0]["tensorflow"] is False


@needs_jax
def test_what_shard_says(trained):
    assert trained[0]["said"][:2] == [
        "cpu:0 to cpu:3: weights and optimizer in 4 parts",
        "cpu:0 to cpu:3: weights and optimizer in 2 parts, rows of a batch in 2",
    ]


@needs_jax
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("devices", "ValueError: `devices` must be at most 4, what JAX sees (['cpu:0', 'cpu:1', 'cpu:2', 'cpu:3'])"),
        ("devices", "Received: devices=5. On a CPU, XLA_FLAGS=--xla_force_host_platform_device_count=5 before Python"),
        ("batch_parts", "ValueError: `batch_parts` must divide the 4 devices. Received: batch_parts=3."),
        ("heads", "ValueError: `num_heads` must divide by 4, the parts of the mesh. Received: num_heads=6."),
        ("heads", "This encoder splits in 1, 2 parts: bk.shard(2)."),
        ("micro_batches", "ValueError: `micro_batches` must be 1 but on TensorFlow. Received: micro_batches=2"),
    ],
)
def test_what_cannot_be_split_is_said(trained, name, words):
    assert words in trained[0]["errors"][name]


@needs_jax
def test_a_run_on_a_mesh_ends_with_a_model_folder_whose_weights_are_the_trained_ones(run):
    report, folder = run
    assert report["reloaded"] and 0.0 <= report["metrics"]["accuracy"] <= 1.0
    model, _ = load_model(folder / "reviews")
    found = model.encoder.named_weights() | model.head_weights()
    trained = {name.replace("|", "/"): values for name, values in np.load(folder / "weights.npz").items()}
    assert len(trained) > 20 and set(found) == set(trained)
    for name, values in trained.items():
        assert found[name].numpy().tobytes() == values.tobytes(), name


@needs_jax
def test_tensorflow_predicts_what_jax_did_and_exports_the_folder(run, tmp_path):
    _, folder = run
    wanted = np.load(folder / "logits.npy")
    predictor = bk.load(folder / "reviews")
    np.testing.assert_allclose(predictor.logits(jax_child.TEXTS), wanted, atol=1e-5)
    served = tf.saved_model.load(bk.export(folder / "reviews", tmp_path / "served"))
    shares = served.signatures["serving_default"](text=tf.constant(jax_child.TEXTS))["probabilities"]
    odds = np.exp(wanted - wanted.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares, odds / odds.sum(axis=1, keepdims=True), atol=1e-5)


@needs_jax
def test_questions_are_trained_and_answered_too(run):
    report, folder = run
    model, config = load_model(folder / "spans")
    windows = {name: config[name] for name in jax_child.WINDOWS}
    data = bk.load_task(str(folder / "asked.json"), model.encoder, parts=("validation",), **windows)
    wanted = bk.evaluate(model, data)
    assert report["answer_metrics"]["f1"] == pytest.approx(wanted["f1"], abs=1e-6)


@needs_jax
def test_a_run_says_what_it_runs_on(run):
    lines = run[0]["lines"]
    assert any(line.endswith(" are trained, on 4 devices of a mesh, by jax: 2 batch x 2 model") for line in lines)


@needs_jax
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hub", "RuntimeError: The hub's graph needs Keras' TensorFlow backend, and this is jax: set KERAS_BACKEND="),
        ("hub", "Or pass native=True (--native)"),
        ("layer", "RuntimeError: bk.hub.KerasLayer needs Keras' TensorFlow backend"),
        ("export", "RuntimeError: bk.export needs Keras' TensorFlow backend"),
        ("mirrored", "RuntimeError: strategy='mirrored' needs Keras' TensorFlow backend"),
        ("one", "ValueError: `strategy` must be 'auto' under "),
    ],
)
def test_what_only_tensorflow_can_do_is_said(run, name, words):
    assert words in run[0]["errors"][name]


def test_tensorflow_splits_no_model():
    with pytest.raises(RuntimeError, match=r"must be jax to split one model, and is tensorflow.*KERAS_BACKEND=jax"):
        bk.shard(2)
    with pytest.raises(RuntimeError, match="must be jax to split one model"):
        bk.device_bytes(tiny.native_encoder())


def test_words_for_devices_on_another_backend(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    for word in ("auto", "one"):
        strategy, said = choose_strategy(word)
        assert strategy.num_replicas_in_sync == 1 and said == "one device, by jax"
    with pytest.raises(RuntimeError, match=r"strategy='mirrored' needs Keras' TensorFlow backend, and this is jax"):
        choose_strategy("mirrored")
    with pytest.raises(RuntimeError, match=r"A tf.distribute.Strategy needs .* bk.shard splits a model over devices"):
        choose_strategy(tf.distribute.get_strategy())
