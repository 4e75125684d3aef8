"""Tokenizing on one core, with offsets and without: ours and Hugging Face's `tokenizers`, the contexts of SQuAD."""

from typing import Any

from common.bench import OURS, Bench
from common.ratios import summary, turns, with_ratios
from common.texts import long_texts

REFERENCE = "huggingface tokenizers"
_LIBRARIES = {OURS: "bert_keras", REFERENCE: "tokenizers"}
SAME_SHARE = 0.95  # of texts with the same ids: TF-Hub's reading, which is ours, takes '½' apart, and theirs does not


def run(bench: Bench) -> dict[str, Any]:
    """The figures of both ways."""
    bench.say("\ntokenizing")
    texts = long_texts(bench.data, 200 if bench.quick else None)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    workers = {name: bench.worker(name, "tokenizing", library=library) for name, library in _LIBRARIES.items()}
    same = _check({name: worker.ask("digests", texts=texts) for name, worker in workers.items()})
    found: dict[str, Any] = {"texts": len(texts), "megabytes": round(megabytes, 3), "same": same}
    for case, offsets in {"ids": False, "ids and offsets": True}.items():
        seconds: dict[str, list[float]] = {name: [] for name in workers}
        for number in range(bench.rounds):
            for name in turns(list(workers), number):
                workers[name].ask("seconds", texts=texts[:50], offsets=offsets)  # awake again
                seconds[name].append(workers[name].ask("seconds", texts=texts, offsets=offsets))
        systems = with_ratios(seconds, REFERENCE)
        for name, values in seconds.items():
            systems[name]["megabytes_a_second"] = summary([megabytes / value for value in values])
            bench.say(f"  {case}: {name} {systems[name]['megabytes_a_second']['median']:.2f} MB/s")
        found[case] = {"systems": systems}
    for worker in workers.values():
        worker.close()
    return found


def _check(digests: dict[str, list[list[str]]]) -> dict[str, float]:
    """The shares of texts with the same ids, and with the same ids and offsets; SystemExit where ids differ often."""
    pairs = list(zip(digests[OURS], digests[REFERENCE], strict=True))
    shares = {
        name: round(sum(ours[place] == theirs[place] for ours, theirs in pairs) / len(pairs), 4)
        for place, name in enumerate(("ids", "ids and offsets"))
    }
    if shares["ids"] < SAME_SHARE:
        raise SystemExit(f"Only {shares['ids']:.1%} of the texts have the same ids. No time would mean anything.")
    return shares
