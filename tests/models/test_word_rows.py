"""Updating the rows of the word table that the data use gives the weights of updating all of it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import bert_keras as bk
from bert_keras.models.word_rows import word_rows
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.warmup_decay import WarmupDecay

VOCAB, ROWS = 400, 24


def batches(words, seed=0, says=True, rows=ROWS, batch_size=4):
    """Batches of texts out of some words; `says` whether the data set tells which."""
    random = np.random.default_rng(seed)
    ids = random.choice(words, [rows, 6]).astype("int32")
    ids[:, 4:] *= random.integers(0, 2, [rows, 2], dtype="int32")  # padding
    features = {
        "input_word_ids": ids,
        "input_mask": (ids > 0).astype("int32"),
        "input_type_ids": np.zeros_like(ids),
    }
    dataset = tf.data.Dataset.from_tensor_slices((features, random.integers(0, 2, rows))).batch(batch_size)
    if says:
        dataset.used_words = np.unique(np.append(words, 0))
    return dataset


FEW, OTHERS = np.arange(5, 60), np.arange(50, 120)


def model(seed=0, encoder=None, **options):
    encoder = encoder or bk.BertEncoder(
        vocab_size=VOCAB, hidden_size=16, num_layers=1, num_heads=2, intermediate_size=32, max_positions=16, seed=seed
    )
    made = bk.TextClassifier(encoder, 2, seed=seed)
    rate = WarmupDecay(2e-2, None, 0.1)
    made.compile(optimizer=AdamW(rate, weight_decay=0.1, global_clipnorm=0.5, **options))
    return made


def state(made):
    table, optimizer = made.encoder.named_weights()["word_embeddings/embeddings"], made.optimizer
    index = optimizer._get_variable_index(table)
    moments = [optimizer._momentums[index].numpy(), optimizer._velocities[index].numpy()]
    # A key's bias has no gradient but rounding, of which Adam makes whole steps.
    return [weight.numpy() for weight in made.weights if "key.bias" not in weight.path] + moments


def assert_same(one, other, tolerance=1e-6):
    for mine, theirs in zip(state(one), state(other), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


def fitted(says, *rounds, **options):
    made = model(**options)
    for words, epochs in rounds:
        made.fit(batches(words, says=says), epochs=epochs, verbose=0)
    return made


def test_fifty_steps_and_another_set_of_words_give_the_same():
    rounds = ((FEW, 9), (OTHERS, 2))  # 66 steps, and rows with moments of the first set in the second
    one, other = fitted(True, *rounds), fitted(False, *rounds)
    assert_same(one, other, tolerance=1e-5)
    # Rows of a gradient are added up in another order, and where they cancel out, Adam divides the last bit by itself:
    # on some processors four of the table's 6,400 numbers then differ by more.
    pairs = zip(state(one), state(other), strict=True)
    gaps = np.concatenate([np.abs(mine - theirs).ravel() for mine, theirs in pairs])
    assert np.mean(gaps > 1e-6) < 1e-3


def test_rows_that_are_not_used_decay():
    before = model().encoder.word_table.numpy()
    after = fitted(True, (FEW, 3)).encoder.word_table.numpy()
    others = np.setdiff1d(np.arange(VOCAB), np.append(FEW, 0))
    left = after[others] / before[others]
    assert np.allclose(left, left[0, 0], rtol=1e-5) and 0.5 < left[0, 0] < 1.0


@pytest.mark.parametrize("options", [{"global_clipnorm": None}, {"weight_decay": 0.0}])
def test_without_clipping_or_decay(options):
    def trained(says):
        made = model()
        made.compile(optimizer=AdamW(1e-2, **{"weight_decay": 0.1, "global_clipnorm": 0.5, **options}))
        made.fit(batches(FEW, says=says), epochs=3, verbose=0)
        return made

    assert_same(trained(True), trained(False))


class Looks(keras.callbacks.Callback):
    """What is seen of the table, and of the optimizer, while the model trains."""

    def __init__(self):
        super().__init__()
        self.batches, self.epochs, self.tests, self.optimizer = [], [], [], []

    def table(self):
        return self.model.encoder.word_table.numpy()

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(self.table())
        if batch == 2:
            self.optimizer.append([variable.numpy() for variable in self.model.optimizer.variables])

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(self.table())

    def on_test_begin(self, logs=None):
        self.tests.append(self.table())


def test_who_looks_sees_the_table_as_it_is():
    seen = []
    for says in (True, False):
        looks = Looks()
        held_out = batches(OTHERS, seed=1, says=False)
        history = model().fit(batches(FEW, says=says), epochs=2, verbose=0, callbacks=[looks], validation_data=held_out)
        seen.append((looks, history.history))
    (rows, logs), (whole, other_logs) = seen
    for name in ("epochs", "tests"):
        np.testing.assert_allclose(getattr(rows, name), getattr(whole, name), rtol=1e-6, atol=1e-6)
    used = np.append(FEW, 0)
    np.testing.assert_allclose(np.array(rows.batches)[:, used], np.array(whole.batches)[:, used], rtol=1e-6, atol=1e-6)
    for mine, theirs in zip(rows.optimizer, whole.optimizer, strict=True):
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    for name, values in logs.items():
        np.testing.assert_allclose(values, other_logs[name], rtol=1e-5, atol=1e-6)


def test_what_a_callback_writes_into_the_table_stays():
    class Writes(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.model.encoder.word_table.assign(self.model.encoder.word_table * 0.5)

    def trained(says):
        made = model()
        made.fit(batches(FEW, says=says), epochs=2, verbose=0, callbacks=[Writes()])
        return made

    assert_same(trained(True), trained(False))


def test_a_run_that_was_broken_off_goes_on_as_an_unbroken_one():
    class Breaks(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                raise KeyboardInterrupt

    made = []
    for says in (True, False):
        one = model()
        with pytest.raises(KeyboardInterrupt):
            one.fit(batches(FEW, says=says), epochs=2, verbose=0, callbacks=[Breaks()])
        assert one.optimizer.rows is None or not one.optimizer.rows.is_open
        made.append(one)
    assert_same(*made)


def test_single_steps_before_and_after_update_the_whole_table():
    made = []
    for says in (True, False):
        one = model()
        x, y = next(iter(batches(OTHERS, seed=2)))
        one.train_on_batch(x, y)
        one.fit(batches(FEW, says=says), epochs=2, verbose=0)
        one.train_on_batch(x, y)
        one.fit(batches(OTHERS, says=says), epochs=1, verbose=0)
        made.append(one)
    assert_same(*made)


def test_a_second_fit_traces_nothing():
    one = model()
    one.fit(batches(FEW), epochs=1, verbose=0)
    one.fit(batches(FEW), epochs=1, verbose=0)
    traced = []
    one.compute_loss = lambda *args, **kwargs: traced.append(1) or type(one).compute_loss(one, *args, **kwargs)
    one.fit(batches(OTHERS), epochs=2, verbose=0)
    assert not traced and one.optimizer.iterations.numpy() == 24


def test_a_batch_with_other_words_than_were_said_is_an_error():
    liar = batches(OTHERS, says=False)
    liar.used_words = FEW
    with pytest.raises(Exception, match="A batch has words that its data do not"):
        model().fit(liar, verbose=0)


def test_where_the_whole_table_is_updated():
    one = model()
    one.optimizer.build(one.trainable_variables) if one.built else one.fit(batches(FEW, says=False), verbose=0)
    assert word_rows(one, batches(FEW)) is not None
    assert word_rows(one, batches(FEW, says=False)) is None
    assert word_rows(one, batches(np.arange(300))) is None  # most of it
    one.encoder.freeze("embeddings")
    assert word_rows(one, batches(FEW)) is None
    for options in ({"micro_batches": 2}, {"jit_compile": True}, {"optimizer": keras.optimizers.AdamW(1e-3)}):
        other = model()
        other.compile(**options)
        assert word_rows(other, batches(FEW)) is None
    for options in ({"use_ema": True}, {"gradient_accumulation_steps": 2}, {"amsgrad": True}):
        assert not AdamW(1e-3, **options).by_rows(one.encoder.word_table)


def test_our_data_say_which_words_they_use():
    tokens = bk.load_task("samples/reviews", bk.load_encoder("sample", native=True)).train
    words = np.unique(np.concatenate([x["input_word_ids"].numpy().ravel() for x, _ in tokens]))
    assert set(words) <= set(tokens.used_words) and len(tokens.used_words) < 3000
    assert not hasattr(tokens.map(lambda x, y: (x, y)), "used_words")


@pytest.mark.parametrize("fixture", ["dict_encoder", "list_encoder", "tiny_encoder"])
def test_a_published_graph_gives_the_same(fixture, request):
    """Of both exporters of Model Garden, and of `bk.save_encoder`."""
    made = []
    for says in (True, False):
        encoder = bk.load_encoder(str(request.getfixturevalue(fixture)), seed=3)
        table = encoder.table_of_rows()
        few = np.arange(5, table.shape[0] // 2)
        one = model(encoder=encoder)
        one.fit(batches(few, says=says), epochs=2, verbose=0)
        assert (one.optimizer.rows is not None) == says
        made.append(one)
    assert_same(*made, tolerance=1e-5)


def test_a_graph_that_is_frozen_has_no_rows(dict_encoder):
    few = np.arange(5, 15)
    for trainable in (False, True):
        one = model(encoder=bk.load_encoder(str(dict_encoder), trainable=trainable))
        one.fit(batches(few, says=False).take(1), verbose=0)
        assert (word_rows(one, batches(few)) is not None) == trainable
