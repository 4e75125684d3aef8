"""Runs COMMAND, which tests, and writes the seconds of each group to tests/seconds.json.

Cases of parametrised tests that take long stand in tests/long_cases.json: `make test` runs the shortest of each test.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TABLE = pathlib.Path(__file__).resolve().parents[1] / "tests" / "seconds.json"
CASES = TABLE.with_name("long_cases.json")
LONG = 2.0  # seconds of a case


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(sys.argv[1:], env={**os.environ, "BERT_KERAS_SECONDS": folder}, check=False)
        if done.returncode not in (0, 1):  # 1: there were failures, which take their time, too
            sys.exit(done.returncode)
        seconds: collections.Counter[str] = collections.Counter()
        cases: collections.Counter[str] = collections.Counter()
        for path in pathlib.Path(folder).glob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                group, name, count = json.loads(line)
                seconds[group] += count
                if "[" in name:
                    cases[f"{group}::{name}"] += count
    table = {group: round(count, 1) for group, count in seconds.most_common()}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    long = {case: round(count, 1) for case, count in sorted(cases.items()) if count >= LONG}
    CASES.write_text(json.dumps(long, indent=1) + "\n", encoding="utf-8")
    print(f"{sum(seconds.values()):.0f} s in {len(table)} groups: {TABLE}; {len(long)} long cases: {CASES}")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
