"""What the tests of the JAX backend run in a Python of its own, on four virtual devices: `run(what, folder, …)`.

`what` is the name of a function below; it writes report.json and arrays into the folder.
"""

import importlib.util
import json
import pathlib
import sys

import numpy as np
import warm_python

SIZES = {"vocab_size": 50, "num_layers": 1, "hidden_size": 16, "num_heads": 4, "intermediate_size": 32}
SIZES |= {"max_positions": 16, "initializer_range": 0.2, "seed": 1}
CASES = {"one": (), "four": (4,), "two_by_two": (4, 2)}  # arguments of bk.shard
ROWS, BATCH = 21, 4  # the last batch has one row, which no mesh divides
SPAN_ROWS = 20  # each shape of a batch takes seconds to compile
TEXTS = ["good film", "a bad room", "the story was never good but the food was always great"]
RECIPE = {"epochs": 1, "batch_size": 8, "learning_rate": 1e-3, "native": True}
# Compiling is nearly all the time of these runs, and most of that goes into speed that they have no use for. On a busy
# machine a virtual device may keep the others waiting for longer than JAX allows, 40 s.
FLAGS = "--xla_force_host_platform_device_count=4 --xla_backend_optimization_level=0 "
FLAGS += "--xla_cpu_collective_call_terminate_timeout_seconds=600"
WINDOWS = {"seq_length": 24, "doc_stride": 6, "max_query_length": 6}


def is_installed() -> bool:
    return importlib.util.find_spec("jax") is not None


def run(what: str, folder: pathlib.Path, *arguments: object) -> dict:
    """Runs a function of this file on JAX; returns its report."""
    warm = what != "without_tensorflow"
    done = warm_python.run(__file__, what, folder, *arguments, warm=warm, backend="jax", XLA_FLAGS=FLAGS)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "report.json").read_text())


def features() -> dict[str, np.ndarray]:
    ids = np.random.default_rng(0).integers(0, SIZES["vocab_size"], (ROWS, 10)).astype("int32")
    return {"input_word_ids": ids, "input_mask": np.ones_like(ids), "input_type_ids": ids % 2}


def error_of(call) -> str:
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def without_tensorflow(folder: pathlib.Path) -> dict:
    """Three cases of the same training from arrays, where TensorFlow cannot be imported."""

    class Refuse:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in ("tensorflow", "tf_keras", "tensorflow_text", "tensorflow_hub"):
                raise ImportError(f"{name} must not be imported")

    sys.meta_path.insert(0, Refuse())
    import jax
    import keras

    import bert_keras as bk
    from bert_keras.optimization.build_optimizer import build_optimizer

    class Losses(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.losses = []

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(float(logs["loss"]))

    def fitted(model, labels, rows=ROWS):
        noted = Losses()
        model.compile(build_optimizer(bk.Recipe(learning_rate=1e-3)))
        inputs = {name: column[:rows] for name, column in features().items()}
        model.fit(inputs, labels, epochs=2, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[noted])
        return noted.losses

    def operations(model):  # of one device
        values = [
            [variable.value for variable in v] for v in (model.trainable_variables, model.non_trainable_variables)
        ]
        forward = jax.jit(lambda *a: model.stateless_call(*a, training=False)[0])
        rows = {name: column[:20] for name, column in features().items()}
        return forward.lower(*values, rows).compile().cost_analysis()["flops"]

    labels = (features()["input_word_ids"][:, 0] > 25).astype("int32")
    places = {"start_logits": labels[:SPAN_ROWS], "end_logits": labels[:SPAN_ROWS] + 3}
    report, said = {}, []
    for name, arguments in CASES.items():
        keras.distribution.set_distribution(None)
        if arguments:
            bk.shard(*arguments, say=said.append)
        model = bk.TextClassifier(bk.BertEncoder(**SIZES), seed=0)
        found = {"losses": fitted(model, labels), "bytes": bk.device_bytes(model)}
        variables = [*model.weights, *model.optimizer.variables]
        found["parts"] = {v.path: [list(v.shape), list(v.value.addressable_shards[0].data.shape)] for v in variables}
        found["operations"] = operations(model)
        logits = model.predict(features(), batch_size=BATCH, verbose=0)
        np.savez(folder / f"{name}.npz", logits=logits, **{str(n): np.asarray(w) for n, w in enumerate(model.weights)})
        report[name] = found
        if name != "two_by_two":
            spans = bk.SpanLabeler(bk.BertEncoder(**SIZES), seed=0)
            found["span_losses"] = fitted(spans, places, SPAN_ROWS)
            found["span_kernel"] = list(spans.span.kernel.value.addressable_shards[0].data.shape)
    bk.shard(4, say=said.append)
    large = {**SIZES, "vocab_size": 1_100_000}  # so large that Keras traces what makes its word table
    split = bk.BertEncoder(**large)
    keras.distribution.set_distribution(None)
    whole = bk.BertEncoder(**large)
    pairs = zip(split.weights, whole.weights, strict=True)
    report["large"] = max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)
    report["errors"] = {
        "devices": error_of(lambda: bk.shard(5)),
        "batch_parts": error_of(lambda: bk.shard(4, batch_parts=3)),
        "micro_batches": error_of(lambda: model.compile(micro_batches=2)),
    }
    bk.shard(4, say=said.append)
    report["errors"]["heads"] = error_of(lambda: bk.BertEncoder(**{**SIZES, "hidden_size": 24, "num_heads": 6}))
    report["said"] = said
    report["tensorflow"] = "tensorflow" in sys.modules
    return report


