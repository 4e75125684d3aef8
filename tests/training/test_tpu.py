"""TPUs, as far as no TPU can show it: signs, errors, and a whole run on a strategy that stands in for TPUStrategy."""

import dataclasses
import time

import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
import tuned

from bert_keras.encoders.from_hub_encoder import moved_encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.folders.model_folder import load_model
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.training import tpu
from bert_keras.training.devices import Devices
from bert_keras.training.strategies import check_batch_size, choose_strategy

SIGNS = ("TPU_NAME", *tpu.REMOTE_SIGNS, *tpu.LOCAL_SIGNS, tpu.HOSTS)


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """A machine on which nothing speaks of a TPU."""
    for name in SIGNS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tpu, "DEVICE_FILES", str(tmp_path / "accel[0-9]*"))


class StandIn(tf.distribute.MirroredStrategy):
    """Takes what TPUStrategy takes, and runs on the two logical CPUs."""

    def __init__(self, resolver):
        self.resolver = resolver
        devices = [device.name for device in tf.config.list_logical_devices("CPU")][:2]
        super().__init__(devices, tf.distribute.ReductionToOneDevice())


@dataclasses.dataclass
class Resolver:
    """Takes what TPUClusterResolver takes."""

    tpu: str


@pytest.fixture
def fake(monkeypatch):
    """TensorFlow with a TPU: the calls that start it, in their order."""
    calls = []
    monkeypatch.setattr(tf.distribute, "TPUStrategy", StandIn)
    monkeypatch.setattr(tf.distribute.cluster_resolver, "TPUClusterResolver", Resolver)
    monkeypatch.setattr(tf.config, "experimental_connect_to_cluster", lambda resolver: calls.append("connect"))
    monkeypatch.setattr(tf.tpu.experimental, "initialize_tpu_system", lambda resolver: calls.append("initialize"))
    return calls


# Signs and errors


def test_without_a_tpu_the_word_says_what_was_looked_for_and_at_once():
    start = time.monotonic()
    with pytest.raises(
        ValueError, match=r"`strategy` must find a TPU, and there is none. Received: strategy='tpu'."
    ) as e:
        choose_strategy("tpu")
    assert time.monotonic() - start < 10.0
    for words in (
        "TPU_NAME",
        "COLAB_TPU_ADDR",
        "TPU_WORKER_ID",
        "Runtime > Change runtime type > TPU",
        "--strategy auto",
    ):
        assert words in str(e.value)
    assert choose_strategy("auto") == choose_strategy("one")


def test_the_command_line_says_so_in_one_line(command, tmp_path):
    encoder = tuned.write_encoder(tmp_path / "encoder")
    arguments = ("finetune", "samples/reviews", "--encoder", encoder, "--out", tmp_path / "out", "--strategy", "tpu")
    status, _, errors = command(*arguments)
    assert status == 1 and "must find a TPU, and there is none" in errors and "Traceback" not in errors
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["TPU_WORKER_ID", "TPU_ACCELERATOR_TYPE", "TPU_NAME"])
def test_a_sign_of_the_environment(monkeypatch, name):
    assert tpu.tpu_sign() is None
    monkeypatch.setenv(name, "local")
    assert tpu.tpu_sign() == f"the environment's {name}"


def test_a_device_file_is_a_sign(monkeypatch, tmp_path):
    (tmp_path / "accel0").touch()
    assert tpu.tpu_sign() == f"the device file {tmp_path / 'accel0'}"


