"""`plan`: which way to run a training step fits the memory there is, or that none does."""

import dataclasses
import math
import shlex
from typing import Any

from bert_keras import checks
from bert_keras.encoders.encoder import check_seq_length
from bert_keras.foreign_names import FOREIGN_VALUES, foreign_names
from bert_keras.planning.amounts import parse_bytes, readable
from bert_keras.planning.memory import PRECISIONS, Memory, training_memory
from bert_keras.planning.setting import Setting
from bert_keras.planning.sizes import Sized, sizes_of

SPARE = 0.1  # of the memory, left free: predictions are off by so much, and allocators lose some between blocks
_MANY = (2, 4, 8, 16, 32, 64)  # devices to split over that are thought of where nothing fits
_SHOWN = 8
_MOMENTS = {"backward": "when the gradient begins", "update": "when all gradients are there"}
_PARTS = ("weights", "gradients", "optimizer", "activations", "temporary")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What `bk.plan` found; printed, it says all of this.

    Args:
        encoder: its name.
        parameters: of the encoder.
        seq_length, batch_size: tokens of a row, rows of an update.
        memory: bytes of each device.
        usable: of them, those that a step may take.
        devices: that there are.
        setting: the least change that fits; where `fits` is False the one that takes least.
        predicted: bytes by part on each device with that setting.
        fits: whether that is no more than `usable`.
        tried: every setting that was tried before it, with its bytes: all where nothing fits.
        devices_needed: where nothing fits, over how many devices like this one the model would have to be split; None
            if none of 2 to 64 would do.
    """

    encoder: str
    parameters: int
    seq_length: int
    batch_size: int
    memory: int
    usable: int
    devices: int
    setting: Setting
    predicted: Memory
    fits: bool
    tried: tuple[tuple[Setting, Memory], ...]
    devices_needed: int | None = None

    @property
    def recipe(self) -> dict[str, Any]:
        """Fields for `bk.Recipe(**plan.recipe)`; empty where nothing fits. `seq_length` is a matter of the task."""
        return {"batch_size": self.batch_size, **self.setting.fields()} if self.fits else {}

    @property
    def command(self) -> str:
        """What to type, with TASK and DIR to fill in; empty where nothing fits."""
        if not self.fits:
            return ""
        options = [f"--seq-length {self.seq_length}", f"--batch-size {self.batch_size}", *self.setting.options()]
        if not self.setting.first():
            return f"bert-keras finetune TASK --encoder {shlex.quote(self.encoder)} --out DIR {' '.join(options)}"
        recipe = ", ".join(f"{name}={value!r}" for name, value in self.recipe.items())
        task = f"bk.load_task('TASK', seq_length={self.seq_length})"
        run = f"bk.finetune({task}, {self.encoder!r}, 'DIR', recipe=bk.Recipe({recipe}))"
        return f"{self.setting.first()}; {run}    # with KERAS_BACKEND=jax"

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain types, for JSON."""
        tried = [{**dataclasses.asdict(setting), "bytes": memory.total} for setting, memory in self.tried]
        predicted = {**dataclasses.asdict(self.predicted), "total": self.predicted.total}
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain |= {"setting": dataclasses.asdict(self.setting), "predicted": predicted, "tried": tried}
        return {**plain, "recipe": self.recipe, "command": self.command}

    def __str__(self) -> str:
        devices = "1 device" if self.devices == 1 else f"{self.devices} devices, each"
        lines = [
            f"{self.encoder}, {self.parameters:,} parameters, {self.seq_length} tokens, batch {self.batch_size}",
            f"{devices} of {readable(self.memory)}, of which {readable(self.usable)} may be filled",
            f"fits: {self.setting}" if self.fits else f"nothing fits; the least is: {self.setting}",
        ]
        lines += [f"  {part:12}{readable(getattr(self.predicted, part)):>12}" for part in _PARTS]
        share = self.predicted.total / self.memory
        full = f"{share:.0%} of the memory, {_MOMENTS[self.predicted.moment]}"
        lines.append(f"  {'peak':12}{readable(self.predicted.total):>12}  {full}")
        lines += [f"to type: {self.command}"] if self.fits else self._advice()
        others = [(setting, memory) for setting, memory in self.tried if setting != self.setting]
        if others:
            lines.append("too large:")
            lines += [f"  {readable(memory.total):>12}  {setting}" for setting, memory in others[:_SHOWN]]
        if len(others) > _SHOWN:
            lines.append(f"  and {len(others) - _SHOWN} more")
        return "\n".join(lines)

    def _advice(self) -> list[str]:
        needed = math.ceil(self.predicted.total / (self.usable / self.memory))
        lines = [f"what would do: {readable(needed)} on each device, shorter rows, or a smaller encoder"]
        if self.devices_needed:
            lines.append(f"or {self.devices_needed} such devices that the model is split over (bk.shard, JAX)")
        return [*lines, "training less (--freeze) takes fewer gradients and moments; that is another training"]


