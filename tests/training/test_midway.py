"""`Midway`: the sums of replicas, and a word table that lags behind, read and given back without a bit's change."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.training.midway import Midway, running_state
from bert_keras.training.run_variables import run_arrays, run_variables

LABELS = np.random.default_rng(3).integers(0, 2, 20)


def batches():
    features = tiny.features(20)
    data = tf.data.Dataset.from_tensor_slices((features, LABELS)).batch(4)
    data.used_words = np.unique(features["input_word_ids"])
    return data


def model():
    sizes = {"hidden_size": 16, "num_layers": 1, "num_heads": 2, "intermediate_size": 32, "max_positions": 64}
    made = TextClassifier(BertEncoder(vocab_size=200, seed=1, **sizes), 2, seed=1)
    made.compile(build_optimizer())
    return made


def trained(*callbacks, **options):
    made = model()
    made.fit(batches(), epochs=2, verbose=0, callbacks=list(callbacks), **options)
    return made


class Look(keras.callbacks.Callback):
    """Keeps what there is after a step, and may end there."""

    def __init__(self, ends=False):
        super().__init__()
        self.ends, self.found = ends, None

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2 and self.found is None:
            table = self.model.encoder.word_table.numpy()
            arrays = run_arrays(self.model, within=True)
            self.found = {name: array.copy() for name, array in arrays.items()}, running_state(self.model)
            assert (self.model.encoder.word_table.numpy() == table).all()
            if self.ends:
                raise KeyboardInterrupt


def bits(made):
    return [weight.numpy().tobytes() for weight in made.trainable_weights]


@pytest.fixture(scope="module")
def stopped():
    """What there is after the third of five steps."""
    look = Look(ends=True)
    with pytest.raises(KeyboardInterrupt):
        trained(look)
    return look.found


def test_a_look_changes_no_bit_of_what_follows():
    assert bits(trained(Look())) == bits(trained())


def test_a_table_goes_on_lagging_behind_to_the_same_bits(stopped):
    variables, state = stopped
    assert 0.9 < state["word_rows/left"] < 1.0 and 0 < len(state["word_rows/up_to_date"]) < 200
    made = model()
    made.optimizer.build(made.trainable_variables)
    for name, variable in run_variables(made).items():
        variable.assign(variables[name])
    midway = Midway(3, state)
    restore = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: midway.restore(made) if epoch == 0 else None
    )
    made.fit(batches(), epochs=2, rest=batches().skip(3), verbose=0, callbacks=[restore])
    assert bits(made) == bits(trained())


def test_a_table_that_is_updated_as_a_whole_now_is_brought_up_to_date(stopped):
    _, state = stopped
    made = model()
    made.build_sums(batches())
    made.encoder.word_table.assign(np.ones(made.encoder.word_table.shape))
    Midway(3, state).restore(made)
    table = made.encoder.word_table.numpy()
    up_to_date = np.isin(np.arange(len(table)), state["word_rows/up_to_date"])
    assert (table[up_to_date] == 1.0).all() and (table[~up_to_date] == state["word_rows/left"]).all()


def test_the_sums_of_two_replicas_become_one_and_the_reverse():
    made = model()
    made.build_sums(batches())
    count = len(made.metrics_variables)
    of_two = {f"sums/{place}/{replica}": np.float32(place + replica) for place in range(count) for replica in (0, 1)}
    Midway(3, of_two).restore(made)
    assert [float(variable) for variable in made.metrics_variables] == [2.0 * place + 1.0 for place in range(count)]
    devices = [device.name for device in tf.config.list_logical_devices("CPU")][:2]
    with tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice()).scope():
        wide = model()
    wide.build_sums(batches())
    Midway(3, running_state(made)).restore(wide)
    state = running_state(wide)
    assert [float(state[f"sums/{place}/{1}"]) for place in range(count)] == [0.0] * count
    assert [float(state[f"sums/{place}/{0}"]) for place in range(count)] == [
        2.0 * place + 1.0 for place in range(count)
    ]
