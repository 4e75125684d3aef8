"""`untuned`: the same elements, and no thread of TensorFlow's that whoever ends a pass has to wait for."""

import tensorflow as tf

from bert_keras.text.untuned import untuned


def test_the_elements_and_other_options_are_what_they_were():
    options = tf.data.Options()
    options.deterministic = True
    dataset = tf.data.Dataset.range(5).with_options(options)
    found = untuned(dataset)
    assert list(found.as_numpy_iterator()) == [0, 1, 2, 3, 4]
    assert found.options().autotune.enabled is False and found.options().deterministic is True
    assert dataset.options().autotune.enabled is None  # the default, by which TensorFlow tunes
