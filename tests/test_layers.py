"""The architecture, checked: imports go down, rooms stand apart, files are named for what they hold, names have homes.

Each test lists all that breaks its rule.
"""

import ast
import functools
import re
import subprocess
import sys

import pytest
from paths import ROOT

from bert_keras.running.kinds import KINDS

LIBRARY = ROOT / "bert_keras"
TESTS = ROOT / "tests"
FILES = sorted(LIBRARY.rglob("*.py"))
ROOMS = tuple(KINDS)

# A package or module of bert_keras, and its layer. See docs/architecture.md.
LAYERS = {
    **dict.fromkeys(
        (
            "features",
            "cpu_flags",
            "checks",
            "from_json",
            "foreign_names",
            "markup",
            "bar",
            "lasting_folder",
            "register_with_keras",
            "manifest",
            "replica_seeds",
        ),
        0,
    ),
    "replacement": 0,
    "use_onednn": 1,
    **dict.fromkeys(("disk", "finite_weights", "hub", "listening", "text", "metrics", "optimization"), 1),
    **dict.fromkeys(("encoders", "models", "data"), 2),
    **dict.fromkeys(("training", "planning", "tuned"), 3),
    **dict.fromkeys(ROOMS, 4),
    "running": 5,
    **dict.fromkeys(("inspection", "installation", "retrieval", "row_checks", "serving"), 6),
    **dict.fromkeys(("beam", "cli", "comparing", "__init__"), 7),
    "__main__": 8,
}
# Inside a room: data, model, reader, evaluator, predictor, served graph, and the Kind that names them all. The model is
# the file of the Kind's model, and what it is made of; all that is not named here are data.
STAGES = {
    **{f"{kind.model.__module__.rsplit('.', 1)[-1]}": 1 for kind in KINDS.values()},
    "masked_lm_head": 1,
    **dict.fromkeys(
        ("span_decoder", "entity_decoder", "span_evidence", "span_reader", "token_reader", "window_spans"), 2
    ),
    **dict.fromkeys(("answers", "span_evidence"), 3),
    **{f"{kind.evaluator.__module__.rsplit('.', 1)[-1]}": 3 for kind in KINDS.values()},
    **{f"{kind.predictor.__module__.rsplit('.', 1)[-1]}": 4 for kind in KINDS.values() if kind.predictor},
    "fill_mask": 4,
    **{f"{kind.pipeline.__module__.rsplit('.', 1)[-1]}": 5 for kind in KINDS.values() if kind.pipeline},
    **{f"{kind.served.__module__.rsplit('.', 1)[-1]}": 5 for kind in KINDS.values() if kind.served},
    "kind": 6,
}
# Inside `running/`: the table of kinds; folders; and the calls, which stand on what is in folders.
RUNNING = {
    "kinds": 0,
    **dict.fromkeys(("choosing", "folders", "confidence"), 1),
    **dict.fromkeys(("loading", "cards"), 2),
    **dict.fromkeys(("training_run", "evaluate"), 3),
    "exporting": 4,
}
CALLS = 5
HOMES = {
    "tensorflow_hub": ("hub",),
    "tensorflow_text": ("text",),
    "tensorflow_datasets": ("data", *ROOMS),
    "typer": ("cli",),
    "matplotlib": ("inspection",),
    "uvicorn": ("serving",),
    "apache_beam": ("beam",),
    "tokenizers": ("text",),
    "optuna": ("comparing",),
}
# The native encoder stands without TensorFlow.
LAZY = {
    ("encoders/encoder.py", f"bert_keras.text.{name}")
    for name in ("preprocessor", "written_tokenizer", "windows", "word_windows")
}
# And so do files of tables, which the command line looks at first.
LAZY |= {("data/tables/open_table.py", "bert_keras.data.tables.tensorflow_table")}
# What is not everywhere, and not needed by what does not search, draw, serve, make frames or learn a vocabulary.
OPTIONAL = {
    ("replacement/file_lock.py", "msvcrt"),
    ("encoders/huggingface/place.py", "huggingface_hub"),
    ("comparing/searching/draw_settings.py", "optuna"),
    ("inspection/plot.py", "matplotlib.figure"),
    ("serving/http_server.py", "uvicorn"),
    ("tuned/answer_frame.py", "pandas"),
    ("text/hugging_face_tokenizer.py", "tokenizers"),
    ("text/sentence_piece_tokenizer.py", "tensorflow_text"),
    ("text/learn_vocabulary.py", "tensorflow_text.tools.wordpiece_vocab"),
    ("text/has_text_operations.py", "tensorflow_text"),
}
# Files with several functions or classes of equal rank, named for their one subject.
_SUBJECTS = {
    "": "features checks markup disk installation __main__",
    "cli/": "app calibrating checking comparing foreign_words importing inputs kinds_of_data looking_ahead "
    "looking_at_indexes looking_at_labels main options planning pretraining reporting retrieving searching serving "
    "tasks training trying using",
    "data/": "splitting tfds_folders",
    "data/tables/": "limits",
    "encoders/": "stated_tokenizer",
    "encoders/checkpoints/": "albert_checkpoint electra_checkpoint google_checkpoint keras_hub_preset keras_layer_file "
    "model_garden_checkpoint",
    "encoders/huggingface/": "place to_huggingface",
    "foreign_names/": "common",
    "hub/": "catalog folders kaggle resolving saved_models tf1_modules",
    "hub/downloads/": "archives cache downloading",
    "inspection/": "plot",
    "metrics/": "classification entities ranking regression squad squad_json",
    "models/": "diverging fit_inputs labelled_tokens steps targets",
    "optimization/": "finite_updates",
    "planning/": "amounts sizes",
    "question_answering/": "span_decoder",
    "retrieval/": "index_files",
    "running/cards/": "facts",
    "running/folders/": "folder_files model_folder",
    "running/training_run/": "keywords run_result tuning",
    "inspection/reporting/": "class_sections drawings folder_sections parts score_sections",
    "text/": "flat_rows huggingface_rules lines long_texts packing padding placing strings whole_words windows "
    "word_windows written_tokenizer",
    "text_classification/glue/": "glue_tsv",
    "token_classification/": "annotations schemes tag_spelling tagging_sources",
    "training/": "callbacks launching sharding strategies tpu",
}
SUBJECTS = {folder + name for folder, names in _SUBJECTS.items() for name in names.split()}
WHOLE = ("whole", "helpers", "faults")  # of the tests: of no single file


