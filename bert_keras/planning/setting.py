"""`Setting`: one way to run a training step, and what a person types for it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Setting:
    """What `bk.plan` may change: none of it changes the batch that an update is of.

    Args:
        precision: of activations and matrix products: "float32", "bfloat16" or "float16".
        micro_batches: parts that a step is worked out in, one after another.
        recompute: whether layers are worked out again for the gradient.
        devices: copies of the model, each of which takes its part of the rows.
        shards: devices that each copy is split over.
    """

    precision: str = "float32"
    micro_batches: int = 1
    recompute: bool = False
    devices: int = 1
    shards: int = 1

    @property
    def cost(self) -> tuple:
        """Smaller is less of a change to a run: the order in which settings are tried."""
        return self.shards, self.devices, self.recompute, self.micro_batches, self.precision != "float32"

    @property
    def backend(self) -> str:
        """Of Keras: a model is split over devices on JAX alone."""
        return "jax" if self.shards > 1 else "tensorflow"

    def __str__(self) -> str:
        parts = [] if self.precision == "float32" else [self.precision]
        if self.micro_batches > 1:
            parts.append(f"{self.micro_batches} micro-batches")
        if self.recompute:
            parts.append("recompute")
        if self.devices > 1:
            parts.append(f"{self.devices} copies on {self.devices * self.shards} devices")
        if self.shards > 1:
            parts.append(f"each copy split over {self.shards}" if self.devices > 1 else f"split over {self.shards}")
        return ", ".join(parts) or "nothing changed"

    def fields(self) -> dict[str, str | int | bool]:
        """Fields of `bk.Recipe` that are not left at their defaults."""
        fields = {"native": True, "precision": self.precision, "micro_batches": self.micro_batches}
        fields["recompute"] = self.recompute
        return {name: value for name, value in fields.items() if value != getattr(Setting, name, False)}

    def options(self) -> list[str]:
        """Options of `bert-keras finetune`, beside those of batch and length."""
        options = []
        for name, value in self.fields().items():
            option = "--" + name.replace("_", "-")
            options.append(option if value is True else f"{option} {value}")
        if self.shards == 1 and self.devices > 1:
            options.append("--strategy mirrored")
        return options

    def first(self) -> str:
        """The line of Python that must come before the model is made, or an empty string."""
        if self.shards == 1:
            return ""
        parts = f", batch_parts={self.devices}" if self.devices > 1 else ""
        return f"bk.shard({self.devices * self.shards}{parts})"
