"""More in TensorBoard than `bk.finetune` writes there: the norm of the head's weights, by a callback of one's own.

    python examples/track_with_tensorboard.py [--small]
    tensorboard --logdir runs/tracked

The model folder has `logs/` with each epoch's scores and rates; the callback writes beside them.
128 review sentences that come with the library to train on, 56 to choose the epoch.
On 2 CPU cores, many other programs beside: 5 min (26 s of CPU time); accuracy 0.804 on the 56.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

import bert_keras as bk


class LogHeadNorm(keras.callbacks.Callback):
    def __init__(self, folder: str | os.PathLike) -> None:
        super().__init__()
        self._writer = tf.summary.create_file_writer(os.fspath(folder))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        with self._writer.as_default(step=epoch):
            tf.summary.scalar("head_norm", tf.norm(tf.convert_to_tensor(self.model.classifier.kernel)))

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self._writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--out", default="runs/tracked", help="where the model folder and own-logs/ are written")
    parser.add_argument("--small", action="store_true", help="one epoch of 32 sentences")
    arguments = parser.parse_args()

    task = bk.load_task("samples/reviews", seq_length=64, limit=32 if arguments.small else 128)
    recipe = bk.Recipe(epochs=1 if arguments.small else 3, batch_size=16, learning_rate=1e-4)
    out = pathlib.Path(arguments.out)
    callbacks = [LogHeadNorm(out / "own-logs")]
    result = bk.finetune(task, arguments.encoder, out / "model", recipe=recipe, overwrite=True, callbacks=callbacks)
    written = [path.relative_to(out).as_posix() for path in sorted(out.rglob("*.tfevents.*"))]
    print(f"accuracy {result.metrics['accuracy']:.3f}; TensorBoard shows {', '.join(written)}")


if __name__ == "__main__":
    main()