def none(violations):
    """Fails with all of them."""
    assert not violations, "\n" + "\n".join(violations)


def name_of(path):
    return str(path.relative_to(LIBRARY).with_suffix(""))


def unit(path):
    relative = path.relative_to(LIBRARY)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@functools.cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path):
    """(module, whether it stands inside a function) of each import statement."""
    inner = {id(n) for f in ast.walk(tree(path)) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(name.name, id(node) in inner) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"bert_keras.{name.name}" for name in node.names] if node.module == "bert_keras" else [node.module]
            found += [(name, id(node) in inner) for name in names]
    return tuple(found)


def own_imports(path):
    """The parts, behind `bert_keras`, of the modules of the library that a file imports."""
    return [
        m.split(".")[1:]
        for m, _ in imports(path)
        if m.startswith("bert_keras.") and (name_of(path) + ".py", m) not in LAZY
    ]


def test_every_module_has_a_layer():
    assert {unit(path) for path in FILES} == set(LAYERS)


def test_imports_go_down_and_rooms_never_import_each_other():
    climbing = [
        f"{name_of(path)} (layer {LAYERS[unit(path)]}) imports {'.'.join(parts)} (layer {LAYERS[parts[0]]})"
        for path in FILES
        for parts in own_imports(path)
        if parts[0] != unit(path) and LAYERS[parts[0]] >= LAYERS[unit(path)]
    ]
    none(climbing)


def test_inside_a_room_data_come_before_the_model_and_all_that_follows():
    climbing = [
        f"{name_of(path)} imports {'.'.join(parts)}"
        for path in FILES
        if unit(path) in ROOMS
        for parts in own_imports(path)
        if parts[0] == unit(path) and STAGES.get(parts[-1], 0) > STAGES.get(path.stem, 0)
    ]
    none(climbing)
    assert {stem for stem in STAGES} <= {path.stem for path in FILES if unit(path) in ROOMS}


def test_inside_running_the_calls_stand_on_folders_and_those_on_each_other_one_way():
    climbing = [
        f"{name_of(path)} imports {'.'.join(parts)}"
        for path in (LIBRARY / "running").rglob("*.py")
        for parts in own_imports(path)
        if parts[0] == "running" and parts[1] != path.relative_to(LIBRARY).parts[1]
        if RUNNING.get(parts[1], CALLS) >= RUNNING.get(path.relative_to(LIBRARY).with_suffix("").parts[1], CALLS + 1)
    ]
    none(climbing)
    assert {name for name in RUNNING if not (LIBRARY / "running" / name).is_dir()} == {"kinds", "evaluate"}


