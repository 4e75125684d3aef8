"""Versions of what is compared, read from each environment without importing it."""

import json
import pathlib
import subprocess
import sys

PACKAGES = (
    *("bert-keras", "keras", "tensorflow", "tensorflow-text"),
    *("torch", "transformers", "accelerate", "tokenizers", "sentence-transformers", "onnxruntime", "keras-hub"),
)
_PROGRAM = """import importlib.metadata, json, sys
found = {package.metadata["Name"].lower().replace("_", "-"): package.version
         for package in importlib.metadata.distributions()}
print(json.dumps({name: found[name] for name in sys.argv[1:] if name in found}))"""


def versions(python: str | pathlib.Path) -> dict[str, str]:
    """The packages of an environment that the benchmark compares, by name."""
    done = subprocess.run([str(python), "-c", _PROGRAM, *PACKAGES], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def all_versions(others: dict[str, pathlib.Path]) -> dict[str, dict[str, str]]:
    """By environment; this one is "bert_keras", and says which commit of the library it is."""
    root = pathlib.Path(__file__).resolve().parents[2]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True)
    ours = {**versions(sys.executable), "commit": commit.stdout.strip() or "unknown"}
    return {"bert_keras": ours, **{name: versions(python) for name, python in others.items()}}
