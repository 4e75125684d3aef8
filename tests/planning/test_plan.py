"""Planning a run: the least change that fits, an honest answer where nothing does, and what a person types."""

import dataclasses
import inspect
import re
import shlex

import bert_reference
import pytest
import tiny
from google_files import google_tensors, random_head, write_google
from hypothesis import given, settings
from hypothesis import strategies as st

import bert_keras as bk
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.planning.memory import training_memory
from bert_keras.planning.network import Network
from bert_keras.planning.plan import plan
from bert_keras.planning.setting import Setting

LARGE, BASE = "bert_en_uncased_L-24_H-1024_A-16", "bert_en_uncased_L-12_H-768_A-12"
LARGE_SIZES = EncoderConfig(24, 1024, 16, 4096, 30522, 512, 2, 335_141_888)
GIB = 1024**3


def total(setting, batch_size=32, seq_length=384):
    fields = dataclasses.asdict(setting)
    return training_memory(LARGE_SIZES, seq_length, batch_size, **fields, backend=setting.backend).total


def test_it_is_public():
    assert bk.plan is plan


def test_with_room_nothing_is_changed():
    found = plan(LARGE, 384, "200GiB")
    assert found.fits and found.setting == Setting() and found.tried == ()
    assert str(found.setting) == "nothing changed"
    assert found.predicted.total == total(Setting())
    assert found.recipe == {"batch_size": 32, "native": True}
    assert (found.memory, found.usable) == (200 * GIB, 180 * GIB)


def test_precision_comes_before_micro_batches_and_they_before_recomputing():
    everything = total(Setting())
    parts = plan(LARGE, 384, int(everything / 0.95))  # a tenth is left free: float32 is just too large
    assert parts.setting == Setting("bfloat16")
    assert [setting for setting, _ in parts.tried] == [Setting()]
    parts = plan(LARGE, 384, int(total(Setting("bfloat16")) / 0.95))
    assert parts.setting == Setting(micro_batches=2)
    assert [setting for setting, _ in parts.tried] == [Setting(), Setting("bfloat16")]
    parts = plan(LARGE, 384, "12GiB", precision="float32")
    assert parts.setting == Setting(micro_batches=16)
    assert [setting.micro_batches for setting, _ in parts.tried] == [1, 2, 4, 8]
    one_row = plan(LARGE, 512, 9 * GIB, batch_size=2, precision="float32")
    assert one_row.setting == Setting(recompute=True)  # a row a part is all that two rows give, and too large
    assert [str(setting) for setting, _ in one_row.tried] == ["nothing changed", "2 micro-batches"]


def test_copies_come_before_a_split_model_and_a_split_model_is_the_last():
    # Four rows without micro-batches to help: each of two devices takes two of them.
    least = total(Setting(recompute=True, micro_batches=4), 4)
    found = plan(LARGE, 384, "4GiB", devices=2, precision="float32", batch_size=4)
    assert least > found.usable
    assert found.setting.shards == 2 and found.setting.backend == "jax"
    assert all(memory.total > found.usable for _, memory in found.tried)
    assert {setting.devices for setting, _ in found.tried} == {1, 2}