def test_the_layers_of_a_network_know_nothing_of_encoders():
    climbing = [
        f"{name_of(path)} imports {'.'.join(parts)}"
        for path in (LIBRARY / "encoders" / "layers").glob("*.py")
        for parts in own_imports(path)
        if parts[0] == "encoders" and parts[1] != "layers"
    ]
    none(climbing)


def test_no_import_hides_in_a_function():
    allowed = LAZY | OPTIONAL
    hidden = [(name_of(path) + ".py", module) for path in FILES for module, inside in imports(path) if inside]
    none([str(entry) for entry in hidden if entry not in allowed])


def test_third_party_names_have_one_home_and_keras_is_keras_3():
    strangers = []
    for path in FILES:
        for module, _ in imports(path):
            top = module.split(".")[0]
            if top == "tf_keras" or unit(path) not in HOMES.get(top, (unit(path),)):
                strangers.append(f"{name_of(path)} imports {module}")
        strangers += [
            f"{name_of(path)} uses tf.keras"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if (node.value.id, node.attr) == ("tf", "keras")
        ]
    none(strangers)


def test_what_windows_lacks_has_one_home():
    lacking = {"fcntl", "grp", "pwd", "resource", "termios", "tty"}
    none(
        [
            f"{name_of(path)} imports {module}"
            for path in FILES
            for module, _ in imports(path)
            if module in lacking and name_of(path) != "replacement/file_lock"
        ]
    )


def test_every_folder_is_a_package_or_a_wheel_would_lack_it():
    """A folder whose name git is told to leave out lacks its `__init__.py` in a clone."""
    none(sorted({str(path.parent.relative_to(ROOT)) for path in FILES if not (path.parent / "__init__.py").is_file()}))


def test_files_stay_short():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_a_file_is_named_for_the_class_or_function_that_it_is_for():
    misnamed = [name_of(path) for path in FILES if path.stem != "__init__" and name_of(path) not in SUBJECTS]
    misnamed = [name for name in misnamed if not _holds_its_name(LIBRARY / f"{name}.py")]
    none(misnamed)
    stale = [name for name in SUBJECTS if not (LIBRARY / f"{name}.py").is_file()]
    none(stale)


def _holds_its_name(path):
    body = tree(path).body
    names = {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    names |= {t.id for n in body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    names |= {node.target.id for node in body if isinstance(node, ast.AnnAssign)}
    if path.stem == "kind" and unit(path) in ROOMS:
        return path.parent.name.upper() in names
    snake = {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in names}
    plain = {name.replace("_", "") for name in snake}
    stem = path.stem.replace("_", "")
    verbs = ("", "load", "read", "write", "own")
    return any(verb + stem + ending in plain for verb in verbs for ending in ("", "s"))


def test_tests_lie_where_their_files_do():
    strays = []
    for path in TESTS.rglob("test_*.py"):
        relative = path.relative_to(TESTS)
        if relative.parts[0] in WHOLE or path.stem == "test_layers":
            continue
        file = LIBRARY / relative.parent / f"{path.stem.removeprefix('test_')}.py"
        folder = LIBRARY / relative.parent / path.stem.removeprefix("test_")
        if not file.is_file() and not folder.is_dir():
            strays.append(str(relative))
    none(strays)


def test_importing_the_package_loads_nothing_heavy():
    heavy = (
        "tensorflow keras numpy sklearn scipy tensorflow_text tensorflow_datasets tensorflow_hub safetensors".split()
    )
    code = f"import sys, bert_keras, bert_keras.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_had():
    import bert_keras

    assert [name for name in bert_keras.__all__ if getattr(bert_keras, name, None) is None] == []
    with pytest.raises(AttributeError, match=r"has no attribute 'load_enkoder'; it has .*load_encoder"):
        _ = bert_keras.load_enkoder


def test_docstrings_that_list_the_kinds_or_their_tasks_forget_none():
    import bert_keras

    models = [f"bk.{kind.model.__name__}" for kind in KINDS.values() if kind.predictor]
    names = {name.split("/")[0] for kind in KINDS.values() for name in kind.tasks}
    wanted = {
        "evaluate": [f"bk.{kind.model.__name__}" for kind in KINDS.values()],
        "finetune": models,
        "load_task": sorted(names),
        "load": [kind.predictor.__name__ for kind in KINDS.values() if kind.predictor],
    }
    forgotten = [
        f"{function}: {word}"
        for function, words in wanted.items()
        for word in words
        if word not in getattr(bert_keras, function).__doc__
    ]
    none(forgotten)
