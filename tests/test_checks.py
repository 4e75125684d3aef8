"""The one grammar of errors, and the checks of arguments and of arrays of labels."""

import dataclasses
import inspect
import pickle
import warnings

import keras
import numpy as np
import pytest

from bert_keras import checks
from bert_keras.optimization.recipe import Recipe


def test_the_sentence_form():
    assert checks.message("seq_length", "be between 3 and 512", 600, "Pass 512.") == (
        "`seq_length` must be between 3 and 512. Received: seq_length=600. Pass 512."
    )
    assert checks.message("task", "be a name", "mrcp") == "`task` must be a name. Received: task='mrcp'."
    long = checks.message("labels", "be short", list(range(1000)))
    assert len(long) < 260 and long.endswith("….")


def test_did_you_mean():
    assert checks.did_you_mean("mrcp", ["cola", "mrpc", "rte"]) == "Did you mean 'mrpc'?"
    assert checks.did_you_mean("SST2", ["sst2"]) == "Did you mean 'sst2'?"
    assert checks.did_you_mean("colour", ["color", "colors"]) == "Did you mean 'color' or 'colors'?"
    assert checks.did_you_mean("zebra", ["cola", "mrpc"]) == ""


def test_one_of():
    assert checks.one_of("gelu", "erf", ("tanh", "erf")) == "erf"
    with pytest.raises(
        ValueError, match=r"`gelu` must be one of 'tanh', 'erf'. Received: gelu='tan'. Did you mean 'tanh'"
    ):
        checks.one_of("gelu", "tan", ("tanh", "erf"))
    with pytest.raises(ValueError, match=r"Received: gelu=3.$"):
        checks.one_of("gelu", 3, ("tanh", "erf"))


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_integers_pass_as_plain_int(value):
    assert type(checks.integer("n", value, 3, 3)) is int


def test_what_is_no_integer():
    for value in (3.0, "3", None, True):
        with pytest.raises(TypeError, match=f"`n` must be an integer. Received: n={value!r}"):
            checks.integer("n", value)
    with pytest.raises(ValueError, match=r"`n` must be at least 1. Received: n=0."):
        checks.integer("n", 0, 1)
    with pytest.raises(ValueError, match=r"`n` must be at most 5. Received: n=6."):
        checks.integer("n", 6, high=5)
    with pytest.raises(ValueError, match=r"`n` must be between 3 and 512, the position table. Received: n=600."):
        checks.integer("n", 600, 3, 512, "the position table")
    assert checks.integer("n", -7) == -7


@pytest.mark.parametrize("value", [0.25, 0, np.float32(0.25), np.int64(1)])
def test_numbers_pass_as_plain_float(value):
    assert type(checks.number("rate", value, 0.0, 1.0)) is float


def test_what_is_no_number():
    for value in ("0.1", None, False, 1j):
        with pytest.raises(TypeError, match=r"`rate` must be a number. Received: rate="):
            checks.number("rate", value)
    with pytest.raises(ValueError, match=r"`rate` must be a finite number between 0.0 and 1.0. Received: rate=1.5."):
        checks.number("rate", 1.5, 0.0, 1.0)
    with pytest.raises(ValueError, match=r"`rate` must be a finite number of at least 0.0. Received: rate=-1."):
        checks.number("rate", -1, 0.0)
    with pytest.raises(ValueError, match=r"`rate` must be a finite number of at most 2. Received: rate=3."):
        checks.number("rate", 3, high=2)
    for value in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(ValueError, match=r"`rate` must be a finite number. Received: rate=-?(nan|inf)."):
            checks.number("rate", value)


def test_booleans():
    assert checks.boolean("trainable", False) is False
    for value in (1, "yes", None):
        with pytest.raises(TypeError, match=r"`trainable` must be True or False. Received: trainable="):
            checks.boolean("trainable", value)


