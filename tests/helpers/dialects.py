"""A tiny artifact of each form in which TF-Hub's encoders were published, and their preprocessors.

Model Garden's own exporters write them where it has one; a TF1 module is made by hand.
"""

import pathlib
import warnings

import encoders
from once import made_once

SENTENCE_PIECES = 60
WIDTH = 16
TEXTS = ["the film was very good", "A bad book", "london is not great"]


def published(form: str) -> pathlib.Path:
    """The folder of one, made once for all tests: do not change it.

    Args:
        form: "tf1", "list", "dict", "labse" (its own `default`, and neither vocabulary nor casing), "default" (nothing
            else), "albert", "electra", "mobilebert" or "graph" (BERT, normed before and not after its layers).
    """
    if form in ("dict", "list"):
        return encoders.shared_encoder(form)
    return made_once(f"hub_form_{form}", lambda folder: _quietly(_MAKERS[form], folder / "encoder")) / "encoder"


def preprocessor(cased: bool = False) -> pathlib.Path:
    """The folder of a preprocessing model for the tests' vocabulary, as Model Garden exports it."""
    name = f"hub_preprocessor_{'cased' if cased else 'uncased'}"
    return made_once(name, lambda folder: _quietly(_preprocessor, folder / "made", cased)) / "made"


def sentence_pieces() -> pathlib.Path:
    """A small SentencePiece model with ALBERT's special pieces."""

    def make(folder: pathlib.Path) -> None:
        import sentencepiece

        folder.mkdir()
        sentences = [*TEXTS, " ".join(encoders.WORDS), "abcdefghijklmnopqrstuvwxyz 0123456789 .,!?"]
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences * 3),
            model_prefix=str(folder / "30k-clean"),
            vocab_size=SENTENCE_PIECES,
            model_type="unigram",
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            user_defined_symbols=["[CLS]", "[SEP]", "[MASK]"],
            hard_vocab_limit=False,
            minloglevel=2,
        )

    return made_once("sentence_pieces", make) / "30k-clean.model"


def _quietly(make, folder, *arguments):
    folder.parent.mkdir(parents=True, exist_ok=True)
    import pytest

    pytest.importorskip("official.legacy.bert", reason="Model Garden (the extra `test`) is not here")
    import tf_keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Model Garden's and tf_keras' own
        tf_keras.utils.set_random_seed(7)
        make(folder, *arguments)


def _preprocessor(folder: pathlib.Path, cased: bool) -> None:
    from official.nlp.tools import export_tfhub_lib

    (folder.parent / "of").mkdir(exist_ok=True)
    vocabulary = encoders.write_vocabulary(folder.parent / "of", cased=cased)
    options = {"tokenize_with_offsets": False, "default_seq_length": 128}
    export_tfhub_lib.export_preprocessing(str(folder), vocab_file=str(vocabulary), do_lower_case=not cased, **options)


def _labse(folder: pathlib.Path) -> None:
    _sentence_encoder(folder, ("default", "encoder_outputs", "pooled_output", "sequence_output"))


def _default_alone(folder: pathlib.Path) -> None:
    _sentence_encoder(folder, ("default",))


def _sentence_encoder(folder: pathlib.Path, outputs: tuple[str, ...]) -> None:
    """Its vocabulary is the cased one of `preprocessor(cased=True)`, which it does not carry."""
    import tf_keras
    from official.nlp.modeling import networks

    vocabulary = len(encoders.VOCABULARY) + len(encoders.CASED_WORDS)
    sizes = {"vocab_size": vocabulary, "hidden_size": WIDTH, "num_layers": 2, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 32, "max_sequence_length": 64, "type_vocab_size": 2}
    encoder = networks.BertEncoder(
        **sizes, dict_outputs=True, initializer=tf_keras.initializers.TruncatedNormal(stddev=0.2)
    )
    inputs = {one.name: one for one in encoder.inputs}
    found = encoder(inputs)
    found["default"] = tf_keras.layers.Dense(WIDTH, name="sentence", activation="tanh")(found["pooled_output"])
    core = tf_keras.Model(inputs=inputs, outputs={name: found[name] for name in outputs})
    core.save(str(folder), include_optimizer=False, save_format="tf")


def _albert(folder: pathlib.Path) -> None:
    import sentencepiece
    import tensorflow as tf
    from official.nlp.configs import encoders as configs
    from official.nlp.tools import export_tfhub_lib

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(sentence_pieces())).get_piece_size()
    sizes = {"vocab_size": pieces, "embedding_width": 8, "hidden_size": WIDTH, "num_layers": 3, "intermediate_size": 32}
    sizes |= {"num_attention_heads": 2, "max_position_embeddings": 64, "type_vocab_size": 2, "initializer_range": 0.2}
    config = configs.EncoderConfig(type="albert", albert=configs.AlbertEncoderConfig(**sizes))
    _, pretrainer = export_tfhub_lib._create_model(encoder_config=config, with_mlm=True)
    path = tf.train.Checkpoint(**pretrainer.checkpoint_items).save(str(folder.parent / "albert.ckpt"))
    export_tfhub_lib.export_model(
        str(folder),
        encoder_config=config,
        model_checkpoint_path=path,
        with_mlm=True,
        sp_model_file=str(sentence_pieces()),
    )


