"""Options of commands, made of the fields of the dataclasses that they fill: names, types, defaults and help."""

import copy
import inspect
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from bert_keras.features import PROBLEM_TYPES
from bert_keras.optimization.recipe import PRECISIONS, TUNED
from bert_keras.training.devices import STRATEGIES

CHOICES = {  # by option, the words it takes
    "precision": PRECISIONS,
    "tune": TUNED,
    "strategy": STRATEGIES,
    "problem_type": PROBLEM_TYPES,
    "long_text": ("truncate", "windows"),
    "label_pieces": ("first", "all"),
    "scheme": ("bio", "bioes", "bilou", "bmes", "iob1", "io", "plain"),
    "unanswered": ("impossible", "leave_out"),
    "unknown_labels": ("refuse", "leave_out"),
    "class_weight": ("balanced",),
}


def field_options(
    cls: type, defaults: Any = None, leave_out: Iterable[str] = (), **texts: str
) -> list[inspect.Parameter]:
    """An option for each field of a dataclass; its help is the field's line in the class's docstring.

    Args:
        cls: the dataclass.
        defaults: an object of it, whose values are the defaults; those of the fields if None.
        leave_out: names of fields without an option.
        **texts: by field, the help where that line is no help to who types a command.
    """
    lines = documented(cls)
    options = []
    for name, parameter in inspect.signature(cls).parameters.items():
        if name in leave_out:
            continue
        default = parameter.default if defaults is None else getattr(defaults, name)
        kind = str if parameter.annotation is Any else parameter.annotation
        flags = [_flag(name)] if kind is bool else []  # one alone: no --no form
        options.append(option(name, kind, texts.get(name) or _as_typed(lines.get(name, ""), lines), default, *flags))
    return options


def option(name: str, kind: Any, text: str, default: Any = None, *flags: str) -> inspect.Parameter:
    """One option, as a parameter of the command's function; where few words are taken, the help shows them."""
    metavar = f"<{'|'.join(CHOICES[name])}>" if name in CHOICES else None
    annotation = Annotated[kind, typer.Option(*flags, help=text, metavar=metavar)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def under(title: str, options: Iterable[inspect.Parameter]) -> list[inspect.Parameter]:
    """The options with a heading in the help; see `GroupedHelp`."""
    headed = []
    for own in options:
        kind, info = own.annotation.__origin__, copy.copy(own.annotation.__metadata__[0])
        info.rich_help_panel = title
        headed.append(own.replace(annotation=Annotated[kind, info]))
    return headed


def with_options(*groups: Iterable[inspect.Parameter]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator of a command whose `**options` are these groups of options."""

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        own = [p.replace(kind=p.KEYWORD_ONLY) for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        parameters = [*own, *(parameter for group in groups for parameter in group)]
        command.__signature__ = signature.replace(parameters=parameters)
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorated


def documented(cls: type) -> dict[str, str]:
    """What a class's docstring says of each of its arguments, on one line; nothing where Python left docstrings out."""
    body = inspect.getdoc(cls).partition("\nArgs:\n")[2].split("\n\n")[0]
    found: dict[str, str] = {}
    for line in body.splitlines():
        begun = re.match(r"    (\w+): (.*)", line)
        if begun:
            found[name := begun[1]] = begun[2]
        else:
            found[name] += " " + line.strip()
    return {name: text[:1].upper() + text[1:] for name, text in found.items()}


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _as_typed(text: str, names: Iterable[str]) -> str:
    """A line about an argument in the words of a command: `jit_compile` is --jit-compile, and nobody types None."""
    text = re.sub(r"`(\w+)`", lambda word: _flag(word[1]) if word[1] in names else word[0], text)
    return text.replace("If None,", "If not given,")
