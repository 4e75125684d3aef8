"""Examples a second on one process and on several of one core each: what adding up gradients between processes costs.

    python benchmarks/processes.py --data-dir TFDS [--encoder sample/all-MiniLM-L6-v2] [--limit 640] [--repeats 2]

Fine-tunes MRPC for two epochs, as one process on core 0, as two on cores 0 and 1, in turn, and prints what the second
epoch's steps (evaluation left out) gave. The two start as `bert-keras launch` starts them.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time


def train(out: str, arguments: argparse.Namespace) -> None:
    """One worker: its place is in TF_CONFIG, its core is that place."""
    index = json.loads(os.environ.get("TF_CONFIG", "{}")).get("task", {}).get("index", 0)
    os.sched_setaffinity(0, {index})
    os.environ["OMP_NUM_THREADS"] = "1"
    import keras

    import bert_keras as bk

    class Clock(keras.callbacks.Callback):
        spent = 0.0

        def on_epoch_begin(self, epoch, logs=None):
            self.begun, Clock.spent = time.monotonic(), 0.0

        def on_train_batch_end(self, batch, logs=None):
            Clock.spent = time.monotonic() - self.begun

    task = bk.load_glue("mrpc", data_dir=arguments.data_dir, limit=arguments.limit)
    recipe = bk.Recipe(epochs=2, batch_size=arguments.batch_size, native=True)
    bk.finetune(task, arguments.encoder, out, recipe=recipe, callbacks=[Clock()], say=lambda line: None)
    if index == 0:
        print(f"SECONDS {Clock.spent}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample/all-MiniLM-L6-v2")
    parser.add_argument("--limit", type=int, default=640)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        train(arguments.worker, arguments)
        return
    from bert_keras.training.launching import launch

    for _ in range(arguments.repeats):
        for workers in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, __file__, *sys.argv[1:], "--worker", str(pathlib.Path(folder) / "out")]
                said: list[str] = []
                status = launch(command, workers, say=said.append)
                seconds = [float(line.split()[-1]) for line in said if " SECONDS " in line]
                if status or not seconds:
                    sys.exit("\n".join(said))
                rate = arguments.limit / seconds[0]
                print(f"{workers} process{'es' if workers > 1 else ''}: {rate:.1f} examples/s", flush=True)


if __name__ == "__main__":
    main()
