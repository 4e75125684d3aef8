"""`shard`: from a number of devices to one model that is split over them, on the JAX backend."""

from collections.abc import Callable

import keras

from bert_keras import checks
from bert_keras.encoders.layout_map import layout_map
from bert_keras.foreign_names import foreign_names


class RowsInside(keras.distribution.ModelParallel):
    """`ModelParallel` that hands every device the whole batch of ids, and splits its rows inside the network.

    Keras splits the batch itself, by the layout of the first one, and JAX refuses rows that do not divide: an epoch's
    last batch. Splits within a computation may be uneven, and ids are small.
    """

    def get_data_layout(self, data_shape: tuple[int, ...]) -> keras.distribution.TensorLayout:
        return keras.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)


@checks.answers(**foreign_names("shard"))
def shard(
    devices: int | None = None, batch_parts: int = 1, say: Callable[[str], None] = print
) -> keras.distribution.ModelParallel:
    """Splits every native encoder and model that is made after it over devices, for Keras' JAX backend.

    Call it first; then all is as on one device: `bk.load_encoder(…, native=True)`, a head, `fit`, `bk.finetune`. Each
    device holds its part of the weights and of the optimizer; what `bk.layout_map` does not split is whole on each.

    >>> bk.shard(4)
    cpu:0 to cpu:3: weights and optimizer in 4 parts
    >>> encoder = bk.load_encoder("sample", native=True)

    Args:
        devices: how many of JAX's; all if None.
        batch_parts: in how many parts the rows of a batch go, each worked out by `devices / batch_parts` devices that
            share one copy of the model: bk.shard(4, batch_parts=2) is two copies in two parts.
        say: takes a line that says what was done.

    Returns:
        The `keras.distribution.ModelParallel` in force now. `keras.distribution.set_distribution(None)` ends it.

    Raises:
        RuntimeError: on another backend than JAX.
        ValueError: if there are fewer devices, or batch_parts does not divide them.
    """
    _check_jax()
    there = keras.distribution.list_devices()
    count = len(there) if devices is None else checks.integer("devices", devices, 1)
    if count > len(there):
        flag = f"XLA_FLAGS=--xla_force_host_platform_device_count={count}"
        advice = f"On a CPU, {flag} before Python starts makes so many virtual ones."
        raise ValueError(checks.message("devices", f"be at most {len(there)}, what JAX sees ({there})", count, advice))
    checks.integer("batch_parts", batch_parts, 1)
    if count % batch_parts:
        raise ValueError(checks.message("batch_parts", f"divide the {count} devices", batch_parts))
    mesh = keras.distribution.DeviceMesh((batch_parts, count // batch_parts), ("batch", "model"), there[:count])
    split = RowsInside(layout_map=layout_map(mesh), batch_dim_name="batch")
    keras.distribution.set_distribution(split)
    names = there[0] if count == 1 else f"{there[0]} to {there[count - 1]}"
    rows = f", rows of a batch in {batch_parts}" if batch_parts > 1 else ""
    say(f"{names}: weights and optimizer in {count // batch_parts} parts{rows}")
    return split


def device_bytes(model: keras.Model) -> dict[str, int]:
    """Bytes of a model's weights and of its optimizer's variables on each device, JAX backend only.

    >>> device_bytes(model)
    {'cpu:0': 1006, 'cpu:1': 1006}

    Args:
        model: one that is built; its optimizer counts once it is compiled.

    Raises:
        RuntimeError: on another backend than JAX.
    """
    _check_jax()
    bytes_on: dict[str, int] = {}
    optimizer = [] if model.optimizer is None else model.optimizer.variables
    for variable in (*model.weights, *optimizer):
        for part in variable.value.addressable_shards:
            name = f"{part.device.platform}:{part.device.id}"
            bytes_on[name] = bytes_on.get(name, 0) + part.data.nbytes
    return dict(sorted(bytes_on.items()))


def _check_jax() -> None:
    if keras.backend.backend() != "jax":
        raise RuntimeError(
            f"Keras' backend must be jax to split one model, and is {keras.backend.backend()}. Set the environment "
            "variable KERAS_BACKEND=jax before Python starts. tf.distribute copies a model to every device, whole: "
            "strategy='mirrored' of bk.finetune."
        )
