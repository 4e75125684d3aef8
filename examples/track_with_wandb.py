"""Each epoch's scores in Weights & Biases, by a callback of one's own that is passed to `bk.finetune`.

    python examples/track_with_wandb.py [--small] [--online]        # needs wandb

Without --online nothing leaves the machine: `wandb sync` sends later what lies in wandb/.
128 review sentences that come with the library to train on, 56 to choose the epoch.
On 2 CPU cores, many other programs beside: 6 min (30 s of CPU time); accuracy 0.804 on the 56.
"""

import argparse
import dataclasses
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import wandb

import bert_keras as bk


class LogToWandb(keras.callbacks.Callback):
    def __init__(self, run: wandb.Run) -> None:
        super().__init__()
        self._run = run

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._run.log({name: float(value) for name, value in (logs or {}).items()}, step=epoch + 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--out", default="runs/tracked", help="the model folder; what is in it is replaced")
    parser.add_argument("--online", action="store_true", help="send the scores while it trains")
    parser.add_argument("--small", action="store_true", help="one epoch of 32 sentences")
    arguments = parser.parse_args()

    task = bk.load_task("samples/reviews", seq_length=64, limit=32 if arguments.small else 128)
    recipe = bk.Recipe(epochs=1 if arguments.small else 3, batch_size=16, learning_rate=1e-4)
    mode = "online" if arguments.online else "offline"
    with wandb.init(project="reviews", config=dataclasses.asdict(recipe), mode=mode) as run:
        result = bk.finetune(
            task, arguments.encoder, arguments.out, recipe=recipe, overwrite=True, callbacks=[LogToWandb(run)]
        )
        run.summary["kept_accuracy"] = result.metrics["accuracy"]
        print(f"Weights & Biases has accuracy {run.summary['kept_accuracy']:.3f} of the epoch kept, {mode}")


if __name__ == "__main__":
    main()
