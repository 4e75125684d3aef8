"""BERT-Large on one device and split over several: losses step by step, bytes on each device, memory, seconds.

    KERAS_BACKEND=jax python benchmarks/sharded_large.py [--devices 4 --steps 5 --layers 24]

24 layers, 1,024 wide, 16 heads, a vocabulary of 30,522, random weights, no dropout, the recipe's AdamW. Each case runs
in a process of its own, one after the other, with virtual CPU devices where there is no accelerator. Needs jax, and 10
GB of memory for the sizes above. Ends with an error where a loss differs by more than 1e-4 or a device holds more than
5 % over its part.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

TOLERANCE, SPARE = 1e-4, 0.05


def train(arguments: argparse.Namespace) -> dict:
    """A few steps on random rows; what `main` compares."""
    import keras
    import numpy as np

    import bert_keras as bk

    keras.utils.set_random_seed(0)
    if arguments.devices > 1:
        bk.shard(arguments.devices, say=lambda line: None)
    start = time.perf_counter()
    encoder = bk.BertEncoder(
        30522, arguments.layers, hidden_size=1024, num_heads=16, dropout=0.0, attention_dropout=0.0, seed=0
    )
    model = bk.TextClassifier(encoder, dropout=0.0, seed=0)
    random = np.random.default_rng(0)
    rows, length = arguments.batch_size, arguments.seq_length
    losses, ends = [], [time.perf_counter()]
    for _ in range(arguments.steps):
        ids = random.integers(0, 30522, (rows, length)).astype("int32")
        features = {"input_word_ids": ids, "input_mask": np.ones_like(ids), "input_type_ids": np.zeros_like(ids)}
        labels = random.integers(0, 2, rows).astype("int32")
        model.reset_metrics()
        losses.append(float(model.train_on_batch(features, labels, return_dict=True)["loss"]))
        ends.append(time.perf_counter())
    return {
        "devices": arguments.devices,
        "parameters": encoder.config.parameters,
        "losses": losses,
        "bytes": bk.device_bytes(model),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "making_seconds": round(ends[0] - start, 1),
        "first_step_seconds": round(ends[1] - ends[0], 1),
        "step_seconds": round((ends[-1] - ends[1]) / max(arguments.steps - 1, 1), 2),
    }


def run(arguments: argparse.Namespace, devices: int) -> dict:
    """`train` in a process of its own."""
    flags = os.environ.get("XLA_FLAGS", "")
    virtual = f"{flags} --xla_force_host_platform_device_count={arguments.devices}"
    given = [f"--{name}={getattr(arguments, name.replace('-', '_'))}" for name in ("layers", "steps", "batch-size")]
    command = [sys.executable, __file__, "--alone", *given, f"--seq-length={arguments.seq_length}"]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "XLA_FLAGS": virtual.strip()}
    done = subprocess.run(
        [*command, f"--devices={devices}"], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=4)
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--seq-length", type=int, default=32)
    parser.add_argument("--alone", action="store_true", help="this number of devices only, as one line of JSON")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(train(arguments)))
        return
    one, several = (run(arguments, devices) for devices in (1, arguments.devices))
    print(f"{one['parameters']:,} parameters of the encoder, {arguments.batch_size} rows of {arguments.seq_length}")
    print(f"{'step':>6}{'1 device':>14}{several['devices']:>5} devices{'difference':>14}")
    differences = [abs(a - b) for a, b in zip(one["losses"], several["losses"], strict=True)]
    for step, row in enumerate(zip(one["losses"], several["losses"], differences, strict=True), 1):
        print(f"{step:>6}{row[0]:>14.7f}{row[1]:>13.7f}{row[2]:>14.1e}")
    whole = sum(one["bytes"].values())
    print(f"weights and optimizer: {whole:,} bytes on one device")
    for name, part in several["bytes"].items():
        print(f"  {name}: {part:,} bytes, {part / whole:.2%}")
    for case in (one, several):
        print(
            f"{case['devices']} device(s): made in {case['making_seconds']} s, first step with compiling "
            f"{case['first_step_seconds']} s, later steps {case['step_seconds']} s, peak memory of the process "
            f"{case['peak_memory_mb']:,} MB"
        )
    share = max(several["bytes"].values()) / whole
    if max(differences) > TOLERANCE or share > 1 / several["devices"] + SPARE:
        sys.exit(f"the largest difference is {max(differences):.1e}, the largest share {share:.2%}")


if __name__ == "__main__":
    main()
