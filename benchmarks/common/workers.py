"""`Worker`: the conductor's end of the talk with a system in a process of its own. See `common/channel.py`."""

import json
import os
import pathlib
import subprocess
from typing import Any

BENCHMARKS = pathlib.Path(__file__).resolve().parents[1]
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "PYTHONUNBUFFERED": "1",
}


class Worker:
    """A system that stays loaded and works only when it is asked.

    Args:
        name: of the system, for messages and the log.
        python: the interpreter of its environment.
        module: what it runs, such as `systems.huggingface`.
        work: a folder; the log is `logs/NAME.txt` in it.
        **settings: passed as one JSON argument.
    """

    def __init__(self, name: str, python: str | os.PathLike, module: str, work: pathlib.Path, **settings: Any) -> None:
        self.name = name
        self.log = work / "logs" / f"{name.replace(' ', '_')}.txt"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [str(python), "-m", module, json.dumps(settings)],
                cwd=BENCHMARKS,
                env={**os.environ, **QUIET},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, do: str, **arguments: Any) -> Any:
        """What the system answers; SystemExit, with what it said, where it fails."""
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"It ended. {self.log.read_text(encoding='utf-8')[-2000:]}"}
        if "error" in answer:
            raise SystemExit(f"{self.name} failed at '{do}'. Its log is {self.log}.\n{answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
