"""Runs COMMAND, which tests, and writes the seconds of each group to tests/seconds.json."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TABLE = pathlib.Path(__file__).resolve().parents[1] / "tests" / "seconds.json"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(sys.argv[1:], env={**os.environ, "BERT_KERAS_SECONDS": folder}, check=False)
        if done.returncode:
            sys.exit(done.returncode)
        seconds: collections.Counter[str] = collections.Counter()
        for path in pathlib.Path(folder).glob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                group, _, count = json.loads(line)
                seconds[group] += count
    table = {group: round(count, 1) for group, count in seconds.most_common()}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(f"{sum(seconds.values()):.0f} s in {len(table)} groups: {TABLE}")


if __name__ == "__main__":
    main()
