"""`Workers`: what the processes of a run say to each other while they train, through TensorFlow's collectives."""

import contextlib
import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.training.cluster import Cluster

_WORDS = 8  # of 32 bits, in a sha256


class Workers:
    """The workers of a run. Each method is called by all of them, in the same order; with one worker, it does nothing.

    Args:
        strategy: that the model was made in.
        cluster: the workers; None where this process is the only one.
    """

    def __init__(self, strategy: tf.distribute.Strategy, cluster: Cluster | None = None) -> None:
        self.strategy = strategy
        self.cluster = cluster

    @property
    def is_chief(self) -> bool:
        """Whether this process reports and writes."""
        return self.cluster is None or self.cluster.is_chief

    @contextlib.contextmanager
    def clear_errors(self) -> Iterator[None]:
        """Says in a line, a ConnectionError, that another worker ended, which TensorFlow tells on a page."""
        try:
            yield
        except tf.errors.OpError as error:
            if self.cluster is None or "Collective ops is aborted" not in str(error):
                raise
            advice = "Look at its log, which may name one that was lost before it; "
            advice += "start all workers again with --resume (resume=True) to go on."
            must = "be there to the end of the run, and one has ended or was stopped"
            received = self.cluster.others(_lost(str(error), self.cluster)) or self.cluster.others()
            raise ConnectionError(checks.message("workers", must, received, advice)) from error

    def agree(self, digests: dict[str, str]) -> None:
        """Compares what each worker has.

        Args:
            digests: sha256 in hexadecimal, by the name of what it is of; the same names everywhere.

        Raises:
            ValueError: on every worker, naming the first that is not the same everywhere and the workers that differ.
        """
        if self.cluster is None:
            return
        mine = np.array([[int(d[at : at + 8], 16) for at in range(0, 64, 8)] for d in digests.values()], "float64")
        table = np.zeros((len(self.cluster.addresses), len(digests), _WORDS))
        table[self.cluster.index] = mine
        table = self._sum(table)
        for place, name in enumerate(digests):
            differ = [self.cluster.name(i) for i in range(len(table)) if (table[i, place] != table[0, place]).any()]
            if differ:
                must = f"be the same on every worker as on {self.cluster.name(0)}"
                advice = "Give every worker the same files, encoder and settings."
                raise ValueError(checks.message(name, must, differ, advice))

    def same_as_chief(self, values: Any) -> Any:
        """The chief's plain JSON value, on every worker."""
        if self.cluster is None:
            return values
        text = json.dumps(values).encode("utf-8") if self.is_chief else b""
        length = int(self._sum(np.array([len(text)], "float64"))[0])
        content = np.zeros(length)
        content[: len(text)] = np.frombuffer(text, "uint8")
        return json.loads(self._sum(content).astype("uint8").tobytes())

    def take_from_chief(self, variables: Iterable[keras.Variable]) -> None:
        """Gives the variables of every worker the chief's values."""
        if self.cluster is None:
            return
        for variable in variables:
            values = keras.ops.convert_to_numpy(variable)
            wide = values.astype("float32" if "float" in variable.dtype else "float64")  # whole numbers to 2 ** 53
            variable.assign(self._sum(wide if self.is_chief else np.zeros_like(wide)).astype(values.dtype))

    def wait(self) -> None:
        """Returns when every worker has come here; worker 0, which has written all by then, also if another ended."""
        if self.cluster is not None:
            with contextlib.suppress(*((tf.errors.OpError,) if self.is_chief else ())):
                self._sum(np.zeros(1))

    def _sum(self, values: np.ndarray) -> np.ndarray:
        """An array added up over the workers: float32 or float64."""
        add = self._add[values.dtype.name]
        return self.strategy.experimental_local_results(add(values.ravel()))[0].numpy().reshape(values.shape)

    @functools.cached_property
    def _add(self) -> dict[str, Any]:
        """The function that adds up vectors, by their dtype; each is traced once."""
        a_worker = self.strategy.num_replicas_in_sync // len(self.cluster.addresses)

        def of_replica(values: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            is_first = context.replica_id_in_sync_group % a_worker == 0  # the others would count the worker twice
            mine = tf.where(is_first, values, tf.zeros_like(values))
            return context.all_reduce(tf.distribute.ReduceOp.SUM, mine)

        def of_workers(values: tf.Tensor) -> Any:
            return self.strategy.run(of_replica, (values,))

        signatures = {name: [tf.TensorSpec([None], name)] for name in ("float32", "float64")}
        return {name: tf.function(of_workers, spec, autograph=False) for name, spec in signatures.items()}


def _lost(error: str, cluster: Cluster) -> set[int] | None:
    """The workers that TensorFlow's error names as lost; None where it names none."""
    if "/tensorflow.CoordinationService/" in error:  # worker 0 keeps count of them, and does not answer
        return {0}
    found = re.search(r"unhealthy \(stopped sending heartbeats\):((?:\s*/job:\S+)+)", error)
    found = found or re.search(r"remote target (/job:\S+) while calling", error)
    tasks = re.findall(r"/job:(chief|worker)\S*/task:(\d+)", found[1]) if found else []
    return {int(number) + (cluster.chiefs if job == "worker" else 0) for job, number in tasks} or None
