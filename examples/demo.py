"""From a pretrained BERT to a served model, on what comes with the library.

    make demo                          (or: python examples/demo.py FOLDER)

Fine-tunes the sample encoder (22.7 M parameters) on 400 review sentences, evaluates it on 236 held-out ones, exports a
SavedModel and runs it on new sentences in a process that does not know bert_keras. Then the same with questions about
texts: 186 to train on, 81 held out. The folder must be new or a demo's.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk

SENTENCES = [
    "I have nothing but praise for the repair desk.",
    "The battery died twice before lunch, and the replacement was no better.",
    "Warm bread, kind waiters and a view that I will not forget.",
    "The zip broke on the second day and nobody answers my letters.",
    "Not once in three years has it let me down.",  # a hard one: the words are negative, the verdict is not
]

SERVE = """
import sys
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
answer = served(text=tf.constant(sys.argv[2:]))
for text, label, row in zip(sys.argv[2:], answer["label"].numpy(), answer["probabilities"].numpy()):
    print(f"  {label.decode():9}{row.max():6.2f}  {text}")
assert "bert_keras" not in sys.modules
"""


LIFT = (
    "The Halden lift was built in 1911 by the engineer Rosa Amsel. It carries small boats up a cliff of 38 metres, "
    "from the lake to the canal. No engine is needed, because the upper tank is given a little more water and sinks. "
    "In 1963 the lift was closed after a flood."
)
QUESTIONS = ["When was the lift built?", "Who built the lift?", "How high is the cliff?", "Why was the lift closed?"]

SERVE_ANSWERS = """
import sys
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1]).signatures["with_threshold"]
questions = sys.argv[3:]
found = served(question=tf.constant(questions), context=tf.fill([len(questions)], sys.argv[2]), null_threshold=100.0)
for question, answer, score in zip(questions, found["answer"].numpy(), found["score"].numpy()):
    print(f"  {question:28}{answer.decode() or '(no answer)'}  {score:.2f}")
assert "bert_keras" not in sys.modules
"""


def main(folder: pathlib.Path) -> None:
    start = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    classify(folder)
    answer(folder)
    print(f'\n{time.monotonic() - start:.0f} s in all. Your own: bert-keras predict {folder / "model"} "…"')
    print(f'                    bert-keras predict {folder / "questions"} "A question?" "A text."')


def classify(folder: pathlib.Path) -> None:
    """Reviews: is the verdict good or bad?"""
    model, served = folder / "model", folder / "served"
    task = bk.load_task("samples/reviews", seq_length=64)
    recipe = bk.Recipe(epochs=6, learning_rate=1e-4, batch_size=16, native=True)
    result = bk.finetune(task, "sample/all-MiniLM-L6-v2", model, recipe=recipe, overwrite=True)
    data = task.load(result.model.encoder, parts=("test",))
    accuracy = bk.evaluate(result.model, data, "test")["accuracy"]
    print(f"\naccuracy {accuracy:.3f} on 236 held-out sentences; training took {result.seconds:.0f} s")
    shutil.rmtree(served, ignore_errors=True)
    print(f"exported to {bk.export(model, served)}\n\nbk.load(folder)(sentence):")
    for sentence, answer in zip(SENTENCES, bk.load(model)(SENTENCES), strict=True):
        print(f"  {answer.label:9}{answer.score:6.2f}  {sentence}")
    print("\nthe same from the SavedModel, in a process with TensorFlow alone:", flush=True)
    subprocess.run([sys.executable, "-c", SERVE, str(served), *SENTENCES], check=True)


def answer(folder: pathlib.Path) -> None:
    """Questions about texts, some without an answer. So few teach little more than how it is done."""
    model, served = folder / "questions", folder / "served_questions"
    task = bk.load_task("samples/questions", seq_length=256, doc_stride=96)
    recipe = bk.Recipe(epochs=8, learning_rate=3e-4, batch_size=16, native=True)
    print()
    result = bk.finetune(task, "sample/all-MiniLM-L6-v2", model, recipe=recipe, overwrite=True)
    data = task.load(result.model.encoder, parts=("test",))
    # The threshold for "no answer" that 23 dev questions gave is as good as chance: 0 is the neutral one.
    scores = bk.evaluate(result.model, data, "test", null_threshold=0.0)
    print(f"\nF1 {scores['f1']:.1f} % on 81 held-out questions; training took {result.seconds:.0f} s")
    shutil.rmtree(served, ignore_errors=True)
    print(f"exported to {bk.export(model, served)}\n\n{LIFT}\n")
    print("bk.load(folder)(question, context), with a threshold so high that it always answers:")
    for question, found in zip(QUESTIONS, bk.load(model)(QUESTIONS, LIFT, null_threshold=100.0), strict=True):
        print(f"  {question:28}{found.answer or '(no answer)'}  {found.score:.2f}")
    print("\nthe same from the SavedModel:", flush=True)
    subprocess.run([sys.executable, "-c", SERVE_ANSWERS, str(served), LIFT, *QUESTIONS], check=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "demo"))
