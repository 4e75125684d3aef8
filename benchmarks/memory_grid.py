"""Predicted beside measured memory of a training step: two encoders, three lengths, with and without recomputing.

    python benchmarks/memory_grid.py                            # the peak of TensorFlow's allocator
    python benchmarks/memory_grid.py --families                 # small encoders of the families that are not BERT
    python benchmarks/memory_grid.py --how resident             # the rise of the process's resident peak
    KERAS_BACKEND=jax python benchmarks/memory_grid.py --how xla    # XLA's own memory analysis; nothing is run
    python benchmarks/memory_grid.py --more                     # also micro-batches, bfloat16, erf, and 24 layers

Each setting runs in a process of its own: `bk.BertEncoder` with random weights and dropout, `bk.TokenClassifier` (a
`bk.TextClassifier` takes less, as its last layer is worked out for one token of each text), three steps of `fit` on
batches whose shape the graph does not know, on the CPU. The measured peak counts weights, optimizer and all that a step
adds; nothing of it was there before the model. Ends with status 1 where a prediction is more than 15 % off.

* allocator: live bytes in TensorFlow's BFC allocator, the one of its GPUs (TF_CPU_ALLOCATOR_USE_BFC=1), exact.
* resident: the process's VmHWM less its resident memory before the model, with one malloc arena and every block above
  64 KB mapped apart, so that what is freed goes back. It holds the traced graph besides, some 200 to 400 MB.
* xla: `jax.jit(train_step).lower(...).compile().memory_analysis()`: arguments, outputs and temporary space less what
  is shared. On a CPU XLA merges what is worked out again with what was there, so that pass is left out. Needs jax.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys

OFF = 0.15
ENVIRONMENT = {
    "allocator": {"TF_CPU_ALLOCATOR_USE_BFC": "1"},
    "resident": {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"},
    "xla": {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
}
KEEPS_RECOMPUTING = "--xla_disable_hlo_passes=cse_barrier_expander"
VOCABULARY = 30_522


@dataclasses.dataclass(frozen=True)
class Setting:
    """One row of the table."""

    layers: int
    width: int
    seq_length: int
    rows: int
    recompute: bool = False
    micro_batches: int = 1
    precision: str = "float32"
    gelu: str = "tanh"
    family: str = "bert"
    intermediate: int | None = None
    vocabulary: int = VOCABULARY
    drops: bool = True


FAMILIES = {  # arguments of `BertEncoder`
    "bert": {},
    "electra": {"embedding_size": 64, "pooler": False},
    "albert": {"embedding_size": 64, "share_layers": True},
    "distilbert": {"type_vocab_size": 0, "pooler": False},
    "roberta": {"type_vocab_size": 1, "position_offset": 2},
    "modernbert": {"type_vocab_size": 0, "pooler": False, "modern": {}},
    "mobilebert": {"embedding_size": 64, "activation": "relu", "mobile": {"bottleneck": 128, "feed_forwards": 4}},
}
GRID = [
    Setting(layers, width, seq_length, tokens // seq_length, recompute)
    for layers, width, tokens in ((4, 512, 4096), (12, 768, 1536))
    for seq_length in (128, 256, 384)
    for recompute in (False, True)
]
MORE = [
    Setting(4, 512, 256, 16, micro_batches=4),
    Setting(12, 768, 128, 12, recompute=True, micro_batches=3),
    Setting(4, 512, 256, 16, precision="bfloat16"),
    Setting(4, 512, 256, 16, recompute=True, precision="bfloat16"),
    Setting(6, 384, 256, 16, gelu="erf"),
    Setting(12, 768, 8, 1),  # hardly an activation
    Setting(24, 1024, 384, 2),
    Setting(24, 1024, 384, 2, recompute=True),
]
OF_FAMILIES = [
    *(
        dataclasses.replace(setting, recompute=recompute, precision=precision)
        for setting in (
            Setting(6, 256, 128, 16, gelu="erf", family="modernbert", intermediate=384, vocabulary=3000),
            Setting(6, 256, 128, 16, family="mobilebert", intermediate=256, vocabulary=3000),
        )
        for recompute, precision in ((False, "float32"), (True, "float32"), (False, "bfloat16"))
    ),
    Setting(6, 256, 128, 16, gelu="erf", family="modernbert", intermediate=384, vocabulary=3000, drops=False),
    Setting(6, 256, 256, 8, gelu="erf", family="modernbert", intermediate=384, vocabulary=3000),
    Setting(12, 256, 32, 16, family="albert", vocabulary=3000),
    Setting(12, 256, 128, 16, family="albert", vocabulary=3000, drops=False),
    Setting(12, 256, 128, 16, recompute=True, family="albert", vocabulary=3000),
    Setting(6, 256, 128, 16, family="electra", vocabulary=3000),
    Setting(6, 256, 128, 16, gelu="erf", family="distilbert", vocabulary=3000),
    Setting(4, 256, 32, 16, gelu="erf", family="roberta", vocabulary=100_002),
]


def encoder_of(setting: Setting):
    """The encoder, with random weights."""
    from bert_keras.encoders.bert_encoder import BertEncoder

    return BertEncoder(
        setting.vocabulary,
        num_layers=setting.layers,
        hidden_size=setting.width,
        num_heads=setting.width // (32 if setting.width == 384 else 64),
        intermediate_size=setting.intermediate,
        gelu=setting.gelu,
        recompute=setting.recompute,
        dtype="float32" if setting.precision == "float32" else f"mixed_{setting.precision}",
        seed=0,
        **({} if setting.drops else {"dropout": 0.0, "attention_dropout": 0.0}),
        **FAMILIES[setting.family],
    )


def build(setting: Setting):
    """The model and a batch."""
    import keras
    import numpy as np

    from bert_keras.token_classification.token_classifier import TokenClassifier

    model = TokenClassifier(encoder_of(setting), 2, seed=0)
    if keras.backend.backend() == "tensorflow":
        model.compile(micro_batches=setting.micro_batches)
    shape = (setting.rows, setting.seq_length)
    features = {name: np.ones(shape, "int32") for name in ("input_word_ids", "input_mask", "input_type_ids")}
    return model, features, np.zeros(shape, "int32")


def compiled_peak(setting: Setting) -> int:
    """Bytes that XLA says the whole step takes."""
    import jax

    model, features, labels = build(setting)
    model.optimizer.build(model.trainable_variables)
    model._symbolic_build(data_batch=(features, labels))
    held = (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
    state = [[variable.value for variable in variables] for variables in (*held, model.metrics_variables)]
    shapes = jax.tree_util.tree_map(
        lambda value: jax.ShapeDtypeStruct(value.shape, value.dtype), (tuple(state), (features, labels))
    )
    found = jax.jit(model.train_step, donate_argnums=0).lower(*shapes).compile().memory_analysis()
    kept = found.argument_size_in_bytes + found.output_size_in_bytes - found.alias_size_in_bytes
    return kept + found.temp_size_in_bytes


def measured_peak(setting: Setting, how: str) -> int:
    """Bytes that three steps took at most."""
    import keras
    import tensorflow as tf

    def resident(name: str) -> int:
        with open("/proc/self/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))

    tf.linalg.matmul(tf.ones((64, 64)), tf.ones((64, 64)))  # threads and oneDNN are there
    keras.random.normal((2, 2))
    before = resident("VmRSS")
    model, features, labels = build(setting)

    def batches():
        while True:
            yield features, labels

    spec = {name: tf.TensorSpec([None, None], tf.int32) for name in features}, tf.TensorSpec([None, None], tf.int32)
    data = tf.data.Dataset.from_generator(batches, output_signature=spec)
    model.fit(data, steps_per_epoch=3, epochs=1, verbose=0)
    if how == "allocator":
        return tf.config.experimental.get_memory_info("CPU:0")["peak"]
    return resident("VmHWM") - before


def predicted_peak(setting: Setting, backend: str) -> tuple[int, dict]:
    """What `bk.plan` counts for the same sizes, in all and by parts."""
    from bert_keras.planning.memory import training_memory
    from bert_keras.planning.network import Network

    encoder = encoder_of(setting)
    memory = training_memory(
        encoder.config,
        setting.seq_length,
        setting.rows,
        precision=setting.precision,
        recompute=setting.recompute,
        micro_batches=setting.micro_batches,
        network=Network.of(encoder),
        backend=backend,
    )
    return memory.total, dataclasses.asdict(memory)


def measure_apart(setting: Setting, how: str) -> int:
    """The peak, of a process of its own."""
    flags = {"XLA_FLAGS": KEEPS_RECOMPUTING} if how == "xla" and setting.recompute else {}
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", **ENVIRONMENT[how], **flags}
    command = [sys.executable, __file__, "--how", how, "--one", json.dumps(dataclasses.asdict(setting))]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--how", choices=tuple(ENVIRONMENT), default="allocator")
    parser.add_argument("--more", action="store_true", help="the further settings in place of the grid")
    parser.add_argument("--families", action="store_true", help="other families in place of the grid")
    parser.add_argument("--one", help="a setting as JSON: print its measured bytes, in this process")
    arguments = parser.parse_args()
    if arguments.one:
        setting = Setting(**json.loads(arguments.one))
        print(compiled_peak(setting) if arguments.how == "xla" else measured_peak(setting, arguments.how))
        return
    settings = OF_FAMILIES if arguments.families else MORE if arguments.more else GRID
    if arguments.how == "xla":
        settings = [setting for setting in settings if setting.micro_batches == 1]  # TensorFlow only
    print(f"| layers, width | tokens | rows | setting | predicted MiB | {arguments.how} MiB | predicted / measured |")
    print("|---|---|---|---|---|---|---|")
    worst = 0.0
    for setting in settings:
        predicted, _ = predicted_peak(setting, "jax" if arguments.how == "xla" else "tensorflow")
        measured = measure_apart(setting, arguments.how)
        worst = max(worst, abs(predicted / measured - 1.0))
        named = {
            "recompute": setting.recompute,
            f"{setting.micro_batches} micro-batches": setting.micro_batches > 1,
            setting.precision: setting.precision != "float32",
            setting.gelu: setting.gelu != "tanh",
            setting.family: setting.family != "bert",
            "no dropout": not setting.drops,
        }
        shown = ", ".join(name for name, there in named.items() if there) or "-"
        print(
            f"| {setting.layers}, {setting.width} | {setting.seq_length} | {setting.rows} | {shown} "
            f"| {predicted / 2**20:,.0f} | {measured / 2**20:,.0f} | {predicted / measured:.3f} |",
            flush=True,
        )
    print(f"\nworst: {worst:.1%} off")
    sys.exit(0 if worst <= OFF else 1)


if __name__ == "__main__":
    main()