def families(folder: pathlib.Path) -> dict:
    """The outputs of encoders in folders, and the losses of two epochs of the one whose layers share their weights."""
    import jax

    import bert_keras as bk
    from bert_keras.optimization.build_optimizer import build_optimizer

    given, outputs = json.loads((folder / "given.json").read_text()), {}
    inputs = {name: np.array(values, "int32") for name, values in given["features"].items()}
    for name, place in given["folders"].items():
        encoder = bk.load_encoder(place, native=True)
        found = jax.jit(lambda given, encoder=encoder: encoder(given, training=False))(inputs)
        outputs |= {f"{name}/{key}": np.asarray(found[key]) for key in ("pooled_output", "sequence_output")}
        if encoder.share_layers:
            encoder.recompute = True
            model = bk.TextClassifier(encoder, num_classes=2, seed=0)
            model.compile(build_optimizer(bk.Recipe(learning_rate=1e-2)))
            losses = model.fit(inputs, np.arange(len(inputs["input_mask"])) % 2, epochs=2, verbose=0).history["loss"]
    np.savez(folder / "outputs.npz", **outputs)
    return {"losses": losses}


def fused_attention(folder: pathlib.Path) -> dict:
    """The native encoder with cuDNN's attention, for which JAX's own operations stand in."""
    import jax
    import keras

    import bert_keras as bk
    from bert_keras.encoders.layers import fused_attention, layer_forward

    on_this_machine = fused_attention.can_fuse("bfloat16", 128, 64)
    calls, plain = [], jax.nn.dot_product_attention

    def counted(*arguments, implementation, **options):
        calls.append(implementation)
        return plain(*arguments, implementation="xla", **options)

    def number_of(call) -> int:
        calls.clear()
        call()
        return len(calls)

    jax.nn.dot_product_attention = counted
    fused_attention._has_kernel = lambda: True
    sizes = ("bfloat16", 128, 64), ("float32", 128, 64), ("bfloat16", 127, 64), ("bfloat16", 128, 65)
    can = dict(zip(("good", "float32", "odd", "deep"), (fused_attention.can_fuse(*one) for one in sizes), strict=True))
    bk.shard(4, say=lambda line: None)
    can["sharded"] = fused_attention.can_fuse("bfloat16", 128, 64)
    keras.distribution.set_distribution(None)
    sizes = {**SIZES, "num_layers": 2, "hidden_size": 32}
    encoder = bk.BertEncoder(**sizes, dtype="mixed_bfloat16", dropout=0.1, attention_dropout=0.0)
    inputs = features()
    inputs["input_mask"][:, 6:] = np.arange(ROWS)[:, None] % 2
    packed, _ = bk.pack_rows(inputs, 16)
    counts = {
        "plain": number_of(lambda: encoder(inputs, training=True)),
        "packed": number_of(lambda: encoder(packed)),
        "first_only": number_of(lambda: encoder(inputs, pooled_only=True)),
    }
    outputs = [np.asarray(encoder(rows)["sequence_output"], "float32") for rows in (inputs, packed)]
    dropping = bk.BertEncoder(**sizes, dtype="mixed_bfloat16", attention_dropout=0.1)
    counts["dropped"] = number_of(lambda: dropping(inputs, training=True))
    layer_forward.can_fuse = lambda *sizes: False
    others = [np.asarray(encoder(rows)["sequence_output"], "float32") for rows in (inputs, packed)]
    exact = bk.BertEncoder(**sizes)  # of the same seed
    wanted = [np.asarray(exact(rows)["sequence_output"]) for rows in (inputs, packed)]
    seen = [rows["input_mask"] == 1 for rows in (inputs, packed)]
    fused, plain = (
        max(float(np.abs(a - b)[at].max()) for a, b, at in zip(found, wanted, seen, strict=True))
        for found in (outputs, others)
    )
    return {"on_this_machine": on_this_machine, "can": can, "calls": counts, "fused": fused, "plain": plain}


