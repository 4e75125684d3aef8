"""A few reviews as TFDS prepares those of IMDb."""

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds


def prepare_tfds(folder, labels=("neg", "pos")):
    """A TFDS folder with 40 reviews to train on and 6 to test, each a text of its own."""

    def split(name, rows):
        texts = tf.constant([f"{name} number {row}<br />was — good" for row in range(rows)])
        numbers = np.arange(rows) % 4 == 0  # a quarter "pos"
        return tf.data.Dataset.from_tensor_slices({"text": texts, "label": numbers.astype("int64")})

    tfds.dataset_builders.store_as_tfds_dataset(
        name="imdb_reviews",
        config="plain_text",
        version="1.0.0",
        features=tfds.features.FeaturesDict(
            {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(names=labels)}
        ),
        split_datasets={"train": split("film", 40), "test": split("play", 6)},
        data_dir=folder,
        disable_shuffling=True,
    )
    return folder
