"""`MaskedLM`: an encoder and BERT's own head, which guesses the words that were masked."""

from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES, MASKED_IDS, MASKED_POSITIONS
from bert_keras.masked_lm.masked_lm_head import MaskedLMHead
from bert_keras.models.labelled_tokens import TokenLabelModel
from bert_keras.models.targets import guard_range


@keras.saving.register_keras_serializable(package="bert_keras")
class MaskedLM(TokenLabelModel):
    """The words behind masks: what BERT was pretrained with, and what it is pretrained further with.

    Called on the three features [batch, seq_length] and `masked_lm_positions` int [batch, predictions], in a dict, it
    returns logits float32 [batch, predictions, vocab_size]; without positions, those of every place. The labels are
    `masked_lm_ids` int [batch, predictions], -1 where a row has fewer masks than there are columns. The loss is the
    mean cross-entropy of the masked places of the batch, each of which counts alike, over replicas and micro-batches
    too.

    The output matrix is the encoder's word table. The head is the one that came with the encoder's weights (TF-Hub's
    BERT encoders from version 3 on carry one, `mlm`), or a fresh one. The pooler is not trained: the head does not read
    it.

    >>> encoder = bk.load_encoder("bert_en_uncased_L-12_H-768_A-12", native=True)
    >>> model = bk.MaskedLM(encoder)
    >>> data = bk.load_masked(["a text", "another"], encoder)
    >>> model.fit(data.train, epochs=2)
    >>> bk.save_encoder(encoder, "encoders/mine", mlm=model.head)

    Args:
        encoder: a native one: `bk.load_encoder(handle, native=True)` or `bk.BertEncoder(...)`.
        fresh_head: whether the head is a new one whatever came with the weights.
        seed: of a fresh head; None draws from Keras' global seed.
    """

    kind = "masked_lm"
    settings = ("fresh_head", "seed")

    def __init__(
        self, encoder: keras.layers.Layer, fresh_head: bool = False, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(encoder, **kwargs)
        if not hasattr(encoder, "word_table"):
            must = "be a native encoder, whose word table the head shares"
            advice = "Pass bk.load_encoder(handle, native=True) or bk.BertEncoder(…)."
            raise ValueError(checks.message("encoder", must, encoder, advice))
        self.fresh_head = checks.boolean("fresh_head", fresh_head)
        self.seed = seed
        sizes = encoder.config
        deviation = encoder.initializer_range
        width, options = sizes.hidden_size, {"seed": seed, "name": "head", "embedding_size": sizes.embedding_size}
        options["epsilon"] = encoder.layer_norm_epsilon
        self.head = MaskedLMHead(sizes.vocab_size, width, encoder.gelu, deviation, **options)
        if encoder.mlm_weights is not None and not fresh_head:
            self.head.set_weights_by_name(encoder.mlm_weights)
        self.compile()
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if not isinstance(inputs, dict) or not set(FEATURE_NAMES) <= set(inputs):
            must = f"be a dict of {', '.join(FEATURE_NAMES)} and {MASKED_POSITIONS}"
            received = sorted(inputs) if isinstance(inputs, dict) else type(inputs).__name__
            raise ValueError(checks.message("inputs", must, received, "bk.load_masked makes such batches."))
        features = {name: inputs[name] for name in FEATURE_NAMES}
        sequence = self.sequence_output(features, training)
        batch, length = ops.shape(sequence)[0], ops.shape(sequence)[1]
        if MASKED_POSITIONS in inputs:
            places = guard_range(MASKED_POSITIONS, inputs[MASKED_POSITIONS], length, "places of tokens in the row")
        else:
            places = ops.broadcast_to(ops.arange(length)[None], (batch, length))
        return self.head(sequence, places, self.encoder.word_table)

    @property
    def token_classes(self) -> int:
        return self.encoder.config.vocab_size

    def check_targets(self, name: str, targets: Any) -> None:
        if isinstance(targets, dict):
            raise TypeError(checks.message(name, f"be an array, {MASKED_IDS}", sorted(targets)))
        super().check_targets(name, targets)

    def features_like(self, labels: Any) -> dict[str, np.ndarray]:
        return {**super().features_like(labels), MASKED_POSITIONS: np.zeros(labels.shape, "int32")}
