"""Calibration: how fast this machine multiplies matrices, in PyTorch and in TensorFlow, in the very same round."""

from common.bench import OURS, REFERENCE, Bench
from common.ratios import summary


class Calibration:
    """Two workers that do nothing else, and their rates round by round."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.workers = {
            "tensorflow": bench.worker(f"{OURS} calibration", "bert_keras_system", data=str(bench.data)),
            "torch": bench.worker(f"{REFERENCE} calibration", "huggingface"),
        }
        self.rates: dict[str, list[float]] = {}

    def round(self) -> float:
        """Operations a second of the fastest float32 product of this round."""
        rates = {}
        for precision in self.bench.precisions:
            for library, worker in self.workers.items():
                rates[f"{library} {precision}"] = worker.ask("product", dtype=precision)
        for name, rate in rates.items():
            self.rates.setdefault(name, []).append(rate)
        return max(rates["tensorflow float32"], rates["torch float32"])

    def close(self) -> dict[str, dict[str, float]]:
        """Ends the workers; 10⁹ operations a second by library and precision."""
        for worker in self.workers.values():
            worker.close()
        return {name: summary([rate / 1e9 for rate in rates]) for name, rates in self.rates.items()}