def test_a_tpu_that_does_not_start_is_told_from_one_that_is_not_there(monkeypatch):
    """The TensorFlow of the tests has no kernels for TPUs."""
    monkeypatch.setenv("TPU_NAME", "local")
    words = r"`strategy` must start a TPU.*The environment's TPU_NAME says.*TPUs not found.*pip install tensorflow-tpu"
    with pytest.raises(ValueError, match=words):
        choose_strategy("tpu")
    strategy, said = choose_strategy("auto")
    assert strategy.num_replicas_in_sync == 1
    assert said.startswith("one device, the CPU; a TPU was not taken: `strategy` must start a TPU")
    assert "pip install tensorflow-tpu" in said and "auto" not in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"COLAB_TPU_ADDR": "10.0.0.2:8470"}, r"COLAB_TPU_ADDR=10.0.0.2:8470 names one behind the network"),
        ({"TPU_NAME": "my-tpu"}, r"TPU_NAME=my-tpu names one behind the network.*export TPU_NAME=local"),
        ({"TPU_NAME": "grpc://10.0.0.2:8470"}, r"must be a TPU attached to this machine"),
        (
            {"TPU_NAME": "local", "TPU_WORKER_HOSTNAMES": "a,b"},
            r"be a TPU of one machine.*TPU_WORKER_HOSTNAMES names 2",
        ),
    ],
)
def test_a_tpu_elsewhere_is_refused_without_a_look_at_the_network(fake, monkeypatch, variables, words):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=words):
        choose_strategy("tpu")
    assert fake == []


def test_an_attached_tpu_goes_before_an_old_address(fake, monkeypatch):
    monkeypatch.setenv("TPU_NAME", "local")
    monkeypatch.setenv("COLAB_TPU_ADDR", "10.0.0.2:8470")
    assert isinstance(choose_strategy("tpu")[0], StandIn)


@pytest.mark.parametrize("word", ["tpu", "auto"])
def test_the_order_of_the_calls(fake, monkeypatch, word):
    monkeypatch.setenv("TPU_WORKER_ID", "0")
    strategy, said = choose_strategy(word)
    assert fake == ["connect", "initialize"] and strategy.resolver == Resolver("local")
    assert said == "StandIn with 2 replicas (the cores of this machine's TPU)"


def test_a_tpu_that_runs_is_not_started_again(fake, monkeypatch):
    listed = tf.config.list_logical_devices
    device = tf.config.LogicalDevice("/device:TPU:0", "TPU")
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [device] if kind == "TPU" else listed(kind))
    assert isinstance(choose_strategy("tpu")[0], StandIn) and fake == []


def test_rows_that_do_not_divide_by_the_cores(fake):
    strategy = StandIn(None)
    check_batch_size(12, 3, strategy, static_shapes=True)
    check_batch_size(7, 1, strategy)
    with pytest.raises(
        ValueError, match=r"`batch_size` must be a multiple of 2, the replicas.*batch_size=7. Pass 6 or 8"
    ):
        check_batch_size(7, 1, strategy, static_shapes=True)
    with pytest.raises(ValueError, match=r"multiple of 6, the replicas times the micro-batches.*Pass 12 or 18"):
        check_batch_size(15, 3, strategy, static_shapes=True)


# What runs on it


@pytest.fixture
def options_seen(monkeypatch):
    """The `experimental_io_device` of each SavedModel that is read ("load") or written ("save")."""
    seen = []
    for name in ("load", "save"):
        real = getattr(tf.saved_model, name)

        def spy(*arguments, name=name, real=real, options=None, **keywords):
            seen.append((name, options and options.experimental_io_device))
            return real(*arguments, options=options, **keywords)

        monkeypatch.setattr(tf.saved_model, name, spy)
    return seen


@pytest.mark.parametrize("native", [False, True])
def test_a_whole_run_as_on_a_tpu(fake, monkeypatch, tmp_path, options_seen, native):
    encoder = tuned.write_encoder(tmp_path / "encoder")
    monkeypatch.setenv("TPU_NAME", "local")
    options_seen.clear()
    lines, recipe = [], Recipe(epochs=2, batch_size=8, learning_rate=1e-3, native=native)
    options = {"recipe": recipe, "devices": Devices("tpu"), "say": lines.append}
    result = finetune(tuned.reviews_task(limit=27), encoder, tmp_path / "out", **options)
    model = result.model
    assert isinstance(model.distribute_strategy, StandIn)
    assert (model.static_shapes, model.steps_per_execution, model.jit_compile) == (True, 32, False)
    assert any("static shapes: 8 rows of " in line for line in lines)
    assert any(line.endswith("on StandIn with 2 replicas (the cores of this machine's TPU)") for line in lines)
    # Of a native encoder the weights alone are read: the SavedModel's note says the rest.
    assert options_seen == [*([] if native else [("load", "/job:localhost")]), ("save", "/job:localhost")]
    assert all(np.isfinite(entry["logs"]["loss"]) for entry in result.history)
    monkeypatch.undo()
    loaded, _ = load_model(tmp_path / "out")
    features = tiny.features(4)
    with model.distribute_strategy.scope():
        wanted = model.predict(features, batch_size=4, verbose=0)
    np.testing.assert_allclose(loaded.predict(features, verbose=0), wanted, rtol=0, atol=1e-5)


