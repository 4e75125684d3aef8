"""Asks a served model from several clients at once, and compares every answer with the predictor's.

    python tools/serve_load.py runs/reviews --seconds 60
    python tools/serve_load.py runs/reviews --rows 1,4,16,64 --clients 1 -- --batch-wait-ms 0

Starts `bert-keras serve` on a free port (its options after `--`), asks for the time given, and prints a line for each
number of rows a request: requests a second, errors, wrong answers, and the 50th and 99th percentile of the time to an
answer; beside them those of the bare predictor in this process, asked for the same rows one request after the other.
Status 1 if there was an error or a wrong answer. Figures are those of the machine as it was: run it on one that does
nothing else.
"""

import argparse
import dataclasses
import http.client
import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk

HEAD = "| rows a request | clients | requests/s | rows/s | errors | wrong | p50 ms | p99 ms |"
HEAD += " predictor: p50 ms | predictor: p99 ms |"
TOLERANCE = 1e-4  # of probabilities; rows that are run together are rounded in another way
SENTENCES = (
    "The soup was cold.",
    "Nobody at the desk knew about our booking, and we stood there for an hour.",
    "A quiet room with a view of the harbour.",
    "Good.",
    "The second half drags, but what the two of them make of the last scene is worth the wait and the price.",
    "Ann Lee moved to Oslo in May, and her brother stayed in Lima.",
    "It broke.",
    "Over the years they have been open, the owners have changed the menu twice, the prices often, and the cook never.",
)


@dataclasses.dataclass
class Counts:
    """What the clients saw; `seconds` of each request that was answered."""

    seconds: list[float] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)


