"""SavedModels that do more than compute: forms of one small model, each with something in it that must not run."""

import functools
import os
import pathlib
import shutil
from collections.abc import Callable

import tensorflow as tf
from once import made_once
from tensorflow.core.framework import function_pb2, node_def_pb2
from tensorflow.core.framework.variable_pb2 import VariableDef
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

MARKER = "written_by_a_model"
# By family, operations that must not be in a graph.
OPERATIONS = {
    "writes": "WriteFile SaveV2 Save SaveSlices CreateSummaryFileWriter WriteSummary DatasetToTFRecord SaveDatasetV2 "
    "DebugIdentityV2 DebugNumericSummary",
    "reads": "ReadFile MatchingFiles RestoreV2 Restore RestoreSlice TFRecordDataset TextLineDatasetV2 "
    "FixedLengthRecordDatasetV2 WholeFileReaderV2 TextLineReaderV2 TFRecordReaderV2 ReaderReadV2 ImmutableConst "
    "MatchingFilesDataset LoadDataset SqlDataset LMDBReader GenerateVocabRemapping LoadAndRemapMatrix RecordInput "
    "FixedUnigramCandidateSampler InitializeTableFromTextFileV2",
    "network": "DataServiceDatasetV4 RegisterDatasetV2 RemoteCall ConfigureDistributedTPU CollectiveReduceV2 "
    "CollectiveBcastSendV2 SendTPUEmbeddingGradients",
    "python": "PyFunc EagerPyFunc PyFuncStateless GeneratorDataset",
    "prints": "PrintV2 Print LogUncommonOp",
    "more": "MapDataset XlaHostCompute SymbolicGradient Batch DeleteSessionTensor Stage QueueEnqueueV2",
}
ALL_OPERATIONS = [name for names in OPERATIONS.values() for name in names.split()]
_ASSET = "words.txt"


class _Held(tf.saved_model.experimental.TrackableResource):
    """A resource whose initialiser may hold anything, and runs while the model is loaded."""

    def _create_resource(self):
        return tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="held")

    def _initialize(self):
        tf.no_op("initialise")


def _make(folder: pathlib.Path) -> None:
    module = tf.Module()
    module.weight = tf.Variable(2.0, name="weight")
    module.held = _Held()
    _ = module.held.resource_handle
    words = folder.parent / _ASSET
    words.write_text("a\nb\n")
    line, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(str(words), tf.string, line, tf.int64, number), -1
    )

    @tf.custom_gradient
    def doubled(x):
        return x * 2.0, lambda upstream: upstream * 2.0

    @tf.function
    def inner(x):
        return x + 1.0

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def call(x):
        x = tf.while_loop(lambda x: tf.reduce_any(x < 10.0), lambda x: [x + 3.0], [x])[0]
        return tf.cond(tf.reduce_all(x > 11.0), lambda: inner(x), lambda: doubled(x)) * module.weight

    module.lookup = tf.function(module.table.lookup, input_signature=[tf.TensorSpec([None], tf.string)])
    module.call = module.__call__ = call
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    tf.saved_model.save(module, str(folder), signatures=call.get_concrete_function(), options=options)


def harmless() -> pathlib.Path:
    """The model as it was written: do not change it."""
    return made_once("harmless_model", _make)


@functools.cache
def _parsed() -> bytes:
    return (harmless() / "saved_model.pb").read_bytes()


def _function(meta: meta_graph_pb2.MetaGraphDef, part: str) -> function_pb2.FunctionDef:
    return next(one for one in meta.graph_def.library.function if part in one.signature.name)


def _uncalled(meta: meta_graph_pb2.MetaGraphDef) -> function_pb2.FunctionDef:
    added = meta.graph_def.library.function.add()
    added.signature.name = "nobody_calls_it"
    return added


def _gradient(meta: meta_graph_pb2.MetaGraphDef) -> function_pb2.FunctionDef:
    added = _uncalled(meta)
    pair = meta.graph_def.library.gradient.add()
    pair.function_name, pair.gradient_func = _function(meta, "inner").signature.name, added.signature.name
    return added


def _initialiser(meta: meta_graph_pb2.MetaGraphDef) -> function_pb2.FunctionDef:
    return next(
        one for one in meta.graph_def.library.function if any(node.name == "initialise" for node in one.node_def)
    )


# By name, whose nodes an operation is put among.
PLACES: dict[str, Callable] = {
    "main graph": lambda meta: meta.graph_def,
    "call": lambda meta: _function(meta, "inference_call"),
    "inner function": lambda meta: _function(meta, "inner"),
    "while body": lambda meta: _function(meta, "while_body"),
    "branch": lambda meta: _function(meta, "cond_true"),
    "initialiser": _initialiser,
    "saving": lambda meta: _function(meta, "traced_save"),
    "restoring": lambda meta: _function(meta, "traced_restore"),
    "uncalled function": _uncalled,
    "gradient": _gradient,
}


