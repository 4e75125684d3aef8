"""`damages`: ways in which a file comes to differ from what was written."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

_OTHERS = (None, True, -1, 0, 7, 1e300, "", "other", [], ["other"], {}, {"other": 1})  # of a field of JSON


def damages(content: bytes, name: str, chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """Without end: what was done to a file, and what it holds then, which is never what it held; None where it is gone.

    Args:
        content: of the file.
        name: of the file, by whose ending it is JSON or text.
        chance: decides what comes next, and where.
    """
    ways = [*_ANY, *([_json_field, _json_field, _json_field] if name.endswith(".json") else [])]
    ways += [_swap_lines, _swap_lines, _drop_line, _double_line] if name.endswith((".json", ".txt", ".sha256")) else []
    yield "gone", None
    if content:
        yield "empty", b""
    while True:
        way = chance.choice(ways)
        found = way(content, chance)
        if found is not None and found != content:
            yield way.__name__.strip("_").replace("_", " "), found


def _flip(content: bytes, chance: random.Random) -> bytes | None:
    if not content:
        return None
    damaged, place = bytearray(content), chance.randrange(8 * len(content))
    damaged[place // 8] ^= 1 << place % 8
    return bytes(damaged)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _grow(content: bytes, chance: random.Random) -> bytes:
    place = chance.choice((len(content), chance.randrange(len(content) + 1)))
    return content[:place] + chance.randbytes(chance.choice((1, 4, 512))) + content[place:]


def _zero_a_block(content: bytes, chance: random.Random) -> bytes:
    start, size = chance.randrange(len(content) + 1), chance.choice((1, 16, 512, 4096))
    return content[:start] + bytes(len(content[start : start + size])) + content[start + size :]


def _double_a_block(content: bytes, chance: random.Random) -> bytes:
    start, size = chance.randrange(len(content) + 1), chance.choice((4, 512))
    return content[: start + size] + content[start:]


def _carriage_returns(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _swap_lines(content: bytes, chance: random.Random) -> bytes | None:
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _drop_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    del lines[chance.randrange(len(lines))]
    return b"\n".join(lines)


def _double_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    place = chance.randrange(len(lines))
    return b"\n".join([*lines[:place], lines[place], *lines[place:]])


def _json_field(content: bytes, chance: random.Random) -> bytes | None:
    """With another value in some field, without it, or with a tower of brackets in its place."""
    whole = json.loads(content)
    places = list(_places(whole))
    if not places:
        return None
    inner, key = chance.choice(places)
    value, kind = inner[key], chance.random()
    if kind < 0.15:
        del inner[key]
    elif kind < 0.2:
        inner[key] = "TOWER"
        return json.dumps(whole).replace('"TOWER"', "[" * 100_000 + "]" * 100_000).encode()
    elif kind < 0.6 and _near(value, chance) != value:
        inner[key] = _near(value, chance)
    else:
        inner[key] = copy.deepcopy(chance.choice(_OTHERS))
    return json.dumps(whole, indent=1, ensure_ascii=False).encode()


def _near(value: Any, chance: random.Random) -> Any:
    """Another value of the same type, where there is one at hand."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, list):
        return value[::-1]
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each list or object below a value, with each key in it."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


_ANY = [_flip, _flip, _flip, _cut, _grow, _zero_a_block, _double_a_block, _carriage_returns]