def instances_of(columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows for a model's inputs."""
    pairs = itertools.permutations(SENTENCES, 2)
    if columns == ("text",):
        return [{"text": text} for text in SENTENCES]
    if columns == ("prompt", "choices"):
        return [{"prompt": one, "choices": [two, SENTENCES[0], SENTENCES[3]]} for one, two in pairs]
    return [dict(zip(columns, pair, strict=True)) for pair in pairs]


def expected(predictor: Any, instances: list[dict[str, Any]]) -> list[Any]:
    """The predictor's own answers."""
    rows = [predictor.table_row([one[name] for name in predictor.table_columns]) for one in instances]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of questions that are longer than the model reads
        return [next(predictor.lines([row])) for row in rows]  # one by one, as no server runs them


def as_line(prediction: dict[str, Any] | float, wanted: dict[str, Any]) -> dict[str, Any]:
    """A served row in the words of a predictor's line."""
    if isinstance(prediction, float):
        return {"score": prediction}
    if "entities" in wanted:
        names = {"label": "label", "text": "entity", "start": "start", "end": "end", "score": "score"}
        count = prediction["count"]
        return {"entities": [{own: prediction[name][n] for own, name in names.items()} for n in range(count)]}
    found = dict(prediction)
    if isinstance(wanted.get("probabilities"), dict):
        found["probabilities"] = dict(zip(wanted["probabilities"], prediction["probabilities"], strict=True))
    if "label_ids" in prediction:
        found["label"] = [name for name, on in zip(wanted["probabilities"], prediction["label_ids"], strict=True) if on]
    return found


def differs(found: Any, wanted: Any) -> bool:
    """Whether what both say is not the same; `found` may say more."""
    if isinstance(wanted, dict):
        return any(name in found and differs(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, (list, tuple)):
        return len(found) != len(wanted) or any(map(differs, found, wanted))
    if isinstance(wanted, float) and isinstance(found, (int, float)):
        return not math.isclose(found, wanted, abs_tol=TOLERANCE)
    return found != wanted


def ask(host: str, path: str, until: float, rows: Iterator[list[tuple[dict, dict]]], counts: Counts) -> None:
    """One client, on one connection."""
    connection = http.client.HTTPConnection(host, timeout=60)
    while time.monotonic() < until:
        asked = next(rows)
        body = json.dumps({"instances": [instance for instance, _ in asked]})
        start = time.monotonic()
        try:
            connection.request("POST", path, body)
            reply = connection.getresponse()
            content = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            counts.errors.append(f"{type(error).__name__}: {error}")
            connection.close()
            continue
        if reply.status != 200:
            counts.errors.append(f"{reply.status} {content}")
            continue
        counts.seconds.append(time.monotonic() - start)
        if len(content["predictions"]) != len(asked):
            counts.wrong.append(f"{len(asked)} rows asked for, {len(content['predictions'])} came")
        for prediction, (instance, wanted) in zip(content["predictions"], asked, strict=False):
            if differs(as_line(prediction, wanted), wanted):
                counts.wrong.append(f"{instance}: {prediction} in place of {wanted}")
    connection.close()


def requests_of(pairs: list[tuple[dict, dict]], client: int, rows: int) -> Iterator[list[tuple[dict, dict]]]:
    """What a client asks for, without end: `rows` rows at a time."""
    endless = itertools.islice(itertools.cycle(pairs), 3 * client, None)
    return iter(lambda: list(itertools.islice(endless, rows)), None)


def load(host: str, path: str, pairs: list[tuple[dict, dict]], clients: int, rows: int, seconds: float) -> Counts:
    """What `clients` see that ask for a time, each with `rows` rows a request and from another place in `pairs`."""
    counts, until = Counts(), time.monotonic() + seconds
    threads = [
        threading.Thread(target=ask, args=(host, path, until, requests_of(pairs, number, rows), counts))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def seconds_of(predictor: Any, pairs: list[tuple[dict, dict]], rows: int, seconds: float) -> list[float]:
    """How long the predictor takes for each of the first client's requests, one after the other for a time."""
    found, until = [], time.monotonic() + seconds
    for request in requests_of(pairs, 0, rows):
        asked = [predictor.table_row([one[name] for name in predictor.table_columns]) for one, _ in request]
        start = time.monotonic()
        list(predictor.lines(asked))
        found.append(time.monotonic() - start)
        if start > until:
            return found[1:]  # the first may trace a graph
    raise AssertionError("there is no end of requests")


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values are not above."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)] if values else math.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a model folder")
    parser.add_argument("--clients", type=int, default=8, help="that ask at once, each on a connection of its own")
    parser.add_argument("--seconds", type=float, default=10, help="for each number of rows")
    parser.add_argument("--rows", default="1", help="of a request; several with commas")
    parser.epilog = "What stands behind -- are options of bert-keras serve."
    place = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    asked = parser.parse_args(sys.argv[1:place])
    predictor = bk.load(asked.folder)
    instances = instances_of(tuple(predictor.table_columns))
    pairs = list(zip(instances, expected(predictor, instances), strict=True))
    command = [sys.executable, "-m", "bert_keras", "serve", asked.folder, "--port", "0", *sys.argv[place + 1 :]]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    failed = False
    try:
        said = server.stdout.readline()
        found = re.match(r"http://([^/]+)(/v1/models/\S+:predict)", said)
        if found is None:
            sys.exit(f"The server did not start: {said}")
        load(found[1], found[2], pairs, 1, 1, 1.0)  # what is first run takes longer
        print(HEAD)
        print(re.sub(r"[^|]+", "---", HEAD), flush=True)
        for rows in map(int, asked.rows.split(",")):
            start = time.monotonic()
            counts = load(found[1], found[2], pairs, asked.clients, rows, asked.seconds)
            rate = len(counts.seconds) / (time.monotonic() - start)
            bare = seconds_of(predictor, pairs, rows, min(asked.seconds, 5))
            times = [f"{1000 * percentile(of, share):.1f}" for of in (counts.seconds, bare) for share in (0.5, 0.99)]
            numbers = [f"{rate:.1f}", f"{rate * rows:.1f}", len(counts.errors), len(counts.wrong), *times]
            print("|", " | ".join(map(str, [rows, asked.clients, *numbers])), "|", flush=True)
            for line in [*counts.errors[:3], *counts.wrong[:3]]:
                print(line, file=sys.stderr)
            failed = failed or bool(counts.errors or counts.wrong or not counts.seconds)
    finally:
        server.send_signal(signal.SIGTERM)
        status = server.wait(timeout=60)
        server.stdout.close()
    if failed or status:
        sys.exit(1)


if __name__ == "__main__":
    main()
