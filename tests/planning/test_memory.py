"""Bytes of a training step: by hand for a tiny encoder, what must hold for every one, and one that was measured."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ROOT

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.planning.memory import training_memory
from bert_keras.planning.network import Network

# Two layers, 4 wide, 2 heads, 8 inside; tables of 10, 6 and 2 rows. By hand: tables and their norm (10+6+2+2)*4 = 80,
# a layer 4*(16+4) + (32+8) + (32+4) + 16 = 172, the pooler 20; 80 + 2*172 + 20 = 444.
TINY = EncoderConfig(2, 4, 2, 8, 10, 6, 2, parameters=444)
# Three rows of 5 tokens: 15 tokens, 60 numbers in a hidden state, 120 inside, 15*5*2 = 150 scores.


def parts(memory):
    named = dataclasses.asdict(memory)
    assert memory.total == sum(value for value in named.values() if isinstance(value, int))
    return tuple(named.values())


def base(**options):
    return training_memory(EncoderConfig(12, 768, 12, 3072, 30522, 512, 2, 109_482_240), 128, 32, **options)


def test_the_tiny_encoder_has_these_sizes():
    encoder = BertEncoder(10, num_layers=2, hidden_size=4, num_heads=2, intermediate_size=8, max_positions=6)
    assert encoder.config == TINY


def test_a_step_in_float32_by_hand():
    # A layer: query, key, value and twice the context 5*4*60 = 1200; norms (2 before gamma, 2 outputs) and 2 masks
    # 6*4*60 = 1440; scores 2*4*150 = 1200; inside 2*4*120 = 960; scaled kernels (query's and those of the two outputs)
    # 4*(2*16 + 32) = 256; in all 5056. Embeddings: (4+4+4+1)*60 = 780. In flight three of 4*120 inside. Decayed
    # weights: 4*444 = 1776.
    memory = training_memory(TINY, 5, 3)
    assert parts(memory) == (1776, 0, 3552, 2 * 5056 + 780, 3 * 480 + 1776, "backward")


def test_a_step_that_works_layers_out_again_by_hand():
    # Kept of each layer: its output 240. One whole layer at a time: query, key, value, context 4*4*60 = 960; norms
    # (4 wide, 2 outputs) 6*4*60 = 1440, masks 2*60 = 120; scores (4+1+4)*150 = 1350; inside 7*4*120 = 3360; 7230.
    # In flight a gradient inside 4*120 = 480, less the second norm's scale 240.
    memory = training_memory(TINY, 5, 3, recompute=True)
    assert parts(memory) == (1776, 0, 3552, 2 * 240 + 780, 7230 + 240 + 1776, "backward")


def test_a_step_in_half_precision_by_hand():
    # A layer: 4*2*60 = 480; norms 4*4*60 + 2*2*60 = 1200, masks 120; scores (4+1+2)*150 = 1050; inside 8*2*120 = 1920;
    # 4770. Embeddings (4+4+2+1)*60 = 660. In flight 2*120 - 240 = 0, kernels 2*(2*(4*16 + 2*32)) = 512.
    memory = training_memory(TINY, 5, 3, precision="float16")
    assert parts(memory) == (1776, 0, 3552, 2 * 4770 + 660, 0 + 512 + 1776, "backward")


def test_a_step_in_bfloat16_by_hand():
    # A layer: 5*2*60 = 600; norms (2 wide before gamma, 2 outputs) 720, 2 masks 240; scores (4+2)*150 = 900; inside
    # 2*2*120 = 480; kernels 2*(4*16 + 2*32) = 256; 3196. Embeddings (4+4+2+1)*60 = 660. In flight as in float32.
    memory = training_memory(TINY, 5, 3, precision="bfloat16")
    assert parts(memory) == (1776, 0, 3552, 2 * 3196 + 660, 3 * 480 + 1776, "backward")


def test_micro_batches_keep_a_part_and_sums_of_gradients():
    # Of three rows in two parts, the larger has two: 10 tokens, 2/3 of everything but the scaled kernels. Sums of
    # before and after.
    memory = training_memory(TINY, 5, 3, micro_batches=2)
    kept = (2 * (5056 - 256) + 780) * 2 // 3 + 2 * 256
    assert parts(memory) == (1776, 1776, 3552, kept, 3 * 320 + 2 * 1776, "backward")


def test_shards_divide_the_weights_and_what_heads_and_inner_width_make():
    # Halves of 960, of the scores (XLA keeps masks as 4 bytes) 12*150, and of 7*4*120 = 3360. Whole: norms 1440, masks
    # 2*4*60 = 480, embeddings (4+4+4+4)*60 = 960. In flight a gradient inside 240, less 240. No weights decay early.
    memory = training_memory(TINY, 5, 3, shards=2, backend="jax")
    layer = 480 + 900 + 1680 + 1920
    assert parts(memory) == (888, 0, 1776, 2 * layer + 960, 0, "backward")


def test_jax_draws_ahead_and_meets_gradients_where_layers_are_worked_out_again():
    # Outputs 2*240, words for one layer ahead 8*150 = 1200, embeddings 960; a layer: 960 + 3360 + 12*150 + 1920 = 8040.
    # Gradients of the second layer's kernels, 4*128 = 512.
    memory = training_memory(TINY, 5, 3, recompute=True, backend="jax")
    assert parts(memory) == (1776, 512, 3552, 480 + 1200 + 960, 8040 + 240, "backward")


def test_copies_divide_the_rows_and_nothing_else():
    one, four = base(), base(devices=4)
    assert four.weights == one.weights and four.optimizer == one.optimizer
    kernels = 12 * 4 * (2 * 768 * 768 + 768 * 3072)  # the scaled ones, which each copy keeps
    assert four.activations - kernels == (one.activations - kernels) // 4
    assert four.gradients == one.weights  # the sums that replicas add up


def test_the_exact_gelu_keeps_half_as_much():
    # 4 numbers for each inner one in place of TensorFlow's 8: 4*2*120 = 960 less for each layer in float16.
    bends = (Network(bend) for bend in ("tanh", "erf"))
    tanh, erf = (training_memory(TINY, 5, 3, precision="float16", network=network) for network in bends)
    assert tanh.activations - erf.activations == 2 * 960
    # The layers' own gradient keeps x in either form, and a kernel before it that is scaled.
    own = (training_memory(TINY, 5, 3, network=Network(bend)).activations for bend in ("tanh", "erf"))
    assert -4 * 2 * 32 == next(own) - next(own)


def test_without_dropout_there_is_nothing_of_it():
    # Of the layer above no masks of rows 2*4*60 = 480 and of weights after dropout 4*150 = 600; attention's output is
    # not scaled, 4*16 = 64. Of the embeddings no mask, 60.
    memory = training_memory(TINY, 5, 3, network=Network(dropout=False, attention_dropout=False))
    assert parts(memory) == (1776, 0, 3552, 2 * (5056 - 480 - 600 - 64) + 720, 3 * 480 + 1776, "backward")


def test_narrow_tables_keep_narrow_rows():
    # Of width 2: centred numbers, scale and the sum (4+4+4+1)*30 = 390, and the dense layer's output 4*60 = 240.
    narrow, wide = (training_memory(dataclasses.replace(TINY, embedding_size=width), 5, 3) for width in (2, None))
    assert wide.activations - narrow.activations == 780 - (390 + 240)


def test_a_modern_layer_by_hand():
    # Query, key, value, context 4*4*60 = 960; norms (4 wide, 2 outputs) 6*4*60 = 1440, mask 60; scores (4+1+4)*150 =
    # 1350; inside three of the exact GELU and its output, gate and product 6*4*120 = 2880, mask 120: 6810. Embeddings
    # 780, last norm 3*4*60 = 720. In flight, of attention, 3*4*150 = 1800 less inside 4*4*120 = 1920, 4*4*60: less than
    # the gradient inside, 480 less 240.
    memory = training_memory(TINY, 5, 3, network=Network("erf", layers="modern"))
    assert parts(memory) == (1776, 0, 3552, 2 * 6810 + 780 + 720, 240 + 1776, "backward")


def test_a_mobile_layer_by_hand():
    # At bottleneck 2, 30 numbers: query, key, value, context 4*4*30 = 480, norms 3*4*30 = 360 and outputs 2*4*30 = 240;
    # of each of two feed-forwards 2*4*30 = 240 and inside 4*120 = 480; scores 1350; mask 60, and 2*4*60 = 480: 4410.
    # Embeddings: three rows of tables of 4 are 3*4*60 = 720, norm 2*4*60 = 480, mask 60.
    network = Network("relu", layers="mobile", bottleneck=2, feed_forwards=2)
    memory = training_memory(dataclasses.replace(TINY, embedding_size=4), 5, 3, network=network)
    assert memory.activations == 2 * 4410 + 1260
    assert (memory.weights, memory.optimizer, memory.moment) == (1776, 3552, "backward")


def test_with_hardly_an_activation_the_update_is_the_fullest_moment():
    memory = training_memory(EncoderConfig(12, 768, 12, 3072, 30522, 512, 2, 109_482_240), 8, 1, recompute=True)
    assert memory.moment == "update"
    assert (memory.gradients, memory.activations) == (4 * 109_482_240, 0)
    assert memory.temporary == 3 * 4 * 30522 * 768  # of the word table: gradient clipped, values decayed, and a copy


def test_layers_that_share_their_weights_have_a_gradient_each():
    # Kernels of a layer 4*16 + 2*32 = 128 numbers. Where layers are worked out again one gradient of two waits, 512.
    shared = Network(share_layers=True)
    memory = training_memory(TINY, 5, 3, recompute=True, network=shared)
    assert parts(memory) == (1776, 512, 3552, 2 * 240 + 780, 7230 + 240 + 1776, "backward")
    # Of one token the kernels are the most, 4*16 + 2*4*4096 = 32832 numbers a layer. At the end there are a gradient of
    # each of three layers and what the first one keeps: 80 + 96 + 16 + 32768 + 4*(2*16 + 4*4096); embeddings 4*13.
    wide = dataclasses.replace(TINY, num_layers=3, intermediate_size=4096, parameters=34_000)
    memory = training_memory(wide, 1, 1, network=shared)
    assert parts(memory) == (136_000, 3 * 4 * 32832, 272_000, 98_624 + 52, 136_000, "backward")


def test_what_is_not_trained_has_no_gradient_and_no_moments():
    memory = base(trained_share=0.25)
    assert memory.optimizer == base().optimizer // 4
    assert memory.weights == base().weights
    assert base(trained_share=0.0).optimizer == 0


SIZES = st.builds(
    lambda layers, heads, depth, inner: EncoderConfig(
        layers, heads * depth, heads, inner, 100, 512, 2, 400 * heads * depth + layers * (heads * depth) ** 2
    ),
    layers=st.integers(1, 24),
    heads=st.integers(1, 16),
    depth=st.integers(1, 64),
    inner=st.integers(1, 4096),
)
OPTIONS = st.fixed_dictionaries(
    {
        "precision": st.sampled_from(["float32", "bfloat16"]),
        "recompute": st.booleans(),
        "network": st.sampled_from([Network(), Network("erf"), Network(share_layers=True), Network(layers="modern")]),
        "backend": st.sampled_from(["tensorflow", "jax"]),
    }
)


@given(SIZES, st.integers(1, 512), st.integers(1, 64), OPTIONS)
@settings(max_examples=60, deadline=None)
def test_more_rows_tokens_or_layers_never_take_less(sizes, length, rows, options):
    total = training_memory(sizes, length, rows, **options).total
    assert training_memory(sizes, length, rows + 1, **options).total >= total
    assert training_memory(sizes, length + 1, rows, **options).total >= total
    deeper = dataclasses.replace(sizes, num_layers=sizes.num_layers + 1, parameters=sizes.parameters + 1000)
    assert training_memory(deeper, length, rows, **options).total >= total


@given(SIZES, st.integers(1, 512), st.integers(1, 64), OPTIONS)
@settings(max_examples=60, deadline=None)
def test_what_saves_memory_saves_activations(sizes, length, rows, options):
    def less(**changed):
        before, after = (training_memory(sizes, length, rows, **{**options, **new}) for new in ({}, changed))
        return after.activations <= before.activations or before.moment == "update"  # which has none

    assert less(recompute=True) and less(micro_batches=2) and less(devices=2)
    assert less(precision="bfloat16")
    whole = training_memory(sizes, length, rows, **options)
    assert training_memory(sizes, length, rows, shards=2, **options).total <= whole.total


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"precision": "float8"}, ValueError, "`precision` must be one of 'float32', 'bfloat16', 'float16'"),
        ({"backend": "torch"}, ValueError, "`backend` must be one of 'tensorflow', 'jax'"),
        ({"micro_batches": 0}, ValueError, "`micro_batches` must be at least 1"),
        ({"shards": 1.5}, TypeError, "`shards` must be an integer"),
        ({"recompute": 1}, TypeError, "`recompute` must be True or False"),
        ({"trained_share": 2}, ValueError, "`trained_share` must be a finite number between 0.0 and 1.0"),
    ],
)
def test_settings_out_of_range(options, error, text):
    with pytest.raises(error, match=text):
        base(**options)


def measured(setting):
    """Bytes of a step that is run, in a process of its own."""
    command = [sys.executable, str(ROOT / "benchmarks" / "memory_grid.py"), "--how", "allocator"]
    environment = {**os.environ, "TF_CPU_ALLOCATOR_USE_BFC": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*command, "--one", json.dumps(setting)], env=environment, check=True, capture_output=True, text=True
    )
    return int(done.stdout.split()[-1])


@pytest.mark.slow
def test_a_measured_step_takes_what_is_predicted():
    layer = 4 * (128 * 128 + 128) + 2 * 4 * 128 * 128 + 5 * 128 + 4 * 128
    parameters = (30522 + 512 + 2 + 2) * 128 + layer + 128 * 128 + 128
    predicted = training_memory(EncoderConfig(1, 128, 2, 512, 30522, 512, 2, parameters), 64, 64).total
    found = measured({"layers": 1, "width": 128, "seq_length": 64, "rows": 64})
    assert predicted == pytest.approx(found, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("modernbert", {"type_vocab_size": 0, "pooler": False, "modern": {}}),
        ("mobilebert", {"embedding_size": 64, "activation": "relu", "mobile": {"bottleneck": 128}}),
    ],
)
def test_a_measured_step_of_other_layers_takes_what_is_predicted(family, options):
    setting = {"layers": 2, "width": 128, "seq_length": 64, "rows": 64, "family": family, "vocabulary": 3000}
    encoder = BertEncoder(3000, num_layers=2, hidden_size=128, num_heads=2, initializer_range=0.0, **options)
    predicted = training_memory(encoder.config, 64, 64, network=Network.of(encoder)).total
    assert predicted == pytest.approx(measured(setting), rel=0.15)