@pytest.mark.thorough("::test_a_whole_run_as_on_a_tpu")
def test_questions_as_on_a_tpu(fake, monkeypatch, tmp_path):
    monkeypatch.setenv("TPU_NAME", "local")
    encoder = tuned.write_encoder(tmp_path / "encoder")
    task = load_files(questions.write_json(tmp_path / "train.json", questions.examples(20)), **questions.WINDOWS)
    options = {"recipe": Recipe(epochs=1, batch_size=4, learning_rate=1e-3), "devices": Devices("tpu")}
    result = finetune(task, encoder, tmp_path / "out", say=lambda line: None, **options)
    assert set(result.metrics) >= {"f1", "exact_match"} and (tmp_path / "out" / "predictions.json").is_file()


def test_a_batch_that_does_not_divide_stops_before_anything_is_read(fake, monkeypatch, tmp_path):
    monkeypatch.setenv("TPU_NAME", "local")
    with pytest.raises(ValueError, match=r"`batch_size` must be a multiple of 2.*batch_size=7"):
        finetune("samples/reviews", "none", tmp_path / "out", recipe=Recipe(batch_size=7), devices=Devices("tpu"))


def test_an_export_from_a_tpu_is_written_by_the_host(fake, tmp_path, options_seen):
    folder = tuned.write_model(tmp_path / "model", tuned.write_encoder(tmp_path / "encoder"))
    options_seen.clear()
    with StandIn(None).scope():
        model, _ = load_model(folder)
    assert options_seen == [("load", "/job:localhost")]
    export(folder, tmp_path / "plain")
    assert options_seen[1:] == [("load", None), ("save", None)]
    assert isinstance(model, TextClassifier)


def test_a_moved_encoder_is_the_same(fake, tmp_path):
    encoder = load_encoder(tuned.write_encoder(tmp_path / "encoder"), native=True, seed=3)
    with StandIn(None).scope():
        moved = moved_encoder(encoder)
    assert moved.tokenizer is encoder.tokenizer and moved.source == encoder.source
    for name, weight in encoder.named_weights().items():
        np.testing.assert_array_equal(moved.named_weights()[name].numpy(), weight.numpy())
        assert isinstance(moved.named_weights()[name].value.distribute_strategy, StandIn)
    assert moved.get_config() == encoder.get_config()


def test_a_tpus_graph_holds_no_assertions(fake, tmp_path):
    """They carry strings, which a TPU has not."""
    encoder = tiny.native_encoder()

    def kinds():
        step = tf.function(lambda: encoder(tiny.features(2), training=False)["pooled_output"])
        return {node.op for node in step.get_concrete_function().graph.as_graph_def().node}

    assert "Assert" in kinds()
    with StandIn(None).scope():
        model = TextClassifier(tiny.native_encoder())
        step = tf.function(lambda: model.distribute_strategy.run(lambda: model(tiny.features(2))))
        graph = step.get_concrete_function().graph.as_graph_def()
        guarded = tf.function(lambda: model.guard_targets(tf.zeros([2], tf.int32), None)).get_concrete_function()
    assert "Assert" not in {node.op for node in graph.node}
    assert "Assert" not in {node.op for node in guarded.graph.as_graph_def().node}
