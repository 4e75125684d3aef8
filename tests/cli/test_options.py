"""Options made of dataclasses: their names, types, defaults and help; and those that the commands have."""

import dataclasses
import inspect
import re
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

import bert_keras as bk
from bert_keras.cli.main import app
from bert_keras.cli.options import documented, field_options, option, with_options
from bert_keras.cli.training import finetune
from bert_keras.optimization.recipe import FEW_LABELS, PRETRAINING

# Every option of a command, as people have typed them so far.
FINETUNE = set(
    "encoder out epochs batch_size patience micro_batches learning_rate seq_length long_text max_windows doc_stride "
    "max_query_length max_answer_length label_pieces tag_column word_column sentence_column "
    "scheme repair unanswered seed "
    "limit data_dir validation text_column text_pair_column label_column label_separator unlabelled label_names "
    "unknown_labels problem_type weight_column class_weight separator encoding no_quotes columns native strategy "
    "precision jit_compile static_shapes steps_per_execution recompute freeze tune lora_rank lora_alpha lora_on "
    "worker_timeout resume overwrite validation_share test_share split_seed warmup_share weight_decay clip_norm "
    "adam_epsilon dropout checkpoint_every trust layer_decay reinit_layers layers label_smoothing teacher "
    "teacher_share packed pooling preprocessor r_drop focal ema schedule".split()
)
PRETRAIN = set(
    "out encoder from_scratch layers hidden_size heads vocab cased validation validation_share split_seed rows "
    "masked_share pieces epochs batch_size patience micro_batches learning_rate seq_length seed precision recompute "
    "limit strategy jit_compile static_shapes steps_per_execution resume overwrite warmup_share weight_decay clip_norm "
    "adam_epsilon freeze tune lora_rank lora_alpha lora_on checkpoint_every trust layer_decay ema schedule".split()
)
CHECK = set(
    "text_column text_pair_column label_column label_separator unlabelled encoder separator encoding no_quotes columns "
    "as_json trust learn out how folds epochs precision limit seq_length seed data_dir".split()
)
BOTH_WAYS = {
    ("finetune", "static_shapes"),
    ("fit-few", "static_shapes"),
    ("pretrain", "static_shapes"),
    ("pretrain", "cased"),
}


@dataclasses.dataclass(frozen=True)
class Oven:
    """Bakes.

    >>> Oven(200)

    Args:
        heat: of the oven, in degrees: more than `minutes`
            and fewer than a hundred; `floor` is another thing. If None, as it is.
        minutes: how long.
        fan: whether it blows.
        light: whether it is lit.
        shelf: any at all.
        _count: never set.

    Raises:
        ValueError: never.
    """

    heat: int | None = None
    minutes: float = 2.5
    fan: bool = False
    light: bool | None = None
    shelf: Any = "middle"


def options_of(name):
    """The options of a command as click has them, by the name of their parameter."""
    command = typer.main.get_command(app).commands[name]
    return {parameter.name: parameter for parameter in command.params if parameter.param_type_name == "option"}


class TestOneDataclass:
    def test_what_a_docstring_says_of_each_argument(self):
        assert documented(Oven) == {
            "heat": "Of the oven, in degrees: more than `minutes` and fewer than a hundred; `floor` is another thing. "
            "If None, as it is.",
            "minutes": "How long.",
            "fan": "Whether it blows.",
            "light": "Whether it is lit.",
            "shelf": "Any at all.",
            "_count": "Never set.",
        }

    def test_a_class_whose_docstring_python_left_out(self):
        bare = dataclasses.make_dataclass("Bare", [("heat", int, 3)])
        assert documented(bare) == {}
        assert [(made.name, made.default) for made in field_options(bare)] == [("heat", 3)]

    def test_names_types_and_defaults_are_those_of_the_fields(self):
        made = {parameter.name: parameter for parameter in field_options(Oven)}
        kinds = {name: get_args(parameter.annotation)[0] for name, parameter in made.items()}
        assert kinds == {"heat": int | None, "minutes": float, "fan": bool, "light": bool | None, "shelf": str}
        assert {name: parameter.default for name, parameter in made.items()} == dataclasses.asdict(Oven())

    def test_defaults_of_an_object_fields_left_out_and_another_help(self):
        made = field_options(Oven, Oven(heat=7, minutes=1.0), leave_out=("fan", "shelf"), minutes="Until it is done.")
        assert [(parameter.name, parameter.default) for parameter in made] == [
            ("heat", 7),
            ("minutes", 1.0),
            ("light", None),
        ]
        assert get_args(made[1].annotation)[1].help == "Until it is done."

    def test_help_is_in_a_commands_words(self):
        heat = field_options(Oven)[0]
        assert get_args(heat.annotation)[1].help == (
            "Of the oven, in degrees: more than --minutes and fewer than a hundred; `floor` is another thing. "
            "If not given, as it is."
        )