def write(folder: pathlib.Path, change: Callable[[meta_graph_pb2.MetaGraphDef], None]) -> pathlib.Path:
    """The model in a folder, its graph changed."""
    stored = saved_model_pb2.SavedModel.FromString(_parsed())
    change(stored.meta_graphs[0])
    if not folder.exists():
        shutil.copytree(harmless(), folder, ignore=shutil.ignore_patterns("fingerprint.pb"))
    (folder / "saved_model.pb").write_bytes(stored.SerializeToString())
    return folder


def put(meta: meta_graph_pb2.MetaGraphDef, place: str, operation: str, path: str) -> None:
    """Puts an operation, which is told the name of a file, in a place."""
    _add(PLACES[place](meta), operation, path, place == "main graph")


def _add(graph, operation: str, path: str, is_main: bool) -> None:
    nodes = graph.node if is_main else graph.node_def
    named = constant("hostile_path", path)
    nodes.append(named)
    if operation in _WRITERS:
        with tf.Graph().as_default() as made:
            _WRITERS[operation](path)
        for node in made.as_graph_def().node:
            added = nodes.add()
            added.CopyFrom(node)
            added.name = "hostile_" + node.name
            inputs = [f"hostile_{one}" if is_main else f"hostile_{one}:output:0" for one in node.input]
            del added.input[:]
            added.input.extend(inputs)
            if not is_main and added.op == operation:
                graph.control_ret[added.name] = added.name
                graph.signature.control_output.append(added.name)
        return
    nodes.add(name="hostile", op=operation, input=["hostile_path" if is_main else "hostile_path:output:0"])


# Those that leave a file, made whole: loaded with trust, they run.
_WRITERS = {
    "WriteFile": lambda path: tf.raw_ops.WriteFile(filename=path, contents="x"),
    "SaveV2": lambda path: tf.raw_ops.SaveV2(
        prefix=path, tensor_names=["a"], shape_and_slices=[""], tensors=[tf.constant(1.0)]
    ),
    "PrintV2": lambda path: tf.raw_ops.PrintV2(input="x", output_stream="file://" + path),
}
WRITERS = tuple(_WRITERS)


def constant(name: str, text: str, in_content: bool = False) -> node_def_pb2.NodeDef:
    """A node with a text, which may stand in its bytes in the other way that TensorFlow reads."""
    node = node_def_pb2.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tf.string.as_datatype_enum
    value = node.attr["value"].tensor
    value.dtype = tf.string.as_datatype_enum
    value.tensor_shape.SetInParent()
    if in_content:
        value.tensor_content = bytes([len(text)]) + text.encode()
    else:
        value.string_val.append(text.encode())
    return node


def _asset(name: str) -> Callable:
    def change(meta):
        meta.asset_file_def[0].filename = name

    return change


def _of_saver(at: str, prefix: Callable) -> Callable:
    """A SaveV2 at a place, whose file's name is told by a node."""

    def change(meta):
        graph, is_main = PLACES[at](meta), at == "main graph"
        nodes = graph.node if is_main else graph.node_def
        nodes.append(prefix("prefix"))
        nodes.append(constant("names", "a"))
        ending = "" if is_main else ":output:0"
        node = nodes.add(name="hostile", op="SaveV2", input=[f"prefix{ending}", *[f"names{ending}"] * 2])
        node.attr["dtypes"].list.SetInParent()
        if is_main:
            meta.signature_def["__saved_model_init_op"].outputs["__saved_model_init_op"].name = "hostile"

    return change


def _default_of_a_placeholder(meta) -> None:
    _of_saver("main graph", lambda name: constant(name, "model"))(meta)
    node = meta.graph_def.node.add(name="filename", op="PlaceholderWithDefault", input=["prefix"])
    next(one for one in meta.graph_def.node if one.name == "hostile").input[0] = node.name


def _a_signature_tells_the_saver(meta) -> None:
    name = meta.saver_def.filename_tensor_name
    signature = meta.signature_def["serving_default"]
    signature.inputs["x"].name = name
    signature.outputs["output_0"].name = meta.saver_def.restore_op_name


def _initialiser_of_a_variable(meta) -> None:
    held = VariableDef(variable_name="v", initializer_name=meta.saver_def.save_tensor_name)
    meta.collection_def["local_variables"].bytes_list.value.append(held.SerializeToString())


def _table_of_a_file(meta) -> None:
    function = next(
        one
        for one in meta.graph_def.library.function
        if any(node.op == "InitializeTableFromTextFileV2" for node in one.node_def)
    )
    function.node_def.append(constant("hostile", "/etc/hosts"))
    node = next(one for one in function.node_def if one.op == "InitializeTableFromTextFileV2")
    node.input[1] = "hostile:output:0"