def _electra(folder: pathlib.Path) -> None:
    _bert(folder, embedding_width=8)


def _graph(folder: pathlib.Path) -> None:
    _bert(folder, norm_first=True)


def _bert(folder: pathlib.Path, **options) -> None:
    import tf_keras
    from official.nlp.modeling import networks

    sizes = {"hidden_size": WIDTH, "num_layers": 2, "num_attention_heads": 2, "inner_dim": 32, "type_vocab_size": 2}
    sizes |= {"vocab_size": len(encoders.VOCABULARY), "max_sequence_length": 64}
    normal = tf_keras.initializers.TruncatedNormal(stddev=0.2)
    _write_core(folder, networks.BertEncoder(**sizes, **options, initializer=normal, dict_outputs=True))


def _mobilebert(folder: pathlib.Path) -> None:
    from official.nlp.modeling import networks

    encoder = networks.MobileBERTEncoder(
        word_vocab_size=len(encoders.VOCABULARY),
        word_embed_size=8,
        max_sequence_length=64,
        num_blocks=2,
        hidden_size=WIDTH,
        num_attention_heads=2,
        intermediate_size=32,
        intra_bottleneck_size=8,
        initializer_range=0.2,
    )
    _write_core(folder, encoder)


def _write_core(folder: pathlib.Path, encoder) -> None:
    """As Model Garden's exporter, which has none for these."""
    import tensorflow as tf
    import tf_keras

    inputs = {one.name: one for one in encoder.inputs}
    outputs = encoder(inputs)
    core = tf_keras.Model(inputs=inputs, outputs={**outputs, "default": outputs["pooled_output"]})
    core.vocab_file = tf.saved_model.Asset(str(encoders.write_vocabulary(folder.parent)))
    core.do_lower_case = tf.Variable(True, trainable=False)
    core.save(str(folder), include_optimizer=False, save_format="tf")


def _tf1(folder: pathlib.Path) -> None:
    """Two layers' worth of BERT it has not: tables, a dense layer and a pooler, under Google's names and signatures."""
    import tensorflow as tf
    from tensorflow.compat import v1

    (folder.parent / "of").mkdir(exist_ok=True)
    vocabulary = encoders.write_vocabulary(folder.parent / "of")
    builder = v1.saved_model.Builder(str(folder))
    for number, tags in enumerate(([], ["train"])):
        with tf.Graph().as_default(), v1.Session() as session, v1.variable_scope("module"):
            v1.set_random_seed(7)
            path = tf.constant(str(vocabulary))
            v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, path)
            signatures = {"tokens": _tokens_signature(v1, tf), "tokenization_info": _info_signature(v1, tf, path)}
            if number == 0:
                session.run(v1.global_variables_initializer())
                builder.add_meta_graph_and_variables(
                    session, tags, signatures, assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
                )
            else:
                builder.add_meta_graph(
                    tags, signatures, assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
                )
    builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")  # the file by which tensorflow_hub knows its own form


def _signature(v1, inputs, outputs):
    infos = [{name: v1.saved_model.build_tensor_info(one) for name, one in some.items()} for some in (inputs, outputs)]
    return v1.saved_model.build_signature_def(*infos, method_name="")


def _info_signature(v1, tf, path):
    return _signature(v1, {}, {"vocab_file": tf.identity(path), "do_lower_case": tf.constant(True)})


def _tokens_signature(v1, tf):
    names = ("input_ids", "input_mask", "segment_ids")
    inputs = {name: v1.placeholder(tf.int32, [None, None], name) for name in names}
    ids, mask, types = inputs.values()

    def table(name, *shape):
        return v1.get_variable(name, shape, initializer=v1.truncated_normal_initializer(stddev=0.2))

    words = table("bert/embeddings/word_embeddings", len(encoders.VOCABULARY), WIDTH)
    places = table("bert/embeddings/position_embeddings", 64, WIDTH)
    segments = table("bert/embeddings/token_type_embeddings", 2, WIDTH)
    hidden = tf.gather(words, ids) + tf.gather(segments, types) + places[: tf.shape(ids)[1]]
    weights = tf.cast(mask, tf.float32)[..., None]
    mean = tf.reduce_sum(hidden * weights, 1, keepdims=True) / tf.reduce_sum(weights, 1, keepdims=True)
    hidden = tf.tanh(tf.tensordot(hidden + mean, table("bert/encoder/layer_0/output/dense/kernel", WIDTH, WIDTH), 1))
    hidden.set_shape([None, None, WIDTH])
    pooled = tf.tanh(tf.matmul(hidden[:, 0], table("bert/pooler/dense/kernel", WIDTH, WIDTH)))
    return _signature(v1, inputs, {"pooled_output": pooled, "sequence_output": hidden})


_MAKERS = {
    "tf1": _tf1,
    "labse": _labse,
    "default": _default_alone,
    "albert": _albert,
    "electra": _electra,
    "mobilebert": _mobilebert,
    "graph": _graph,
}
