"""`bert-keras report`: what it prints, and mistakes that are answered before TensorFlow is loaded."""

import subprocess
import sys

import pytest
import tuned
from commands import failed


def test_it_writes_a_report(command, tmp_path, encoder):
    tuned.run(encoder, tmp_path / "model")
    assert command("report", tmp_path / "model") == (0, f"{tmp_path / 'model' / 'report.html'}\n", "")
    given = ["--out", tmp_path / "a.html", "--part", "test"]
    assert command("report", tmp_path / "model", *given) == (0, f"{tmp_path / 'a.html'}\n", "")
    assert "test rows of samples/reviews" in (tmp_path / "a.html").read_text(encoding="utf-8")
    failed(command("report", tmp_path / "model", "--task", "glue/sst3"), "Did you mean")


@pytest.mark.parametrize(
    "given, said",
    [
        (["nowhere"], "`folder` must be a model folder of bert_keras"),
        (["model", "--out", "report.pdf"], "`out` must be the name of an HTML file"),
        (["model", "--part", "dev"], "`part` must be one of"),
        (["model", "--trained-rows", "drop"], "`trained_rows` must be one of 'refuse', 'leave_out', 'keep'"),
    ],
)
def test_mistakes_are_answered_without_tensorflow(given, said, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    code = "import sys\nfrom bert_keras.cli import main\n"
    code += "try:\n    main()\nfinally:\n    print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "report", *given], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "False\n" and said in done.stderr