def pipeline(folder: pathlib.Path, encoder: str, questions: str) -> dict:
    """Whole runs of two tasks on a mesh, from a SavedModel to model folders."""
    import bert_keras as bk

    lines, report = [], {}
    bk.shard(4, batch_parts=2, say=lines.append)
    recipe = bk.Recipe(**RECIPE)
    out, reviews = folder / "reviews", bk.load_task("samples/reviews", limit=20, seq_length=40)
    result = bk.finetune(reviews, encoder, out, recipe=recipe, say=lines.append)
    report["metrics"], report["padding"] = result.metrics, result.padding_share
    named = result.model.encoder.named_weights() | result.model.head_weights()
    np.savez(folder / "weights.npz", **{name.replace("/", "|"): np.asarray(weight) for name, weight in named.items()})
    predictor = bk.load(out)
    np.save(folder / "logits.npy", predictor.logits(TEXTS))
    loaded = predictor.model.encoder.named_weights()
    report["reloaded"] = all(np.array_equal(np.asarray(named[n]), np.asarray(w)) for n, w in loaded.items())
    asked = bk.load_files(questions, **WINDOWS)
    answered = bk.finetune(asked, encoder, folder / "spans", recipe=recipe, say=lines.append)
    report["answer_metrics"] = answered.metrics
    report["errors"] = {
        "hub": error_of(lambda: bk.load_encoder(encoder)),
        "layer": error_of(lambda: bk.hub.KerasLayer(encoder)),
        "export": error_of(lambda: bk.export(predictor, folder / "export")),
        "mirrored": error_of(
            lambda: bk.finetune(reviews, encoder, folder / "no", recipe=recipe, devices=bk.Devices("mirrored"))
        ),
        "one": error_of(lambda: bk.finetune(reviews, encoder, folder / "no", recipe=recipe, devices=bk.Devices("one"))),
    }
    report["lines"] = lines
    return report


def long_texts(folder: pathlib.Path, encoder: str) -> dict:
    """A run on texts in windows, and its predictor's logits."""
    import bert_keras as bk

    task = bk.load_task("samples/reviews", limit=16, seq_length=10, long_text="windows", max_windows=3)
    result = bk.finetune(task, encoder, folder / "run", recipe=bk.Recipe(**RECIPE))
    np.save(folder / "logits.npy", bk.load(folder / "run").logits(TEXTS))
    return result.metrics


def spoiled(folder: pathlib.Path) -> dict:
    """A step in the middle whose loss is not a number, and one whose gradient alone is not, with two optimizers."""
    import keras
    from keras import ops

    import bert_keras as bk
    from bert_keras.optimization.adamw import AdamW

    def loss(y, logits):  # the root has an infinite gradient at 0, where it is 0 itself
        return ops.sqrt(ops.abs(logits[:, 0] * y))

    def fitted(optimizer, y):
        model = bk.TextClassifier(bk.BertEncoder(**SIZES, dropout=0.0, attention_dropout=0.0), dropout=0.0, seed=0)
        model.compile(optimizer, loss=loss)
        rows = {name: column[: len(y)] for name, column in features().items()}
        said = error_of(lambda: model.fit(rows, y, batch_size=BATCH, shuffle=False, verbose=0))
        return said, [np.asarray(v).tobytes() for v in [*model.weights, *model.optimizer.variables]]

    report = {}
    for name, make in (("adamw", lambda: AdamW(1e-2, global_clipnorm=1.0)), ("adam", lambda: keras.optimizers.Adam())):
        good = np.ones(20, "float32")
        wanted = fitted(make(), good[:16])  # one step less
        for case, value in (("loss", np.nan), ("gradient", 0.0)):
            bad = good.copy()
            bad[16:] = value
            said, found = fitted(make(), bad)
            report[f"{name} {case}"] = [said, found == wanted[1], wanted[0]]
    return report


def layer_rates(folder: pathlib.Path) -> dict:
    """How far the first step moves each weight with a layer decay, beside weight decay that takes nothing."""
    import bert_keras as bk
    from bert_keras.optimization.build_optimizer import build_optimizer

    sizes = {**SIZES, "dropout": 0.0, "attention_dropout": 0.0}
    options = {"learning_rate": 1.0, "warmup_share": 0.0, "weight_decay": 0.0, "adam_epsilon": 1e-20}
    encoder = bk.BertEncoder(**sizes)
    model = bk.TextClassifier(encoder, dropout=0.0, seed=0)
    model.compile(build_optimizer(bk.Recipe(**options, layer_decay=0.5)))
    named = encoder.named_weights()
    model.predict(features(), verbose=0)
    named |= {f"head/{name}": weight for name, weight in model.head_weights().items()}
    before = {name: np.array(weight) for name, weight in named.items()}
    model.fit(features(), np.arange(ROWS) % 2, batch_size=ROWS, verbose=0)
    steps = {}
    for name, weight in named.items():
        moved = np.abs(np.asarray(weight, "float64") - before[name])
        steps[name] = float(np.median(moved[moved > 0])) if (moved > 0).any() else 0.0
    return {"steps": steps}


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[2])
    told = globals()[sys.argv[1]](target, *sys.argv[3:])
    (target / "report.json").write_text(json.dumps(told))
