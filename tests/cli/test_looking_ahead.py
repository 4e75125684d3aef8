"""Arguments at fault are answered before TensorFlow, Keras or pandas is loaded, in the library's own words."""

import re
import subprocess
import sys

import pytest
import tables
import tuned

CODE = """
import sys
sys.argv = ["bert-keras", *sys.argv[1:]]
from bert_keras.cli import main
try:
    main()
finally:
    loaded = [name for name in ("tensorflow", "keras", "pandas") if name in sys.modules]
    print("loaded:", loaded, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_encoder):
    place = tmp_path_factory.mktemp("looking_ahead")
    tables.write_csv(place / "mine.csv")
    tuned.write_model(place / "model", tiny_encoder)
    (place / "full").mkdir()
    (place / "full" / "thesis.txt").write_text("not ours")
    return place


RUN = ["--encoder", "sample", "--out", "out"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["finetune", "mine.csv", *RUN, "--text-column", "reviw"],
            "`text` must be a column of mine.csv.*Did you mean 'review'",
        ),
        (["finetune", "mine.csv", *RUN, "--label-column", "a,stars"], "`label` must be a column of mine.csv"),
        (["finetune", "main.csv", *RUN], "must be a file that is there.*Did you mean 'mine.csv'"),
        (["finetune", "glue/mrcp", *RUN], "Did you mean 'mrpc'"),
        (["finetune", "mine.csv", "--encoder", "sampel", "--out", "out"], "must be an encoder of the catalogue"),
        (
            ["finetune", "mine.csv", "--encoder", "sample", "--out", "full"],
            r"It holds \['thesis.txt'\], not of bert_keras",
        ),
        (["finetune", "mine.csv", "--encoder", "sample", "--out", "model"], "must be new or empty.*--overwrite"),
        (["finetune", "mine.csv", *RUN, "--seq-length", "600"], "`seq_length` must be between 3 and 512"),
        (["finetune", "mine.csv", *RUN, "--validation-share", "1.5"], "`validation_share` must be"),
        (["finetune", "mine.csv", *RUN, "--learning-rate", "-1"], "`learning_rate` must be"),
        (
            ["finetune", "mine.csv", *RUN, "--resume", "--overwrite"],
            "`resume` must not be given together with overwrite",
        ),
        (["evaluate", "nothing"], "There is no such folder"),
        (["serve", "nothing"], "There is no such folder"),
        (["serve", "model", "--name", "a/b"], "`name` must be of letters"),
        (["serve", "model", "--batch-rows", "0"], "`batch_rows` must be at least 1"),
        (["evaluate", "model", "--part", "dev"], "`part` must be one of 'train', 'validation', 'test'"),
        (
            ["evaluate", "model", "--trained-rows", "drop"],
            "`trained_rows` must be one of 'refuse', 'leave_out', 'keep'",
        ),
        (["predict", "full", "a text"], "must be a model folder of bert_keras"),
        (["export", "model", "full"], "`out` must be new or empty"),
        (["export", "model", "new", "--to", "onx"], "`to` must be one of 'savedmodel'"),
    ],
    ids=lambda value: " ".join(value[:1]) if isinstance(value, list) else "",
)
def test_a_mistake_is_said_before_anything_heavy_is_loaded(folder, arguments, said):
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    message, loaded = done.stderr.strip().rsplit("\n", 1)
    assert loaded == "loaded: []"
    assert re.search(said, message), message
    assert not (folder / "out").exists()
