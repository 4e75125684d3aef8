"""`training_memory`: bytes of one training step of the native encoder, from its sizes alone.

Each number is a tensor that the layers make and their gradient reads (`step_bytes.py`), that `models/steps.py` adds up,
or that `optimization/adamw.py` keeps. `benchmarks/memory_grid.py` holds them beside what TensorFlow's allocator and the
XLA compiler report.
"""

import dataclasses
import math

from bert_keras import checks
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.planning.kept_tensor import WIDE
from bert_keras.planning.network import Network
from bert_keras.planning.step_bytes import BYTES_OF

PRECISIONS = {"float32": 4, "bfloat16": 2, "float16": 2}  # bytes of one number
BACKENDS = ("tensorflow", "jax")
_OF_TABLE = 3  # tensors of the word table's size while the whole table is updated


@dataclasses.dataclass(frozen=True)
class Memory:
    """Bytes on one device at the fullest moment of a training step.

    Args:
        weights: of encoder and head, float32 at any precision.
        gradients: float32. When the gradient begins there are none but the sums of the micro-batches before.
        optimizer: AdamW's two moments of every trained weight.
        activations: what is kept for the gradient.
        temporary: what lives for a moment: gradients of activations, kernels in the compute dtype, weights that decay,
            and what the update of the word table takes.
        moment: "backward", when the gradient begins, or "update", when all gradients are there.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    temporary: int
    moment: str

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.temporary


def training_memory(
    sizes: EncoderConfig,
    seq_length: int,
    rows: int,
    *,
    precision: str = "float32",
    recompute: bool = False,
    micro_batches: int = 1,
    devices: int = 1,
    shards: int = 1,
    trained_share: float = 1.0,
    network: Network | None = None,
    backend: str = "tensorflow",
) -> Memory:
    """The bytes that one training step of `bk.BertEncoder` with a small head takes on each device.

    Args:
        sizes: an encoder's `config`; layers, heads and the inner width must be known.
        seq_length: tokens of each row, padding included.
        rows: of the whole batch, on all devices.
        precision: of activations and matrix products: "float32", "bfloat16" or "float16".
        recompute: whether layers are worked out again for the gradient.
        micro_batches: parts that a device's rows are worked out in.
        devices: on which copies of the model (or of its shards) take their part of the rows.
        shards: devices that one copy is split over, as Megatron-LM splits it (Shoeybi et al., 2019).
        trained_share: of the parameters that are trained, in [0, 1]. Activations are counted as if all were.
        network: which network the sizes are of; BERT with dropout if None.
        backend: "tensorflow", or "jax" for a step compiled as one program.

    Raises:
        TypeError, ValueError: for settings out of range.
    """
    checks.one_of("precision", precision, PRECISIONS)
    checks.one_of("backend", backend, BACKENDS)
    checks.boolean("recompute", recompute)
    for name, value in (("micro_batches", micro_batches), ("devices", devices), ("shards", shards)):
        checks.integer(name, value, 1)
    share = checks.number("trained_share", trained_share, 0.0, 1.0)
    tokens_of = checks.integer("seq_length", seq_length, 1)
    part = math.ceil(math.ceil(checks.integer("rows", rows, 1) / devices) / micro_batches)
    eager = backend == "tensorflow"
    network = network or Network()
    is_written = eager and precision != "float16" and not recompute and network.layers == "bert"
    own = PRECISIONS[precision]
    size = BYTES_OF[network.layers](
        sizes, network, part * tokens_of, tokens_of, own, shards, eager, recompute, is_written
    )

    weights = math.ceil(sizes.parameters / shards) * WIDE
    trained = int(weights * share)
    row = sizes.embedding_size or sizes.hidden_size
    word_table = math.ceil((sizes.vocab_size or 0) * row / shards) * WIDE if share == 1.0 else 0
    # `train_in_parts` adds gradients to sums: those before and after an addition are counted both.
    summed = trained if size.eager and (micro_batches > 1 or devices > 1) else 0
    # TensorFlow runs what is ready: decayed weights, which need no gradient, are worked out while the old are in use.
    decayed = trained if size.eager else 0
    casts = 0 if precision == "float32" or is_written else size.layer_kernels() * own
    fullest = size.in_flight()
    if recompute:
        fullest += size.layer()
    else:  # a layer casts its kernels again when it is worked out again
        casts *= sizes.num_layers
    fullest += summed + decayed + casts
    # Gradients of kernels that wait for those of other layers: what is worked out again for the first layer of one
    # program meets them all, and where layers share their weights each has its own until they are added up.
    own_layers = size.layer_kernels() * WIDE * (sizes.num_layers - 1)
    waits = network.share_layers or not size.eager
    ends = int(own_layers * share) if waits and recompute else 0
    if not network.share_layers:
        ends = min(ends, trained)
    activations = size.embedded() + size.of_all_layers()
    backward = Memory(weights, summed + ends, 2 * trained, activations, fullest, "backward")
    # Of the largest weight there are the clipped gradient, the decayed values and one copy more, as was measured of two
    # tables; of the small ones it is little. One program squares the gradient. Sums and decayed weights stay till then.
    word_table *= _OF_TABLE if size.eager else 1
    waiting = summed + decayed if size.eager and summed else 0
    update = Memory(weights, trained, 2 * trained, 0, word_table + waiting, "update")
    moments = [backward, update]
    if network.share_layers and size.eager:
        all_layers = int(size.layer_kernels() * WIDE * sizes.num_layers * share)
        first = size.embedded() + size.layer()
        moments.append(Memory(weights, all_layers, 2 * trained, first, decayed, "backward"))
    return max(moments, key=lambda memory: memory.total)
