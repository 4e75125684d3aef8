"""`MULTIPLE_CHOICE`: which of several texts goes with a prompt."""

from typing import Any

from keras import ops

from bert_keras.features import POOLED_OUTPUT
from bert_keras.multiple_choice.choice_evaluator import ChoiceEvaluator
from bert_keras.multiple_choice.choice_predictor import ChoicePredictor
from bert_keras.multiple_choice.choice_task import ChoiceTask
from bert_keras.multiple_choice.holds_choices import holds_choices
from bert_keras.multiple_choice.load_choices import SWAG, load_choices, load_swag
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.multiple_choice.served_choices import ServedChoices
from bert_keras.tuned.foreign_head import ForeignHead
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.portable_head import PortableHead


def _portable(model: Any, config: dict[str, Any]) -> PortableHead:
    kernel, bias = map(ops.convert_to_numpy, model.scorer.weights)
    return PortableHead(
        architecture="BertForMultipleChoice",
        layer="classifier",
        reads=POOLED_OUTPUT,
        kernel=kernel,
        bias=bias,
        activation="softmax",
        choices=True,
        settings={"num_choices": model.num_choices},
    )


def _imported(encoder: Any, head: ForeignHead) -> MultipleChoice:
    head.check_columns(1, "the score of a choice")
    described = head.described(seq_length=head.length(128))
    model = MultipleChoice(encoder, head.settings.get("num_choices", 4), head.dropout, task_config=described)
    head.fill(model.scorer)
    return model


MULTIPLE_CHOICE = Kind(
    task=ChoiceTask,
    model=MultipleChoice,
    make_model=lambda data, encoder, recipe: MultipleChoice(
        encoder, data.num_choices, recipe.dropout, seed=recipe.seed
    ),
    recipe_fields=("dropout", "reinit_layers"),
    evaluator=ChoiceEvaluator,
    predictor=ChoicePredictor,
    served=ServedChoices,
    portable=_portable,
    imported=_imported,
    tasks={SWAG: load_swag},
    open_files=load_choices,
    holds=holds_choices,
    described="rows with a prompt and choices",
)
