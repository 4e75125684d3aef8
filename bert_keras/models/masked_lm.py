"""`MaskedLM`: an encoder and BERT's own head, which guesses the words that were masked."""

from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES, MASKED_IDS, MASKED_LM, MASKED_POSITIONS, SEQUENCE_OUTPUT
from bert_keras.models.masked_lm_head import MaskedLMHead
from bert_keras.models.targets import guard_range
from bert_keras.models.task_model import TaskModel


@keras.saving.register_keras_serializable(package="bert_keras")
class MaskedLM(TaskModel):
    """The words behind masks: what BERT was pretrained with, and what it is pretrained further with.

    Called on the three features [batch, seq_length] and `masked_lm_positions` int [batch, predictions], in a dict, it
    returns logits float32 [batch, predictions, vocab_size]; without positions, those of every place. The labels are
    `masked_lm_ids` int [batch, predictions], and `masked_lm_weights` float [batch, predictions] are the
    `sample_weight`: 1, or 0 where a row has fewer masks than there are columns. The loss is the mean cross-entropy of
    the masked places of the batch, each of which counts alike, over replicas and micro-batches too.

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

    kind = MASKED_LM
    settings = ("fresh_head", "seed")
    counts_weights = True

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
        self.head = MaskedLMHead(sizes.vocab_size, sizes.hidden_size, encoder.gelu, deviation, seed, name="head")
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
        sequence = self.encoder(features, training=training)[SEQUENCE_OUTPUT]
        batch, length = ops.shape(sequence)[0], ops.shape(sequence)[1]
        if MASKED_POSITIONS in inputs:
            places = guard_range(MASKED_POSITIONS, inputs[MASKED_POSITIONS], length, "places of tokens in the row")
        else:
            places = ops.broadcast_to(ops.arange(length)[None], (batch, length))
        return self.head(sequence, places, self.encoder.word_table)

    def compile(self, optimizer: Any = None, loss: Any = None, metrics: Any = None, **kwargs: Any) -> None:
        """Keras' `compile`; without a loss and metrics it shows the accuracy of the places that count."""
        if loss is None and metrics is None:
            accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
            kwargs.setdefault("weighted_metrics", [accuracy])
        super().compile(optimizer, loss, metrics, **kwargs)

    @property
    def trainable_weights(self) -> list[keras.Variable]:
        """The weights that `fit` trains: not the pooler's, whose output the head does not read."""
        return self._read(super().trainable_weights)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The same weights."""
        return self._read(super().trainable_variables)

    def _read(self, variables: list[keras.Variable]) -> list[keras.Variable]:
        unread = {id(weight) for name, weight in self.encoder.named_weights().items() if "pooler" in name}
        return [variable for variable in variables if id(variable) not in unread]

    def default_loss(self) -> keras.losses.Loss:
        # The mean over what counts, not over what is there: rows are filled up to one number of predictions.
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight")

    def check_targets(self, name: str, targets: Any) -> None:
        if isinstance(targets, dict):
            must = f"be an array, {MASKED_IDS}, with the weights as `sample_weight`"
            raise TypeError(checks.message(name, must, sorted(targets)))
        size = self.encoder.config.vocab_size
        if targets.dtype.kind not in "iu" or targets.ndim != 2:
            must = "be integers [rows, predictions], the ids that were masked"
            raise ValueError(checks.message(name, must, f"{targets.dtype.name} {targets.shape}"))
        if targets.size and not 0 <= targets.min() <= targets.max() < size:
            must = f"lie between 0 and {size - 1}, the vocabulary"
            raise ValueError(checks.message(name, must, [int(targets.min()), int(targets.max())]))

    def guard_targets(self, targets: Any, outputs: Any) -> Any:
        if targets is None:
            advice = "bk.load_masked makes such batches: (features, masked_lm_ids, masked_lm_weights)."
            raise ValueError(checks.message("labels", "be there to train or evaluate on", None, advice))
        return guard_range("labels", targets, ops.shape(outputs)[-1], "ids of the vocabulary")

    def features_like(self, labels: Any) -> dict[str, np.ndarray]:
        places = np.zeros((1, labels.shape[1]), "int32")
        return {**super().features_like(labels), MASKED_POSITIONS: places}
