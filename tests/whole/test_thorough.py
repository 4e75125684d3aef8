"""Tests that `make test` leaves out: each names the shorter ones that hold its code's main path there."""

import ast
import pathlib

import pytest

TESTS = pathlib.Path(__file__).parent.parent
FILES = {path.relative_to(TESTS).with_suffix("").as_posix(): path for path in sorted(TESTS.rglob("test_*.py"))}


def functions_of(source):
    """From the name of each test of a file, `Class::` before those of a class, to the tests that hold it in its place.

    None stands for those that run in `make test` themselves.
    """
    found = {}
    for node in ast.parse(source).body:
        of_class = [(f"{node.name}::", one) for one in node.body] if isinstance(node, ast.ClassDef) else []
        for place, one in of_class or [("", node)]:
            if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
                found[place + one.name] = held_by(one)
    return found


def held_by(function):
    for mark in function.decorator_list:
        if ast.unparse(getattr(mark, "func", mark)) == "pytest.mark.thorough":
            return [ast.literal_eval(one) for one in getattr(mark, "args", [])]
    return None


def mistakes_in(tests):
    """What is wrong with what is named, in {file: what `functions_of` says}."""
    found = []
    for file, functions in tests.items():
        for name, held in functions.items():
            if held == []:
                found.append(f"{file}::{name} names no test that holds it")
            for other in held or []:
                place, _, function = other.partition("::")
                named = tests.get(place or file, {})
                if function not in named:
                    found.append(f"{file}::{name}: there is no {other}")
                elif named[function] is not None:
                    found.append(f"{file}::{name}: {other} is left out, too")
    return found


def test_what_is_left_out_is_held_by_tests_that_are_not():
    tests = {file: functions_of(path.read_text(encoding="utf-8")) for file, path in FILES.items()}
    assert mistakes_in(tests) == []
    assert sum(held is not None for functions in tests.values() for held in functions.values()) > 5


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("pytest.mark.thorough", "a::test_b names no test that holds it"),
        ("pytest.mark.thorough()", "a::test_b names no test that holds it"),
        ("pytest.mark.thorough('::test_c')", "a::test_b: there is no ::test_c"),
        ("pytest.mark.thorough('::test_a', 'other::test_a')", "a::test_b: there is no other::test_a"),
        ("pytest.mark.thorough('::test_b')", "a::test_b: ::test_b is left out, too"),
        ("pytest.mark.thorough('::TestIn::test_d')", None),
    ],
)
def test_mistakes_are_found(mark, said):
    in_class = "class TestIn:\n    def test_d(self):\n        pass"
    source = f"def test_a():\n    pass\n\n@{mark}\ndef test_b():\n    pass\n\n{in_class}"
    assert mistakes_in({"a": functions_of(source)}) == ([said] if said else [])
