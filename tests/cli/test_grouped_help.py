"""The help shows options under headings, each once, and the words that an option takes."""

import dataclasses
import re

import pytest
import typer
from typer.testing import CliRunner

from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.main import app
from bert_keras.cli.options import CHOICES
from bert_keras.optimization.recipe import Recipe
from bert_keras.token_classification.schemes import TAG_SCHEMES
from bert_keras.training.devices import Devices

COMMANDS = typer.main.get_command(app).commands


def shown(command):
    return CliRunner().invoke(app, [command, "--help"], terminal_width=400).output


@pytest.mark.parametrize(
    ("command", "headings"),
    [
        ("finetune", ["Arguments", "Options", "How it is trained", "Which data", "A table of texts"]),
        ("pretrain", ["Arguments", "Options", "How it is trained", "On what it is trained"]),
        ("predict", ["Arguments", "Options", "Which rows", "Answers to questions", "Classes of texts", "A table"]),
        ("evaluate", ["Arguments", "Options", "Which rows", "Which scores"]),
        ("calibrate", ["Arguments", "Options", "What is promised", "Which rows"]),
        ("report", ["Arguments", "Options", "Which rows"]),
        ("check", ["Arguments", "Options", "A table of texts", "How a file is written"]),
        ("plan", ["Options", "The training step", "The machine"]),
        ("vocab", ["Arguments", "Options", "What is kept"]),
        (
            "index",
            ["Arguments", "Options", "A table of texts", "How a file is written", "How documents become vectors"],
        ),
        ("ask", ["Arguments", "Options", "What is found"]),
        ("demo", ["Arguments", "Options", "Where the page is"]),
        ("export", ["Arguments", "Options", "What is written"]),
    ],
)
def test_options_stand_under_headings_each_once(command, headings):
    text = shown(command)
    assert re.findall(r"(?m)^(\S.*):$", text)[: len(headings)] == headings
    flags = re.findall(r"(?m)^  (--[\w-]+)", text)
    known = {one.opts[0] for one in COMMANDS[command].params if one.param_type_name == "option"}
    assert len(flags) == len(set(flags)) and set(flags) == {*known, "--help"}


def test_no_command_with_more_than_six_options_is_without_headings():
    for name, command in COMMANDS.items():
        panels = {getattr(one, "rich_help_panel", None) for one in command.params if one.param_type_name == "option"}
        count = sum(one.param_type_name == "option" for one in command.params) + 1  # --help
        assert count <= 6 or (isinstance(command, GroupedHelp) and len(panels) > 1), name


def test_the_words_that_are_taken_are_shown():
    text = shown("finetune")
    for name, words in CHOICES.items():
        assert f"--{name.replace('_', '-')} <{'|'.join(words)}>" in text


def test_they_are_those_that_the_library_takes():
    for cls in (Recipe, Devices):
        for field in dataclasses.fields(cls):
            for word in CHOICES.get(field.name, ()):
                assert getattr(cls(**{field.name: word}), field.name) == word
    assert {*CHOICES["scheme"]} <= {*TAG_SCHEMES, "bilou", "bmes", "io"}