def test_objects_of_tf_keras_are_told_apart():
    import keras
    import tf_keras

    class Mine(tf_keras.optimizers.SGD):
        pass

    optimizer = keras.optimizers.SGD()
    assert checks.no_tf_keras("optimizer", optimizer) is optimizer
    assert checks.no_tf_keras("loss", "mse") == "mse"
    for old in (tf_keras.optimizers.SGD(), Mine(), tf_keras.optimizers.SGD):
        with pytest.raises(
            TypeError, match=r"Keras 3 \(`import keras`\), not of tf_keras.*Use keras.…SGD, and unset TF_USE"
        ):
            checks.no_tf_keras("optimizer", old)


def test_a_warning_points_at_the_line_that_called_the_library():
    library = {"__name__": "bert_keras.somewhere", "checks": checks}
    exec("def inner():\n    checks.warn('look here')\ndef outer():\n    inner()\n", library)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        library["outer"]()
    assert [str(warning.message) for warning in caught] == ["look here"]
    assert caught[0].filename == __file__
    assert caught[0].category is UserWarning


def numbers(*values, dtype="int32"):
    return np.array(values, dtype)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64"])
def test_class_numbers_of_any_integer_type(dtype):
    checks.class_numbers("y", numbers(0, 2, 1, dtype=dtype), 3)
    checks.class_numbers("y", numbers([0], [2], dtype=dtype), 3)
    with pytest.raises(
        ValueError, match=r"`y` must lie between 0 and 2, the classes. Received: y=3. It stands in row 1."
    ):
        checks.class_numbers("y", numbers(0, 3, 7, dtype=dtype), 3)


def test_class_numbers_that_are_none():
    with pytest.raises(ValueError, match=r"Received: y=-1. Row 12 of train.tsv."):
        checks.class_numbers("y", numbers(0, 0, -1), 2, lambda row: f"Row {row + 10} of train.tsv.")
    with pytest.raises(ValueError, match=r"Received: y=\[5\]. It stands in row 1."):
        checks.class_numbers("y", numbers([0], [5]), 2)
    for dtype in ("float32", "bool", "U1", "object"):
        with pytest.raises(ValueError, match=r"`y` must be integers, the numbers of the classes. Received: y='"):
            checks.class_numbers("y", numbers(0, 1, dtype=dtype), 2)
    with pytest.raises(ValueError, match=r"pass labels.argmax\(axis=-1\)"):
        checks.class_numbers("y", np.eye(3), 3)
    with pytest.raises(ValueError, match=r"`y` must have the shape \[rows\]. Received: y=\(3, 3\)"):
        checks.class_numbers("y", np.eye(3, dtype="int32"), 3)


def test_zeros_and_ones():
    for dtype in ("int32", "uint8", "bool", "float32"):
        checks.zeros_and_ones("y", numbers([0, 1], [1, 1], dtype=dtype), 2)
    with pytest.raises(ValueError, match=r"`y` must be 0 or 1. Received: y=\[1, 2\]. It stands in row 1."):
        checks.zeros_and_ones("y", numbers([0, 1], [1, 2]), 2)
    with pytest.raises(ValueError, match=r"`y` must be 0 or 1. Received: y=\[0.5, 0.0\]. It stands in row 0."):
        checks.zeros_and_ones("y", numbers([0.5, 0.0], dtype="float32"), 2)
    with pytest.raises(
        ValueError, match=r"must have the shape \[rows, 3\], a column for each class. Received: y=\(2, 2\)"
    ):
        checks.zeros_and_ones("y", numbers([0, 1], [1, 1]), 3)
    with pytest.raises(ValueError, match=r"must have the shape \[rows, 2\].* Received: y=\(2,\)"):
        checks.zeros_and_ones("y", numbers(0, 1), 2)
    with pytest.raises(ValueError, match=r"`y` must be 0 or 1. Received: y='str"):
        checks.zeros_and_ones("y", np.array([["0", "1"]]), 2)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (0,), (0, 1)])
