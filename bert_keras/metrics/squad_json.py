"""SQuAD's JSON, walked with the path of every field, so that an error names the place in the file.

{"version": …, "data": [{"title": …, "paragraphs": [{"context": …, "qas": [{"id": …, "question": …,
"answers": [{"text": …, "answer_start": …}], "is_impossible": …}]}]}]}; `is_impossible` came with version 2.0.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bert_keras.checks import did_you_mean, message, shown

_KINDS = {str: "a string", list: "a list", int: "an integer", bool: "true or false"}
_NO_DEFAULT = object()


class Entry(NamedTuple):
    """One question and what it stands in, each with its path."""

    article: tuple[str, dict]
    paragraph: tuple[str, dict]
    question: tuple[str, dict]
    id: str


def walk(data: Any, where: str = "data") -> Iterator[Entry]:
    """Every question of SQuAD's `data` list, in its order.

    Raises:
        ValueError: for anything that has not SQuAD's form down to the questions' ids, with the path of the field, such
            as `data[3].paragraphs[0].qas`; for an id that two questions have.
    """
    places: dict[str, str] = {}
    for article in objects(data, where):
        for paragraph in objects(field(*article, "paragraphs", list), f"{article[0]}.paragraphs"):
            for question in objects(field(*paragraph, "qas", list), f"{paragraph[0]}.qas"):
                path, value = question
                name = field(path, value, "id", str)
                if places.setdefault(name, path) != path:
                    raise ValueError(message(f"{path}.id", f"be unique, and {places[name]} has it too", name))
                yield Entry(article, paragraph, question, name)


def objects(values: Any, where: str) -> Iterator[tuple[str, dict]]:
    """The objects of a JSON list, each with its path."""
    if not isinstance(values, list | tuple):
        advice = "Pass what stands under 'data'." if isinstance(values, dict) and "data" in values else ""
        raise ValueError(message(where, "be a list", keys_of(values), advice))
    for row, value in enumerate(values):
        if not isinstance(value, dict):
            raise ValueError(message(f"{where}[{row}]", "be an object (a dict)", value))
        yield f"{where}[{row}]", value


def field(where: str, parent: dict, name: str, kind: type, default: Any = _NO_DEFAULT) -> Any:
    """The field of an object, checked to be of its kind.

    Args:
        where: the object's path.
        parent: the object.
        name: the field's name.
        kind: str, list, int or bool.
        default: what to return where the field is absent; without it, that is an error.

    Raises:
        ValueError: the field is absent or of another kind; the message holds its path.
    """
    if name not in parent:
        if default is not _NO_DEFAULT:
            return default
        raise ValueError(
            message(
                where,
                f"have the field '{name}'",
                list(parent),
                did_you_mean(name, [key for key in parent if isinstance(key, str)]),
            )
        )
    value = parent[name]
    fits = isinstance(value, list | tuple) if kind is list else isinstance(value, kind)
    if not fits or (kind is int and isinstance(value, bool)):
        advice = f'Write "{shown(value)}".' if kind is str and isinstance(value, int) else ""
        raise ValueError(message(f"{where}.{name}", f"be {_KINDS[kind]}", keys_of(value), advice))
    return value


def keys_of(value: Any) -> Any:
    """The keys of an object, which may be a whole data set, for a message; other values as they are."""
    return f"an object with the keys {shown(list(value))}" if isinstance(value, Mapping) else value
