"""Loads exports of every kind in other versions of TensorFlow, each in a fresh environment, and compares the answers.

    .venv/bin/python tools/older_tensorflow.py 2.12 2.16 2.21          needs the test extra, and a network for pip

The models are the tests' own, tiny and with random weights. Prints a line for each version: the largest difference of a
number by kind; strings must be equal.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "helpers")]

TEXTS = [
    "The ünïted dog is red 😀, the ﬁrst CAT is bİg.",
    "a",
    "",
    "שלום e\u0301 中文 \r\n the tree",
    "가나 don't [SEP]",
]
CHOICES = [["a dog", "é ﬁsh", ""]] * len(TEXTS)
READER = """
import json, sys
import numpy, tensorflow as tf
found = []
for kind, asked in json.load(open(sys.argv[1])).items():
    function = tf.saved_model.load(asked["folder"]).signatures["serving_default"]
    answer = function(**{name: tf.constant(column) for name, column in asked["given"].items()})
    worst = 0.0
    for name, wanted in asked["wanted"].items():
        values = answer[name].numpy().ravel()
        if values.dtype == object:
            assert [value.decode() for value in values] == wanted, (kind, name)
        elif wanted:
            worst = max(worst, float(numpy.abs(values - numpy.array(wanted)).max()))
    found.append(f"{kind} {worst:.0e}")
assert "tensorflow_text" not in sys.modules
print("TensorFlow", tf.__version__, ", ".join(found))
"""


def exports(work: pathlib.Path) -> dict[str, dict]:
    """Exports in `work`, and what each answers here."""
    import choices
    import questions
    import tagging
    import tensorflow as tf
    import tuned

    import bert_keras as bk

    encoder = tuned.write_encoder(work / "encoder")
    (work / "choices").mkdir()
    models = {
        **{kind: str(tuned.write_model(work / kind, encoder, kind)) for kind in tuned.KINDS},
        "questions": str(questions.write_model(work / "questions", encoder)),
        "tags": str(tagging.write_model(work / "tags", encoder)),
        "choices": choices.predictor(work / "choices"),
    }
    asked = {}
    for kind, model in models.items():
        folder = bk.export(model, work / "exports" / kind)
        function = tf.saved_model.load(folder).signatures["serving_default"]
        names = function.structured_input_signature[1]
        given = {name: CHOICES if name == "choices" else TEXTS for name in names}
        answer = function(**{name: tf.constant(column) for name, column in given.items()})
        columns = {name: value.numpy().ravel().tolist() for name, value in answer.items()}
        wanted = {
            name: [value.decode() if isinstance(value, bytes) else value for value in column]
            for name, column in columns.items()
        }
        asked[kind] = {"folder": folder, "given": given, "wanted": wanted}
    return asked


def main(versions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "asked.json").write_text(json.dumps(exports(work)))
        for version in versions:
            place = work / version
            venv.create(place, with_pip=True, clear=True)
            pip = [str(place / "bin" / "pip"), "install", "--quiet", f"tensorflow=={version}.*"]
            made = subprocess.run(pip, capture_output=True, text=True, check=False)
            command = [str(place / "bin" / "python"), "-c", READER, str(work / "asked.json")]
            done = made if made.returncode else subprocess.run(command, capture_output=True, text=True, check=False)
            print(
                done.stdout.strip() if not done.returncode else f"TensorFlow {version}: {done.stderr[-600:]}",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["2.12", "2.16", "2.21"])