def test_where_nothing_fits_it_says_what_would():
    found = plan(LARGE, 384, "4GiB")
    assert not found.fits and found.command == "" and found.recipe == {}
    assert found.predicted.total == min(memory.total for _, memory in found.tried) > found.usable
    # Precision, six divisors of 32, recomputed or not.
    assert len(found.tried) == 2 * 6 * 2
    needed = found.devices_needed
    assert (
        total(Setting("bfloat16", 1, True, 1, needed))
        <= found.usable
        < total(Setting("bfloat16", 1, True, 1, needed // 2))
    )
    text = str(found)
    assert "nothing fits; the least is: " in text and "what would do: " in text
    assert f"or {needed} such devices that the model is split over (bk.shard, JAX)" in text
    enough = float(re.search(r"what would do: ([\d.]+) GiB", text)[1])
    assert plan(LARGE, 384, f"{enough + 0.1}GiB").fits
    assert not plan(LARGE, 384, f"{enough - 0.1}GiB").fits


def test_where_no_number_of_devices_would_do_none_is_named():
    found = plan(LARGE, 384, int(1.3 * GIB), batch_size=4096)
    assert not found.fits and found.devices_needed is None
    assert "bk.shard" not in str(found)


@given(
    st.integers(2, 80),
    st.integers(3, 512),
    st.sampled_from([1, 4, 6, 32]),
    st.sampled_from([1, 2, 3, 4, 8]),
)
@settings(max_examples=40, deadline=None)
def test_what_is_chosen_fits_and_nothing_cheaper_does(gib, seq_length, batch_size, devices):
    found = plan(LARGE, seq_length, gib * GIB, batch_size=batch_size, devices=devices)
    costs = [setting.cost for setting, _ in found.tried]
    assert costs == sorted(costs) and len(set(costs)) == len(costs)
    assert all(memory.total > found.usable for _, memory in found.tried)
    chosen = found.setting
    assert chosen.devices * chosen.shards <= devices
    assert batch_size % chosen.micro_batches == 0
    assert chosen.devices * chosen.micro_batches <= batch_size  # each copy has a row of each part
    assert 16 % chosen.shards == 0
    if found.fits:
        assert found.predicted.total <= found.usable and chosen.cost > max(costs, default=())
        assert found.predicted.total == total(chosen, batch_size, seq_length)


def test_a_model_is_split_only_where_its_heads_divide():
    found = plan(BASE, 512, "1GiB", devices=8, batch_size=8)  # 12 heads: 2 or 4 devices, not 8
    assert {setting.shards for setting, _ in found.tried} | {found.setting.shards} <= {1, 2, 4}


def test_what_to_type_for_copies_and_for_a_split_model():
    copies = Setting("float32", 2, True, 4)
    assert copies.options() == ["--native", "--micro-batches 2", "--recompute", "--strategy mirrored"]
    assert copies.fields() == {"native": True, "micro_batches": 2, "recompute": True} and copies.first() == ""
    split = Setting("bfloat16", 1, True, 2, 2)
    assert split.first() == "bk.shard(4, batch_parts=2)"
    assert Setting(shards=4).first() == "bk.shard(4)"
    assert str(split) == "bfloat16, recompute, 2 copies on 4 devices, each copy split over 2"
    found = plan(LARGE, 384, "4GiB", devices=4, batch_size=4)
    assert found.command.startswith("bk.shard(4") and "# with KERAS_BACKEND=jax" in found.command


def test_the_recipe_and_the_options_are_those_of_the_library(command):
    found = plan(LARGE, 384, "12GiB", precision="float32", batch_size=16)
    assert bk.Recipe(**found.recipe) == bk.Recipe(batch_size=16, micro_batches=8, native=True)
    _, help_text, _ = command("finetune", "--help")
    options = re.findall(r"--[a-z-]+", found.command)
    assert options == ["--encoder", "--out", "--seq-length", "--batch-size", "--native", "--micro-batches"]
    assert all(option in help_text for option in options)
    assert f"--encoder tensorflow/{LARGE}/4 " in found.command


class TestWhatIsPrintedRuns:
    """With a task and a folder filled in, a plan's line is taken as it is: by the shell and by Python."""

    @pytest.fixture
    def runs(self, monkeypatch):
        """The arguments of each call of `bk.finetune`, by name, which trains nothing here."""
        signature, calls = inspect.signature(bk.finetune), []

        def finetune(*arguments, **keywords):
            calls.append(signature.bind(*arguments, **keywords).arguments)

        monkeypatch.setattr(bk, "finetune", finetune)
        return calls

    @pytest.mark.parametrize(
        ("memory", "options"),
        [
            ("200GiB", {}),
            ("12GiB", {"precision": "float32"}),
            ("12GiB", {"precision": "float16", "batch_size": 8}),
            ("9GiB", {"precision": "float32", "batch_size": 2}),
            ("22GiB", {}),
        ],
    )
    def test_the_command(self, command, runs, memory, options):
        found = plan(LARGE, 384, memory, **options)
        program, *words = shlex.split(found.command.replace("TASK", "samples/reviews"))
        assert program == "bert-keras" and found.fits
        status, _, error = command(*words)
        assert status == 0, error
        (run,) = runs
        assert (run["encoder"], run["out"]) == (found.encoder, "DIR")
        assert run["task"].name == "samples/reviews" and run["task"].seq_length == 384
        assert run["recipe"] == bk.Recipe(**found.recipe)
        assert run["devices"] == bk.Devices()
        recipe, setting = run["recipe"], found.setting
        wanted = (True, setting.precision, setting.micro_batches, setting.recompute)
        assert (recipe.native, recipe.precision, recipe.micro_batches, recipe.recompute) == wanted

    def test_the_options_of_copies(self, command, runs):
        options = " ".join(Setting("bfloat16", 2, True, 4).options()).split()
        status, _, error = command("finetune", "samples/reviews", "--encoder", "sample", "--out", "DIR", *options)
        assert status == 0, error
        assert runs[0]["devices"] == bk.Devices("mirrored")
        assert runs[0]["recipe"] == bk.Recipe(precision="bfloat16", micro_batches=2, recompute=True, native=True)

    def test_the_line_of_python_for_a_split_model(self, runs, monkeypatch):
        shards, signature = [], inspect.signature(bk.shard)
        monkeypatch.setattr(bk, "shard", lambda *given, **named: shards.append(signature.bind(*given, **named)))
        found = plan(LARGE, 384, "4GiB", devices=4, batch_size=4)
        exec(compile(found.command.replace("TASK", "samples/reviews"), "plan", "exec"), {"bk": bk})
        assert len(shards) == 1 and shards[0].args[0] == found.setting.devices * found.setting.shards
        (run,) = runs
        assert (run["encoder"], run["out"]) == (found.encoder, "DIR")
        assert run["task"].name == "samples/reviews" and run["task"].seq_length == 384
        assert run["recipe"] == bk.Recipe(**found.recipe) and run["recipe"].native is True


class TestEncoders:
    def test_an_encoder_is_measured_by_its_own_sizes(self):
        encoder = tiny.native_encoder(gelu="erf")
        found = plan(encoder, 16, "1GiB", batch_size=8)
        assert found.encoder == "ENCODER" and found.parameters == encoder.config.parameters
        assert found.predicted == training_memory(encoder.config, 16, 8, network=Network.of(encoder))

    def test_a_folder_is_read(self, dict_encoder):
        found = plan(dict_encoder, 16, "1GiB")
        assert found.encoder == str(dict_encoder)
        assert found.parameters == bk.load_encoder(dict_encoder).config.parameters

    def test_a_checkpoint_is_read_without_its_vocabulary(self, tmp_path):
        """Its casing, which a checkpoint does not say, changes no size."""
        write_google(tmp_path, {**google_tensors(bert_reference.random_weights()), **random_head(50, 12)})
        found = plan(tmp_path, 16, "1GiB")
        encoder = bk.load_encoder(tmp_path, lower_case=True)
        assert found.parameters == encoder.config.parameters
        assert found.predicted == training_memory(encoder.config, 16, 32)

    def test_the_sample_has_the_exact_gelu(self):
        sizes = EncoderConfig(6, 384, 12, 1536, 30522, 512, 2, 22_713_216)
        found = plan("sample", 128, "16GiB")
        assert found.predicted == training_memory(sizes, 128, 32, network=Network("erf"))

    def test_an_unknown_name_gets_the_nearest(self):
        with pytest.raises(
            ValueError, match=r"`encoder` must be an encoder .*Did you mean 'bert_en_uncased_L-24_H-1024"
        ):
            plan("bert_en_uncased_L-24_H-1024_A-15", 384, "12GiB")

    @pytest.mark.parametrize(
        ("encoder", "text"),
        [
            ("mobilebert", "`encoder` must be one whose sizes the catalogue states"),
            ("electra_small", "`encoder` must be one whose sizes the catalogue states"),
            ("google/bert_uncased_L-12_H-768_A-12", "one of TF-Hub's TF1 modules, which cannot be trained"),
            ("https://example.org/x.tar.gz", "`encoder` must be in the catalogue, as planning downloads nothing"),
        ],
    )
    def test_what_cannot_be_planned(self, encoder, text):
        with pytest.raises(ValueError, match=text):
            plan(encoder, 128, "12GiB")

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("albert_en_base", {"vocab_size": 30000, "embedding_size": 128, "share_layers": True}),
            (
                "mobilebert_en_uncased_L-24_H-128_B-512_A-4_F-4_OPT",
                {
                    **{"num_layers": 24, "hidden_size": 512, "num_heads": 4, "intermediate_size": 512},
                    **{"embedding_size": 128, "activation": "relu", "mobile": {}},
                },
            ),
        ],
    )
    def test_albert_and_mobilebert_by_their_names(self, name, options):
        encoder = bk.BertEncoder(**options, initializer_range=0.0)
        found = plan(name, 128, "40GiB")
        assert found.parameters == encoder.config.parameters
        assert found.predicted == training_memory(encoder.config, 128, 32, network=Network.of(encoder))

    def test_the_catalogues_address_is_its_name(self):
        assert plan(f"https://tfhub.dev/tensorflow/{BASE}/4", 128, "40GiB").parameters == 109_482_240

    def test_what_is_no_encoder(self):
        with pytest.raises(TypeError, match="`encoder` must be a name of the catalogue, a folder, or an encoder"):
            plan(3, 128, "12GiB")

    def test_an_encoder_whose_weights_do_not_tell(self):
        with pytest.raises(ValueError, match=r"`encoder` must tell its sizes .*num_layers, num_heads"):
            plan(tiny.SumEncoder(), 128, "12GiB")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"memory": "1GiB"}, r"`memory` must hold at least the weights of .*, 1\.2 GiB in float32.*memory='1GiB'"),
        ({"memory": "300MiB", "devices": 4}, r"weights of .* \(a part of 4\), 320 MiB in float32"),
        ({"memory": "0GiB"}, "`memory` must be more than nothing"),
        ({"memory": "plenty"}, "`memory` must be a number and a unit"),
        ({"seq_length": 513}, "`seq_length` must be between 3 and 512, the encoder's position table"),
        ({"batch_size": 0}, "`batch_size` must be at least 1"),
        ({"devices": 0}, "`devices` must be at least 1"),
        ({"precision": "floot16"}, r"`precision` must be one of .*Did you mean 'float16'"),
    ],
)
def test_arguments_out_of_range(changed, text):
    with pytest.raises(ValueError, match=text):
        plan(LARGE, **{"seq_length": 384, "memory": "12GiB", **changed})