@checks.answers(**foreign_names("plan"))
def plan(
    encoder: Any,
    seq_length: int,
    memory: str | int,
    *,
    batch_size: int = 32,
    devices: int = 1,
    precision: str | None = None,
) -> Plan:
    """The least change to a training step with which it fits the memory; or, honestly, that nothing does.

    Tried in this order, which is that of what each costs: nothing changed; lower precision; micro-batches; recomputing
    layers; more devices with a copy of the model each, if there are; the model split over them. The update is that of
    `batch_size` rows in each. Predictions are of the native encoder's training on all parameters.

    >>> print(bk.plan("bert_en_uncased_L-24_H-1024_A-16", seq_length=384, memory="12GiB"))

    Args:
        encoder: a name of `bk.list_encoders()`, for which nothing is downloaded; "sample"; a folder; or an encoder.
        seq_length: tokens of each row.
        memory: of each device: "12GiB", "16000MiB", or bytes. A tenth of it is left free. What a driver and a process
            take before the model, half a GiB or more on a GPU, is not counted: leave it out.
        batch_size: rows of an update, on all devices.
        devices: that there are, all alike.
        precision: the only one that will do; None tries "float32", then "bfloat16".

    Raises:
        TypeError, ValueError: for an unknown encoder, rows beyond its position table, and a memory that is no amount or
            could not hold the weights.
    """
    sized = sizes_of(encoder)
    check_seq_length(seq_length, sized.config.max_positions, low=3)
    checks.integer("batch_size", batch_size, 1)
    checks.integer("devices", devices, 1)
    if precision is not None:
        checks.one_of("precision", precision, PRECISIONS, FOREIGN_VALUES["precision"])
    available = parse_bytes("memory", memory)
    shards = _shards(sized, devices)
    _check_weights(sized, memory, available, shards[-1])
    usable = int(available * (1.0 - SPARE))
    precisions = (precision,) if precision else ("float32", "bfloat16")

    def predict(setting: Setting) -> Memory:
        options = {**dataclasses.asdict(setting), "network": sized.network, "backend": setting.backend}
        return training_memory(sized.config, seq_length, batch_size, **options)

    tried = []
    facts = {"encoder": sized.name, "parameters": sized.config.parameters, "seq_length": seq_length}
    facts |= {"batch_size": batch_size, "memory": available, "usable": usable, "devices": devices}
    for setting in _settings(batch_size, devices, shards, precisions):
        predicted = predict(setting)
        if predicted.total <= usable:
            return Plan(**facts, setting=setting, predicted=predicted, fits=True, tried=tuple(tried))
        tried.append((setting, predicted))
    least, predicted = min(tried, key=lambda pair: pair[1].total)
    split = (Setting(precisions[-1], recompute=True, shards=count) for count in _MANY if count > devices)
    enough = (s.shards for s in split if s.shards in _shards(sized, s.shards) and predict(s).total <= usable)
    facts |= {"tried": tuple(tried), "devices_needed": next(enough, None)}
    return Plan(**facts, setting=least, predicted=predicted, fits=False)


def _settings(batch_size: int, devices: int, shards: list[int], precisions: tuple[str, ...]) -> list[Setting]:
    """Every setting that `bk.finetune` takes, the least change first."""
    settings = []
    for recompute in (False, True):
        for precision in precisions:
            for copies in _divisors(devices):
                for parts in _divisors(batch_size):
                    if copies * parts <= batch_size:
                        settings.append(Setting(precision, parts, recompute, copies))
            for count in shards:  # on JAX, where there are no micro-batches
                if count > 1 and devices // count <= batch_size:
                    settings.append(Setting(precision, 1, recompute, devices // count, count))
    return sorted(settings, key=lambda setting: setting.cost)


def _shards(sized: Sized, devices: int) -> list[int]:
    """In how many parts the model can be split over so many devices: its heads and its widths must divide.

    Of ModernBERT and MobileBERT, whose split layers' memory is not known, in one.
    """
    config = sized.config
    if sized.network.layers != "bert":
        return [1]
    widths = (config.num_heads, config.hidden_size, config.intermediate_size, config.embedding_size or 0)
    return [count for count in _divisors(devices) if all(width % count == 0 for width in widths)]


def _divisors(number: int) -> list[int]:
    return [part for part in range(1, number + 1) if number % part == 0]


def _check_weights(sized: Sized, memory: str | int, available: int, shards: int) -> None:
    weights = math.ceil(4 * sized.config.parameters / shards)
    if available < weights:
        part = f" (a part of {shards})" if shards > 1 else ""
        must = f"hold at least the weights of {sized.name}{part}, {readable(weights)} in float32"
        raise ValueError(checks.message("memory", must, memory, "No setting of a training step takes less."))
