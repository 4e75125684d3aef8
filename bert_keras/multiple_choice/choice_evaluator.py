"""`ChoiceEvaluator`: a model of choices on a part of its task."""

from bert_keras import checks
from bert_keras.metrics.classification import score
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.tuned.evaluator import Evaluator, logits_of, mean_loss


class ChoiceEvaluator(Evaluator):
    """A `bk.MultipleChoice` on a part: the share of prompts whose right choice got the most."""

    model_class = MultipleChoice
    sizes = ("num_choices",)
    tells_loss = True

    def __call__(self) -> dict[str, float]:
        split = self.data.split(self.part)
        if split.examples.labels is None:
            raise ValueError(checks.message("part", "have labels", self.part))
        logits = logits_of(self.model, split, self.data.batch_size)
        self.loss = mean_loss(self.model, split.examples.labels, logits)
        return score(self.data.metrics, logits.argmax(axis=-1), split.examples.labels)
