"""What the commands share: the application and its errors."""

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import bert_keras as bk
from bert_keras.cli.foreign_words import foreign_command, foreign_option


class Commands(TyperGroup):
    """The commands; options and commands of other programs are answered with ours."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        answer = "" if args[0] in self.commands else foreign_command(args[0])
        if answer:
            ctx.fail(answer)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if type(error).__name__ == "NoSuchOption":  # click's, which typer has under a name of its own
                self._answer(error)
            raise

    def _answer(self, error: Any) -> None:
        command = error.ctx.command
        options = {
            name: options_of(self.commands[name]) for name in sorted(self.commands, key=lambda n: n != "finetune")
        }
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        first = (arguments[0].metavar or arguments[0].name) if arguments else ""
        answer = foreign_option(error.option_name, command.name, options, first)
        if answer:
            error.message, error.possibilities = answer, None  # else it lists options that are spelt alike


def options_of(command: Any) -> set[str]:
    """The options of a command, as they are typed."""
    return {flag for one in command.params for flag in (*one.opts, *one.secondary_opts) if flag.startswith("--")}


app = typer.Typer(
    cls=Commands,
    help="Fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        print(f"bert_keras {bk.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Takes the options that stand before a command."""


def looking_ahead() -> Any:
    """The checks before TensorFlow is loaded; they load NumPy, which `--help` does without."""
    return importlib.import_module("bert_keras.cli.looking_ahead")


def say(line: str) -> None:
    print(line, flush=True)


def plain(text: str) -> str:
    """An exception's text without the frame that Keras puts around it."""
    text = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    if text.startswith("Exception encountered when calling"):
        body = text.split("\n\n")
        return body[1] if len(body) > 1 else text
    return text
