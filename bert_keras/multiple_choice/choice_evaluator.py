"""`ChoiceEvaluator`: a model of choices on a part of its task."""

from bert_keras import checks
from bert_keras.metrics.classification import score
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.tuned.evaluator import Evaluator, logits_of


class ChoiceEvaluator(Evaluator):
    """A `bk.MultipleChoice` on a part: the share of prompts whose right choice got the most."""

    model_class = MultipleChoice
    sizes = ("num_choices",)

    def __call__(self) -> dict[str, float]:
        split = self.data.split(self.part)
        if split.examples.labels is None:
            raise ValueError(checks.message("part", "have labels", self.part))
        predictions = logits_of(self.model, split, self.data.batch_size).argmax(axis=-1)
        return score(self.data.metrics, predictions, split.examples.labels)
