"""Questions about texts: trained, scored as SQuAD is, asked about a text of your own.

    python examples/question_answering.py [squad/v2.0 | questions.json] [--data-dir TFDS] [--small]

Without a task: 186 questions that come with the library, some of which their text does not answer.
On 2 CPU cores, other programs beside: 11 min (2 min 42 s of CPU time); F1 36.6 on 26 dev questions, by which the epoch
is chosen (23 others choose the threshold for "no answer"). So few teach how it is done, and little else.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk

TEXT = (
    "The Halden lift was built in 1911 by the engineer Rosa Amsel. It carries small boats up a cliff of 38 metres. "
    "In 1963 the lift was closed after a flood, and it opened again in 1988."
)
QUESTIONS = ["Who built the lift?", "When was the lift built?", "Why was the lift closed?"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", default="samples/questions")
    parser.add_argument("--data-dir", help="TFDS's data folder, or that of SQuAD's JSON files")
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--out", default="runs/questions", help="the model folder; what is in it is replaced")
    parser.add_argument("--small", action="store_true", help="one epoch of 32 questions")
    arguments = parser.parse_args()

    options = {"data_dir": arguments.data_dir} if arguments.data_dir else {}
    if arguments.small:
        task = bk.load_task(arguments.task, limit=32, seq_length=192, doc_stride=64, **options)
        recipe = bk.Recipe(epochs=1, batch_size=16, native=True)
    elif arguments.task.startswith("squad/"):
        task = bk.load_task(arguments.task, **options)  # a window of 384 tokens begins every 128
        recipe = bk.Recipe(epochs=2, batch_size=16, native=True)
    else:  # few questions: more epochs, and shorter windows
        task = bk.load_task(arguments.task, seq_length=256, doc_stride=96, **options)
        recipe = bk.Recipe(epochs=8, batch_size=16, learning_rate=3e-4, native=True)
    result = bk.finetune(task, arguments.encoder, arguments.out, recipe=recipe, overwrite=True)
    print("\ndev: " + ", ".join(f"{name} {value:.1f}" for name, value in result.metrics.items()))
    # With so high a threshold the model always answers; without it, it may say that the text does not tell.
    for answer in bk.load(result.folder)(QUESTIONS, TEXT, null_threshold=100.0):
        place = f"characters {answer.start} to {answer.end}"
        print(f"  {answer.question:26}{answer.answer}  (score {answer.score:.2f}, {place})")


if __name__ == "__main__":
    main()
