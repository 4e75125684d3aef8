"""Tiny TF-Hub encoders in both dialects, made by Model Garden's own exporters, and a vocabulary for them."""

import pathlib
import warnings

from once import made_once

SPECIALS = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "the a an and or not no but very quite this that it he she they we you i is was are were be good bad great poor "
    "film book food room phone story never always more than less from with to of in on at for by as one two three "
    "play ##ed ##ing ##er ##ly un ##able re ##ness day night dog cat house tree red green blue what who where when "
    "why how many which did do does has have had can could will would new old big small first last time year"
).split()
CHARACTERS = list("abcdefghijklmnopqrstuvwxyz0123456789.,!?'\"-:;()$%&/")
VOCABULARY = list(
    dict.fromkeys(SPECIALS + WORDS + CHARACTERS + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"])
)
CASED_WORDS = ["The", "A", "It", "She", "London", "Paris", "Ann"]

SIZES = {"num_layers": 2, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32, "max_positions": 64}


def write_vocabulary(folder: pathlib.Path, cased: bool = False) -> pathlib.Path:
    """Writes a small vocabulary file and returns its path."""
    path = folder / "vocab.txt"
    path.write_text("\n".join(VOCABULARY + (CASED_WORDS if cased else [])) + "\n", encoding="utf-8")
    return path


def shared_encoder(dialect: str) -> pathlib.Path:
    """`export_encoder` with its defaults, made once for all tests: do not change it."""
    return made_once(f"hub_encoder_{dialect}", lambda folder: export_encoder(folder / "encoder", dialect)) / "encoder"


def export_encoder(folder: pathlib.Path, dialect: str = "dict", dropout: float = 0.1, **sizes: int) -> pathlib.Path:
    """Writes a TF-Hub BERT encoder with random weights to `folder`, in the "dict" or the "list" dialect."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Model Garden's and tf_keras' own
        return _export(folder, dialect, dropout, sizes)


def _export(folder: pathlib.Path, dialect: str, dropout: float, sizes: dict[str, int]) -> pathlib.Path:
    import pytest

    pytest.importorskip("official.legacy.bert", reason="Model Garden (the extra `test`) is not here")
    import tensorflow as tf
    import tf_keras
    from official.legacy.bert import configs
    from official.legacy.bert.export_tfhub import create_bert_model
    from official.nlp.tools import export_tfhub_lib

    tf_keras.utils.set_random_seed(7)
    sizes = {**SIZES, **sizes}
    config = configs.BertConfig(
        vocab_size=sizes.get("vocab_size", len(VOCABULARY)),
        hidden_size=sizes["hidden_size"],
        num_hidden_layers=sizes["num_layers"],
        num_attention_heads=sizes["num_heads"],
        intermediate_size=sizes["intermediate_size"],
        max_position_embeddings=sizes["max_positions"],
        type_vocab_size=2,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        initializer_range=0.2,
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    vocabulary = str(write_vocabulary(folder.parent))
    if dialect == "list":
        core, _ = create_bert_model(config)
        core.vocab_file = tf.saved_model.Asset(vocabulary)
        core.do_lower_case = tf.Variable(True, trainable=False)
        core.save(str(folder), include_optimizer=False, save_format="tf")
        return folder
    _, encoder = export_tfhub_lib._create_model(bert_config=config, with_mlm=True)
    checkpoint = tf.train.Checkpoint(**encoder.checkpoint_items)
    path = checkpoint.save(str(folder.parent / f"{folder.name}.ckpt"))
    export_tfhub_lib.export_model(
        str(folder),
        bert_config=config,
        model_checkpoint_path=path,
        with_mlm=True,
        copy_pooler_dense_to_encoder=False,
        vocab_file=vocabulary,
        do_lower_case=True,
    )
    return folder


def write_no_bert(folder: pathlib.Path) -> pathlib.Path:
    """Writes a text encoder that is no BERT, a table whose rows are taken, to `folder`."""
    import numpy as np
    import tensorflow as tf

    table = tf.Variable(np.ones((187, 6), "float32"), name="word_embeddings/embeddings")
    names = ("input_word_ids", "input_mask", "input_type_ids")
    specs = {name: tf.TensorSpec([None, None], tf.int32, name=name) for name in names}

    @tf.function(input_signature=[specs])
    def call(features):
        sequence = tf.gather(table, features["input_word_ids"])
        return {"pooled_output": sequence[:, 0], "sequence_output": sequence}

    module = tf.train.Checkpoint(table=table)
    module.__call__, module.variables, module.trainable_variables = call, [table], [table]
    tf.saved_model.save(module, str(folder))
    return folder
