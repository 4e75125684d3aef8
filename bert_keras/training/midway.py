"""What a run within an epoch is, beside weights and optimizer: the sums of its metrics, and how far a table lags."""

import dataclasses

import keras
import numpy as np

_SUMS = "sums/"  # begins the names of the parts of the metrics' variables: their number, that of the replica
_ROWS, _LEFT = "word_rows/up_to_date", "word_rows/left"  # of a word table of which some rows alone are updated


@dataclasses.dataclass(frozen=True)
class Midway:
    """A place within an epoch, and what its next steps depend on.

    Args:
        step: how many steps of the epoch are done.
        arrays: as `running_state` gave them.
    """

    step: int
    arrays: dict[str, np.ndarray]

    def restore(self, model: keras.Model) -> None:
        """Gives a built model, whose weights and optimizer are restored, what `arrays` say.

        Where a step is carried out in another way now, on another number of replicas or over all of a word table, the
        sums and the table are those that they would have to be, to rounding.
        """
        for place, variable in enumerate(model.metrics_variables):
            of_replicas = [self.arrays[name] for name in _names(self.arrays, place)]
            parts = _parts(variable)
            if len(parts) != len(of_replicas):
                of_replicas = [sum(of_replicas[1:], of_replicas[0]), *[np.zeros_like(of_replicas[0])] * len(parts)]
            for part, value in zip(parts, of_replicas, strict=False):
                part.assign(value)
        if _LEFT in self.arrays:
            self._restore_table(model)

    def _restore_table(self, model: keras.Model) -> None:
        up_to_date, left = self.arrays[_ROWS], self.arrays[_LEFT]
        rows = getattr(model.optimizer, "rows", None)
        if rows is not None and rows.is_open:
            rows.resume(up_to_date, left)
            return
        table = model.encoder.table_of_rows()
        values = keras.ops.convert_to_numpy(table)
        lagging = np.ones(len(values), bool)
        lagging[up_to_date] = False
        table.assign(np.where(lagging[:, None], values * left, values))


def running_state(model: keras.Model) -> dict[str, np.ndarray]:
    """The arrays of a `Midway` of a model that is being trained: metrics by replica, and of a table that lags how far.

    The optimizer's moments are up to date afterwards; nothing that a step reads is changed.
    """
    arrays = {}
    for place, variable in enumerate(model.metrics_variables):
        for number, part in enumerate(_parts(variable)):
            arrays[f"{_SUMS}{place}/{number}"] = keras.ops.convert_to_numpy(part)
    rows = getattr(model.optimizer, "rows", None)
    if rows is not None and rows.is_open:
        rows.write_moments()
        up_to_date, left = rows.lag()
        arrays |= {_ROWS: up_to_date, _LEFT: np.array(left, "float32")}
    return arrays


def _parts(variable: keras.Variable) -> tuple:
    """The variable of each replica: metrics sum on each by itself. Of one device, the variable alone."""
    if keras.backend.backend() != "tensorflow":
        return (variable,)
    value = variable.value
    return getattr(value, "values", None) or (value,)


def _names(arrays: dict[str, np.ndarray], place: int) -> list[str]:
    """The names of the parts of one variable, in the order of the replicas."""
    names = [name for name in arrays if name.startswith(f"{_SUMS}{place}/")]
    return sorted(names, key=lambda name: int(name.rpartition("/")[2]))
