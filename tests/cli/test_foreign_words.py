"""Options and commands of other programs: each is answered with ours, at once, and the answer names what is there."""

import re
import subprocess
import sys
import time

import pytest
import typer

from bert_keras.cli import foreign_words
from bert_keras.cli.app import options_of
from bert_keras.cli.foreign_words import foreign_command, foreign_option
from bert_keras.cli.main import app
from bert_keras.foreign_names.places import PLACE_OF

COMMANDS = typer.main.get_command(app).commands
OPTIONS = {name: options_of(command) for name, command in COMMANDS.items()}
FOREIGN = {name.replace("_", "-") for name in PLACE_OF}
for _table in (foreign_words._OPTIONS, foreign_words._FIRST, foreign_words._SENTENCES):
    FOREIGN |= {name for names in _table for name in names.split()}


def first_of(command):
    arguments = [one for one in COMMANDS[command].params if one.param_type_name == "argument"]
    return (arguments[0].metavar or arguments[0].name) if arguments else ""


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("finetune --lr 1", "It is --learning-rate."),
        ("finetune --epoch 3", "It is --epochs."),
        ("finetune --num_train_epochs 3", "It is --epochs."),
        ("finetune --max-seq-length 64", "It is --seq-length."),
        ("finetune --max-length=64", "It is --seq-length."),
        ("finetune --num-labels 2", "Leave it out: the classes are counted in the data."),
        ("finetune --output-dir out", "It is --out."),
        ("finetune --gpu", "It is --strategy auto."),
        ("finetune --fp16", "It is --precision float16."),
        ("finetune --gradient-checkpointing", "It is --recompute."),
        ("finetune --model-name-or-path bert-base-uncased", "It is --encoder."),
        ("finetune --train-file a.csv", "It is the first argument: bert-keras finetune TASK."),
        ("finetune --validation-file a.csv", "It is --validation."),
        ("finetune --text-col a", "It is --text-column."),
        ("finetune --learning_rate 1", "It is --learning-rate."),
        ("finetune --part test", "It is --part of `bert-keras evaluate`."),
        ("fit-few --num-iterations 20", "It is --max-pairs."),
        ("pretrain --mlm-probability 0.2", "It is --masked-share."),
        ("pretrain --train-file a.txt", "It is the first argument: bert-keras pretrain FILE."),
        ("evaluate --model runs/x", "It is the first argument: bert-keras evaluate DIR."),
        ("predict --max-length 3", "It is --seq-length of `bert-keras finetune`."),
        ("predict --device cuda", "Leave it out: TensorFlow takes the GPU that it finds."),
    ],
)
def test_an_option(command, given, ours):
    status, out, err = command(*given.split())
    assert status == 2 and out == ""
    name, option = given.split()[0], given.split()[1].partition("=")[0]
    assert err.splitlines()[-1] == f"Error: `bert-keras {name}` has no {option}. {ours}"


def test_a_command_of_another_program(command):
    status, out, err = command("train", "x.csv", "--lr", "1")
    assert status == 2 and out == ""
    assert err.splitlines()[-1].startswith(
        "Error: There is no command 'train'. Use finetune: `bert-keras finetune --help`"
    )


def test_what_nobody_knows_has_the_nearest_spelling(command):
    assert "No such option: --lerning-rate" in command("finetune", "--lerning-rate", "1")[2]
    assert "--learning-rate" in command("finetune", "--lerning-rate", "1")[2]
    assert command("finetune", "--zzz")[2].splitlines()[-1] == "Error: No such option: --zzz"
    assert "Did you mean 'finetune'" in command("finetun")[2]


def test_a_value_of_another_program(command):
    given = ["finetune", "x.csv", "--encoder", "sample", "--out", "/proc/out"]
    status, _, err = command(*given, "--strategy", "gpu")
    assert status == 1 and "'auto' takes the GPUs that are there" in err
    status, _, err = command(*given, "--precision", "fp16")
    assert status == 1 and "Pass 'float16'." in err


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_answer_names_what_is_there(name):
    answered = 0
    for word in sorted(FOREIGN):
        if f"--{word}" in OPTIONS[name]:
            continue
        answer = foreign_option(f"--{word}", name, OPTIONS, first_of(name))
        answered += bool(answer)
        said = answer.partition(". ")[2]
        of = (re.findall(r"of `bert-keras ([\w-]+)`", said) or [name])[0]
        assert set(re.findall(r"--[a-z-]+", said)) <= OPTIONS[of], answer
        for argument in re.findall(r"first argument: bert-keras \w+ (\w+)", said):
            assert argument in first_of(name).upper()
        assert set(re.findall(r"`bert-keras ([\w-]+)`", said)) <= set(COMMANDS)
    assert answered > 100


def test_every_command_that_takes_anothers_place_is_there():
    words = [word for names in foreign_words._COMMANDS for word in names.split()]
    assert not set(words) & set(COMMANDS)
    for word in words:
        assert re.search(r"Use ([\w-]+):", foreign_command(word))[1] in COMMANDS
    assert foreign_command("zzz") == ""


def test_an_answer_comes_at_once_and_without_tensorflow():
    code = "import sys; from bert_keras.cli import main; sys.argv = ['bert-keras', 'finetune', '--lr', '1']\n"
    code += "try:\n    main()\nfinally:\n    print([m for m in ('tensorflow', 'keras', 'numpy') if m in sys.modules])"
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout.strip() == "[]" and "It is --learning-rate." in done.stderr
    assert time.monotonic() - start < 10  # 0.3 s on two idle cores; a machine that is busy takes longer