def test_positions_pass(shape, dtype):
    assert checks.positions("y", np.full(shape, 200, dtype)) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3, -1, -2], r"^`y` must be 0 or more\. Received: y=-1\. It stands in row 1\.$"),
        ([[0], [2], [-7]], r"^`y` must be 0 or more\. Received: y=\[-7\]\. It stands in row 2\.$"),
        ([0.0, 1.0], r"^`y` must be integers, the places of tokens\. Received: y='float64'\.$"),
        ([True], r"`y` must be integers, the places of tokens\. Received: y='bool'"),
        (["1"], r"`y` must be integers, the places of tokens\. Received: y='str"),
        ([[0, 1]], r"^`y` must have the shape \[rows\]\. Received: y=\(1, 2\)\.$"),
        (4, r"`y` must have the shape \[rows\]\. Received: y=\(\)\.$"),
        ([[[1]]], r"`y` must have the shape \[rows\]\. Received: y=\(1, 1, 1\)\.$"),
    ],
)
def test_positions_that_are_none(values, words):
    with pytest.raises(ValueError, match=words):
        checks.positions("y", np.array(values))


def test_positions_in_a_row_that_the_callers_words_name():
    with pytest.raises(ValueError, match=r"y=-4\. Question 'k2'\.$"):
        checks.positions("y", np.array([0, 0, -4]), lambda row: f"Question 'k{row}'.")


def test_finite_numbers():
    checks.finite_numbers("y", numbers(0.5, -3.0, dtype="float64"))
    checks.finite_numbers("y", numbers([1], [2]))
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(
            ValueError, match=r"`y` must be finite numbers. Received: y=-?(nan|inf). It stands in row 2."
        ):
            checks.finite_numbers("y", numbers(0.0, 1.0, value, dtype="float32"))
    with pytest.raises(ValueError, match=r"`y` must be numbers. Received: y='str"):
        checks.finite_numbers("y", np.array(["1.0"]))
    with pytest.raises(ValueError, match=r"`y` must have the shape \[rows\]. Received: y=\(2, 2\)"):
        checks.finite_numbers("y", np.ones((2, 2)))


def test_row_weights():
    checks.row_weights("w", numbers(0.5, -3.0, 1e12, dtype="float64"), 1e12)
    checks.row_weights("w", np.array([[1, 2], [3, 4]]), 1e12)
    must = r"`w` must be finite numbers of at most 1e\+12, so that float32 can add up the squares of gradients\."
    for value in (np.nan, np.inf, -1.1e12):
        with pytest.raises(ValueError, match=rf"{must} Received: w=.*It stands in row 1\."):
            checks.row_weights("w", numbers(0.0, value, value, dtype="float32"), 1e12)
    with pytest.raises(ValueError, match=r"It stands in small.tsv, row 7\."):
        checks.row_weights("w", np.array([np.inf]), 1e12, lambda row: f"small.tsv, row {row + 7}")
    with pytest.raises(ValueError, match=r"`w` must be numbers\. Received: w='str"):
        checks.row_weights("w", np.array(["1.0"]), 1e12)


def test_what_needs_the_tensorflow_backend(monkeypatch):
    checks.tensorflow_backend("this")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(
        RuntimeError, match=r"this needs Keras' TensorFlow backend, and this is jax: set KERAS_.*starts. So"
    ):
        checks.tensorflow_backend("this", "So.")


def bake(bread, *, heat=200, minutes=30):
    """Bakes a loaf."""
    return bread, heat, minutes


answering = checks.answers(temperature="the argument is heat, not {name}", flour="pass it to {name}(…)")
careful_bake = answering(bake)


@answering
@dataclasses.dataclass(frozen=True)
class Oven:
    heat: int = 200
    minutes: float = 30.0

    def __post_init__(self):
        checks.integer("heat", self.heat, 0)


