"""SavedModels that would do more than compute are refused before anything of them runs."""

import pathlib

import pytest
import tensorflow as tf
from encoders import shared_encoder
from tensorflow.core.protobuf import saved_model_pb2

from bert_keras.hub.check_graph import check_graph
from bert_keras.hub.saved_models import load_saved_model

MARKER = "written"

ACTS = {
    "WriteFile": lambda path: tf.io.write_file(path, "x"),
    "ReadFile": lambda path: tf.io.read_file(path),
    "MatchingFiles": lambda path: tf.io.matching_files(path),
    "SaveV2": lambda path: tf.raw_ops.SaveV2(
        prefix=path, tensor_names=["a"], shape_and_slices=[""], tensors=[tf.constant(1.0)]
    ),
    "RestoreV2": lambda path: tf.raw_ops.RestoreV2(
        prefix=path, tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32]
    ),
    "EagerPyFunc": lambda path: tf.py_function(lambda: open(path.numpy(), "w").close(), [], []),
    "PyFunc": lambda path: tf.numpy_function(lambda: 1.0, [], tf.float32),
    "PrintV2": lambda path: tf.raw_ops.PrintV2(input="x", output_stream="file://" + MARKER),
    "TFRecordDataset": lambda path: tf.raw_ops.TFRecordDataset(filenames=path, compression_type="", buffer_size=0),
    "WholeFileReaderV2": lambda path: tf.raw_ops.WholeFileReaderV2(),
}


def _nested(act):
    @tf.function
    def inner(path):
        act(path)
        return tf.strings.length(path)

    return inner


def _while(act):
    def looped(path):
        def body(i):
            with tf.control_dependencies([one for one in tf.nest.flatten(act(path)) if one is not None]):
                return i + 1

        tf.while_loop(lambda i: i < 1, body, [tf.constant(0)])

    return looped


def _cond(act):
    def branched(path):
        def branch():
            act(path)
            return tf.constant(1)

        tf.cond(tf.strings.length(path) > 0, branch, lambda: tf.constant(0))

    return branched


class _Resource(tf.saved_model.experimental.TrackableResource):
    def __init__(self, act, path):
        super().__init__()
        self.act, self.path = act, path

    def _create_resource(self):
        return tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="held")

    def _initialize(self):
        self.act(tf.constant(self.path))


PLACES = {"signature": lambda act: act, "nested": _nested, "while": _while, "cond": _cond}


def _write(folder: pathlib.Path, place: str, op: str, path: str) -> None:
    module, act = tf.Module(), ACTS[op]
    if place == "initializer":
        module.held = _Resource(act, path)
        _ = module.held.resource_handle

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def call(x):
            return x + 1.0

    else:
        placed = PLACES[place](act)

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def call(x):
            placed(tf.constant(path))
            return x + 1.0

    module.__call__ = call
    module.call = call
    tf.saved_model.save(module, str(folder), signatures=call.get_concrete_function())


@pytest.mark.parametrize("place", [*PLACES, "initializer"])
@pytest.mark.parametrize("op", ACTS)
def test_a_hostile_graph_is_refused_before_it_runs(tmp_path, monkeypatch, op, place):
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "model", place, op, str(tmp_path / MARKER))
    for left in tmp_path.glob(MARKER + "*"):
        left.unlink()
    with pytest.raises(ValueError, match=rf"holds the operation {op}\..*trust=True"):
        load_saved_model(str(tmp_path / "model"), "stranger")
    assert not list(tmp_path.glob(MARKER + "*"))


def test_what_is_trusted_runs_while_it_is_loaded(tmp_path):
    _write(tmp_path / "model", "initializer", "WriteFile", str(tmp_path / MARKER))
    (tmp_path / MARKER).unlink(missing_ok=True)
    load_saved_model(str(tmp_path / "model"), "friend", trust=True)
    assert (tmp_path / MARKER).exists()


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hosts", "a/../../b", "..\\b", "C:\\b"])
def test_an_asset_outside_is_refused(tmp_path, name):
    stored = saved_model_pb2.SavedModel()
    stored.meta_graphs.add().asset_file_def.add().filename = name
    (tmp_path / "saved_model.pb").write_bytes(stored.SerializeToString())
    with pytest.raises(ValueError, match="assets lie in its own folder"):
        check_graph(str(tmp_path), "stranger")


def test_a_table_of_another_file_is_refused_and_one_of_an_asset_is_not(tmp_path):
    (tmp_path / "words.txt").write_text("a\nb\n")
    table_file = str(tmp_path / "words.txt")
    module = tf.Module()
    last, line = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    read = tf.lookup.TextFileInitializer(table_file, tf.string, last, tf.int64, line)
    module.table = tf.lookup.StaticHashTable(read, -1)
    module.call = tf.function(module.table.lookup, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path / "own"))
    assert load_saved_model(str(tmp_path / "own"), "own").call(tf.constant(["b"])).numpy() == [1]
    path = tmp_path / "own" / "saved_model.pb"
    stored = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for node in stored.meta_graphs[0].object_graph_def.nodes:
        if node.WhichOneof("kind") == "asset":
            node.constant.operation = "Const"
    path.write_bytes(stored.SerializeToString())
    with pytest.raises(ValueError, match="no asset's"):
        check_graph(str(tmp_path / "own"), "stranger")


@pytest.mark.parametrize("dialect", ["dict", "list"])
def test_published_forms_pass(dialect):
    check_graph(str(shared_encoder(dialect)), dialect)
