"""A model of choices on a part of its task."""

from bert_keras import checks
from bert_keras.metrics.classification import score
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.tuned.evaluator import Evaluator, logits_of


class ChoiceEvaluator(Evaluator):
    """A `bk.MultipleChoice` on a part: the share of prompts whose right choice got the most."""

    def __call__(self) -> dict[str, float]:
        if not isinstance(self.model, MultipleChoice):
            raise TypeError(checks.message("model", "be a bk.MultipleChoice", self.model))
        if self.model.num_choices != self.data.num_choices:
            must = f"be for {self.data.task}, with num_choices={self.data.num_choices}"
            raise ValueError(checks.message("model", must, self.model.num_choices))
        split = self.data.split(self.part)
        if split.examples.labels is None:
            raise ValueError(checks.message("part", "have labels", self.part))
        predictions = logits_of(self.model, split, self.data.batch_size).argmax(axis=-1)
        return score(self.data.metrics, predictions, split.examples.labels)