class TestAnswers:
    def test_a_function_takes_what_it_took(self):
        assert careful_bake("rye", minutes=5) == ("rye", 200, 5)
        assert careful_bake(bread="oat") == ("oat", 200, 30)
        assert (careful_bake.__name__, careful_bake.__doc__) == ("bake", "Bakes a loaf.")
        assert inspect.signature(careful_bake) == inspect.signature(bake)
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'bread'"):
            careful_bake(heat=3)

    def test_a_keyword_of_another_call_is_answered_with_what_takes_its_place(self):
        words = r"^`temperature` must be left out: bake takes bread, heat, minutes\. Received: temperature=9\. "
        with pytest.raises(TypeError, match=words + r"The argument is heat, not temperature\.$"):
            careful_bake("rye", temperature=9)
        with pytest.raises(TypeError, match=r"Received: flour='white'\. Pass it to flour\(…\)\.$"):
            careful_bake("rye", flour="white")

    def test_who_takes_any_keyword_answers_those_of_the_table_alone(self):
        @answering
        def oven(bread, **settings):
            return bread, settings

        assert oven("rye", heat=3, minuts=4) == ("rye", {"heat": 3, "minuts": 4})
        words = r"^`temperature` must be left out of oven\. Received: temperature=9\. The argument is heat, not "
        with pytest.raises(TypeError, match=words):
            oven("rye", temperature=9)

    def test_a_call_of_an_object_is_told_by_its_class(self):
        class Stove:
            @answering
            def __call__(self, bread):
                return bread

        assert Stove()("rye") == Stove()(bread="rye") == "rye"
        with pytest.raises(TypeError, match=r"`flour` must be left out: Stove takes bread\. .*Pass it to flour"):
            Stove()("rye", flour="white")

    def test_keywords_that_are_passed_on(self):
        checks.no_foreign("oven", {"heat": 3}, {"flour": "pass it to {name}(…)"})
        with pytest.raises(TypeError, match=r"^`flour` must be left out of oven\. .*flour=2\. Pass it to flour"):
            checks.no_foreign("oven", {"heat": 3, "flour": 2}, {"flour": "pass it to {name}(…)"})

    def test_a_value_by_another_name(self):
        foreign = {"fahrenheit": "pass 'celsius'"}
        assert checks.one_of("unit", "celsius", ("celsius", "kelvin"), foreign) == "celsius"
        with pytest.raises(ValueError, match=r"Received: unit='fahrenheit'\. Pass 'celsius'\.$"):
            checks.one_of("unit", "fahrenheit", ("celsius", "kelvin"), foreign)
        with pytest.raises(ValueError, match=r"Did you mean 'kelvin'\?$"):
            checks.one_of("unit", "kelvins", ("celsius", "kelvin"), foreign)

    def test_any_other_keyword_gets_the_nearest_name_or_none(self):
        with pytest.raises(TypeError, match=r"`minute` must be left out.*Did you mean 'minutes'\?$"):
            careful_bake("rye", minute=1)
        with pytest.raises(TypeError, match=r"Received: zzz=1\.$"):
            careful_bake("rye", zzz=1)

    def test_a_dataclass_stays_one(self):
        oven = Oven(250, minutes=1.0)
        assert isinstance(Oven, type) and (oven.heat, oven.minutes) == (250, 1.0)
        assert dataclasses.replace(oven, heat=3) == Oven(3, 1.0)
        assert pickle.loads(pickle.dumps(Recipe(epochs=2))) == Recipe(epochs=2)  # which is such a one
        assert list(inspect.signature(Oven).parameters) == ["heat", "minutes"]
        with pytest.raises(
            TypeError, match=r"`temperature` must be left out: Oven takes heat, minutes\..*not temperat"
        ):
            Oven(temperature=3)
        with pytest.raises(TypeError, match=r"`heats` must be left out.*Did you mean 'heat'\?$"):
            dataclasses.replace(oven, heats=3)
        with pytest.raises(ValueError, match="`heat` must be at least 0"):
            Oven(heat=-1)


def test_what_cannot_be_shown():
    class Silent:
        def __repr__(self):
            raise RuntimeError("no")

    deep = []
    for _ in range(5000):
        deep = [deep]
    assert len(checks.message("it", "be a", deep)) < 300  # which Python 3.13 can show
    for value, name in ((10**5000, "int"), (Silent(), "Silent"), ([Silent()], "list")):
        assert checks.message("it", "be a", value).endswith(f"it=a value of the class {name} that cannot be shown.")
    assert checks.shown("x" * 10**8) == "'" + "x" * 199 + "…"
    assert checks.shown(list(range(10**6))) == repr(list(range(200)))[:200] + "…"
    with pytest.raises(ValueError, match="be a finite number"):
        checks.number("it", 10**400)
    with pytest.raises(ValueError, match="must be one of 'a'"):
        checks.one_of("it", [1], ["a"])
