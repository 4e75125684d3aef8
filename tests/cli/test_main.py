"""The command line as a whole: its commands, its help, and itself as a process."""

import json
import re
import subprocess
import sys

import pytest
from paths import ROOT

COMMANDS = [
    "finetune",
    "fit-few",
    "evaluate",
    "predict",
    "export",
    "encoders",
    "convert",
    "doctor",
    "plan",
    "vocab",
    "pretrain",
    "calibrate",
    "check",
    "launch",
    "serve",
    "verify",
]


class TestHelp:
    def test_it_lists_the_commands(self, command):
        status, out, _ = command("--help")
        assert status == 0 and all(re.search(rf"^  {name} ", out, re.M) for name in COMMANDS)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_command_shows_an_example_of_itself(self, command, name):
        status, out, _ = command(name, "--help")
        assert status == 0 and f"Example: bert-keras {name}" in out

    def test_the_installed_script_is_this_function(self):
        setup = (ROOT / "setup.py").read_text(encoding="utf-8")
        assert "bert-keras=bert_keras.cli:main" in setup

    def test_what_is_no_command_or_option(self, command):
        status, _, err = command("fintune")
        assert status == 2 and "fintune" in err
        status, _, err = command("finetune", "glue/mrpc")
        assert status == 2 and "--encoder" in err


def test_as_a_process(models):
    """Once as users run it: nothing of TensorFlow on standard output."""
    code = "from bert_keras.cli import main; main()"
    good = [sys.executable, "-c", code, "predict", str(models("single")), "a good film"]
    done = subprocess.run(good, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["label"] in ("negative", "positive")
