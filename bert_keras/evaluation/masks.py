"""A model of masked words on a part of texts, whose masks are always the same."""

import math

from bert_keras import checks
from bert_keras.evaluation.evaluator import Evaluator

_MOST = 700.0  # exp of more is no float


class MaskedEvaluator(Evaluator):
    """A `bk.MaskedLM` on each split of a part: every masked place counts alike.

    `masked_accuracy` is the share, in [0, 1], of the masked tokens that the model puts first; `masked_loss` the mean
    cross-entropy in nats; `perplexity` e to the power of that.
    """

    def __call__(self) -> dict[str, float]:
        if not getattr(self.model, "counts_weights", False):
            raise TypeError(checks.message("model", "be a bk.MaskedLM", self.model))
        scores = {}
        for place, name in enumerate(self.data.names_of(self.part)):
            split = self.data.split(name)
            order = split.order(self.data.batch_size)
            found = self.model.evaluate(split.dataset(order), verbose=0, return_dict=True)
            if "accuracy" not in found:
                advice = "Call model.compile(optimizer) with the optimizer alone."
                raise ValueError(checks.message("model", "be compiled with its own loss", sorted(found), advice))
            loss, ending = float(found["loss"]), "" if place == 0 else name.removeprefix(self.part)
            scores[f"masked_accuracy{ending}"] = float(found["accuracy"])
            scores[f"masked_loss{ending}"] = loss
            scores[f"perplexity{ending}"] = math.exp(min(loss, _MOST))
        return scores