class TestACommand:
    @pytest.fixture
    def run(self):
        """Runs a command with the options of `Oven` and one more; returns the lines that it printed."""
        small = typer.Typer(rich_markup_mode=None)

        @small.command()
        @with_options(field_options(Oven), [option("loaf", list[str], "Each of them.", [], "--loaf", "-l")])
        def bake(bread: str, salt: int = 1, **options: Any) -> None:
            """Bakes a loaf."""
            print(bread, salt, sorted(options.items()))

        def run(*words):
            return CliRunner().invoke(small, words, terminal_width=300)

        return run

    def test_the_function_gets_its_own_arguments_and_the_rest_as_a_dict(self, run):
        said = run("rye", "--salt", "2", "--heat", "9", "--fan", "--no-light", "-l", "a", "-l", "b")
        values = {"fan": True, "heat": 9, "light": False, "loaf": ["a", "b"], "minutes": 2.5, "shelf": "middle"}
        assert said.output == f"rye 2 {sorted(values.items())}\n"

    def test_without_them_they_have_their_defaults(self, run):
        values = {**dataclasses.asdict(Oven()), "loaf": []}
        assert run("rye").output == f"rye 1 {sorted(values.items())}\n"

    def test_wrong_types_and_a_no_that_there_is_not_are_refused(self, run):
        assert run("rye", "--heat", "warm").exit_code == 2
        assert run("rye", "--no-fan").exit_code == 2

    def test_its_help_has_a_line_for_each(self, run):
        said = run("--help").output
        for line in (r"--heat \S+ +Of the oven", r"--minutes \S+ +How long\. +\[default: 2\.5\]", r"-l, --loaf"):
            assert re.search(line, said), said
        assert "--light / --no-light" in said and "--no-fan" not in said


class TestCommands:
    @pytest.mark.parametrize(("name", "wanted"), [("finetune", FINETUNE), ("pretrain", PRETRAIN), ("check", CHECK)])
    def test_each_has_the_options_that_it_had(self, name, wanted):
        assert set(options_of(name)) == wanted

    @pytest.mark.parametrize(
        "name", ["finetune", "fit-few", "pretrain", "check", "plan", "vocab", "evaluate", "predict"]
    )
    def test_each_option_has_a_sentence_and_one_flag(self, name):
        for parameter in options_of(name).values():
            text = parameter.help
            assert len(text.split()) >= 3 and text.endswith((".", "…", "|")) and "None" not in text, parameter.name
            assert len(parameter.opts) == 1
            assert bool(parameter.secondary_opts) == ((name, parameter.name) in BOTH_WAYS), parameter.name

    def test_every_field_is_explained_and_has_the_librarys_default(self):
        for cls in (bk.Recipe, bk.Devices):
            names = [field.name for field in dataclasses.fields(cls)]
            assert list(documented(cls)) == names
            for command, defaults in {
                "finetune": cls(),
                "fit-few": FEW_LABELS if cls is bk.Recipe else cls(),
                "pretrain": PRETRAINING if cls is bk.Recipe else cls(),
            }.items():
                parameters = options_of(command)
                there = [name for name in names if name in parameters]
                assert {name: parameters[name].default for name in there} == {
                    name: getattr(defaults, name) for name in there
                }

    def test_types_of_values_are_the_fields(self):
        kinds = {name: get_args(p.annotation)[0] for name, p in inspect.signature(finetune).parameters.items()}
        wanted = {
            "limit": int | None,
            "validation_share": float | None,
            "split_seed": int | None,
            "tag_column": str | None,
        }
        wanted |= {field.name: field.type for cls in (bk.Recipe, bk.Devices) for field in dataclasses.fields(cls)}
        wanted |= {"strategy": str, "repair": bool, "encoding": str, "resume": bool, "seq_length": int | None}
        assert {name: kinds[name] for name in wanted} == wanted

    def test_pretraining_has_no_use_for_what_a_task_has(self):
        signature = inspect.signature(bk.Recipe)
        assert set(signature.parameters) - set(options_of("pretrain")) == {
            *("dropout", "native", "packed", "pooling", "reinit_layers", "label_smoothing", "teacher", "teacher_share"),
            *("r_drop", "focal"),
        }