def _calls(operation: str) -> Callable:
    def change(meta):
        node = _function(meta, "inference_call").node_def.add(name="hostile", op="PartitionedCall")
        node.attr["f"].func.name = operation
        for name in ("Tin", "Tout"):
            node.attr[name].list.SetInParent()

    return change


def _named_as_an_operation(meta) -> None:
    meta.graph_def.library.function.add().signature.name = "ReadFile"


def _two_functions_of_one_name(meta) -> None:
    hostile, functions = function_pb2.FunctionDef(), meta.graph_def.library.function
    plain = _initialiser(meta)
    hostile.CopyFrom(plain)
    _add(hostile, "WriteFile", MARKER, is_main=False)
    others = [function_pb2.FunctionDef.FromString(one.SerializeToString()) for one in functions]
    del functions[:]
    functions.extend([hostile, *others])


def _two_nodes_of_one_name(meta) -> None:
    node = _initialiser(meta).node_def.add()
    node.CopyFrom(constant("initialise", "x"))


# By name, changes of the graph that are not an operation alone.
CHANGES: dict[str, Callable] = {
    **{f"asset {name}": _asset(name) for name in ("../out.txt", "/etc/hosts", "a/../../b", "..\\b", "C:\\b", "")},
    "a name in tensor_content": _of_saver("call", lambda name: constant(name, MARKER, in_content=True)),
    "a saver's piece alone": _of_saver("call", lambda name: constant(name, "model")),
    "a saver's piece in an initialiser": _of_saver("initialiser", lambda name: constant(name, "model")),
    "a saver's piece at the root": _of_saver("initialiser", lambda name: constant(name, "/part")),
    "saving as the initialiser": _of_saver("main graph", lambda name: constant(name, "model")),
    "a default of a placeholder": _default_of_a_placeholder,
    "a signature tells the saver": _a_signature_tells_the_saver,
    "a variable's initialiser saves": _initialiser_of_a_variable,
    "a table of another file": _table_of_a_file,
    "a call of an operation": _calls("WriteFile"),
    "a call of what is not there": _calls("somebody_elses_function"),
    "two functions of one name": _two_functions_of_one_name,
    "two nodes of one name": _two_nodes_of_one_name,
    "a function named as an operation": _named_as_an_operation,
}


def _second_graph(folder: pathlib.Path) -> None:
    stored = saved_model_pb2.SavedModel.FromString(_parsed())
    second = stored.meta_graphs.add()
    second.CopyFrom(stored.meta_graphs[0])
    second.meta_info_def.tags.append("second")
    put(second, "call", "WriteFile", MARKER)
    (folder / "saved_model.pb").write_bytes(stored.SerializeToString())


def _text_form(folder: pathlib.Path) -> None:
    stored = saved_model_pb2.SavedModel.FromString(_parsed())
    put(stored.meta_graphs[0], "initialiser", "WriteFile", MARKER)
    (folder / "saved_model.pb").unlink()
    (folder / "saved_model.pbtxt").write_text(str(stored))


def _link(name: str) -> Callable:
    def change(folder):
        outside = folder.parent / f"outside_{pathlib.Path(name).name}"
        os.replace(folder / name, outside)
        (folder / name).symlink_to(outside)

    return change


# By name, changes of the folder.
FOLDERS: dict[str, Callable] = {
    "a second graph": _second_graph,
    "in text form": _text_form,
    "a link as asset": _link(f"assets/{_ASSET}"),
    "a link as folder of assets": _link("assets"),
    "a link as variables": _link("variables"),
    "a link as graph": _link("saved_model.pb"),
}


def forms() -> dict[str, Callable[[pathlib.Path], pathlib.Path]]:
    """By name, functions that write a hostile model into a new folder, and return it.

    Every operation stands in one place, in turn, and one operation in every place.
    """

    def of_operation(place: str, operation: str) -> Callable:
        def made(folder):
            return write(folder, lambda meta: put(meta, place, operation, str(folder.parent / MARKER)))

        return made

    def of_folder(change: Callable) -> Callable:
        def made(folder):
            change(write(folder, lambda meta: None))
            return folder

        return made

    places = list(PLACES)
    pairs = [(places[number % len(places)], name) for number, name in enumerate(ALL_OPERATIONS)]
    pairs += [(place, "WriteFile") for place in places if (place, "WriteFile") not in pairs]
    found = {f"{name} in {place}": of_operation(place, name) for place, name in pairs}
    found |= {name: lambda folder, change=change: write(folder, change) for name, change in CHANGES.items()}
    return found | {name: of_folder(change) for name, change in FOLDERS.items()}
