"""Hugging Face's `Trainer` with its fused AdamW, on the batches that were made once.

Its settings are `compiled` (`torch.compile` for any length) and `precision`, float32 or bfloat16 by autocast.
"""

import json
import math
import sys
import tempfile
from typing import Any

import torch
from common import recipe
from common.batches import Batches
from common.channel import Blocks, Channel
from common.huggingface_files import load_model, sample_folder
from common.products import SHAPE, rate
from transformers import (
    AutoTokenizer,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)


class System:
    """One way to run the Trainer."""

    def __init__(self, channel: Channel, compiled: bool = False, precision: str = "float32") -> None:
        self.channel = channel
        self.compiled = compiled
        self.precision = precision

    def losses(self, task: dict[str, Any], path: str, steps: int) -> list[float]:
        """The loss of each of the first steps, without dropout."""
        trainer = self._trainer(task, path, steps, dropout=0.0)
        trainer.seen = []
        trainer.train()
        return [float(loss) for loss in trainer.seen]

    def train(self, task: dict[str, Any], path: str, steps: int) -> str:
        """One `train` in blocks of steps, as the conductor asks for them."""
        trainer = self._trainer(task, path, steps, dropout=recipe.DROPOUT)
        trainer.add_callback(_Turns(Blocks(self.channel)))
        trainer.train()
        return "ended"

    def product(self, dtype: str) -> float:
        """Operations a second of PyTorch's matrix product."""
        rows, inner, columns = SHAPE
        left, right = (torch.ones(size, dtype=getattr(torch, dtype)) for size in ((rows, inner), (inner, columns)))
        with torch.inference_mode():
            return rate(lambda: torch.matmul(left, right)[0, 0].item())

    def _trainer(self, task: dict[str, Any], path: str, steps: int, dropout: float) -> "_OrderedTrainer":
        batches = Batches.read(path)
        questions = task["kind"] == "questions"
        kind = _MaskedAnswers if questions and not dropout else BertForQuestionAnswering
        model = load_model(kind if questions else BertForSequenceClassification, dropout)
        head = model.qa_outputs if questions else model.classifier
        with torch.no_grad():
            head.weight.copy_(torch.tensor(batches.kernel.T))
            head.bias.copy_(torch.tensor(batches.bias))
        if self.compiled:
            model.compile(dynamic=True)
        arguments = TrainingArguments(
            output_dir=tempfile.mkdtemp(),
            max_steps=steps,
            learning_rate=recipe.LEARNING_RATE,
            weight_decay=recipe.WEIGHT_DECAY,
            adam_epsilon=recipe.ADAM_EPSILON,
            max_grad_norm=recipe.CLIP_NORM,
            optim="adamw_torch_fused",
            bf16=self.precision == "bfloat16",
            logging_strategy="no",
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        )
        collator = DataCollatorWithPadding(AutoTokenizer.from_pretrained(sample_folder()))
        trainer = _OrderedTrainer(model=model, args=arguments, data_collator=collator, train_dataset=_Rows(batches))
        trainer.batches = batches
        return trainer


class _Rows(torch.utils.data.Dataset):
    """The rows as the examples that a tokenizer would have made."""

    def __init__(self, batches: Batches) -> None:
        starts = batches.starts
        names = ("labels",) if batches.labels.shape[1] == 1 else ("start_positions", "end_positions")
        self.rows = []
        for row in range(len(starts) - 1):
            ids, types = (part[starts[row] : starts[row + 1]].tolist() for part in (batches.ids, batches.types))
            labels = dict(zip(names, batches.labels[row].tolist(), strict=True))
            self.rows.append({"input_ids": ids, "token_type_ids": types, "attention_mask": [1] * len(ids), **labels})

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return self.rows[row]


class _OrderedTrainer(Trainer):
    """The Trainer, on given batches, with the rate of `recipe.rate_share` and the epsilon of Keras' Adam."""

    batches: Batches
    seen: list | None = None

    def get_train_dataloader(self) -> Any:
        order = [list(self.batches.rows(batch)) for batch in range(len(self.batches))]
        loader = torch.utils.data.DataLoader(self.train_dataset, batch_sampler=order, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        share = _Share(num_training_steps)
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer or self.optimizer, share)
        return self.lr_scheduler

    def training_step(self, *arguments: Any, **keywords: Any) -> torch.Tensor:
        # Keras adds epsilon to the root of the second moment before its bias is corrected, PyTorch after it.
        for group in self.optimizer.param_groups:
            group["eps"] = recipe.ADAM_EPSILON / math.sqrt(1.0 - group["betas"][1] ** (self.state.global_step + 1))
        loss = super().training_step(*arguments, **keywords)
        if self.seen is not None:
            self.seen.append(loss.item())
        return loss


class _Share:
    def __init__(self, total: int) -> None:
        self.total = total

    def __call__(self, step: int) -> float:
        return recipe.rate_share(step, self.total)


class _MaskedAnswers(BertForQuestionAnswering):
    """For the check of losses: padding takes no part in the softmax over the places of an answer, as in bert_keras."""

    def forward(self, input_ids, attention_mask, token_type_ids, start_positions, end_positions, **ignored):
        output = super().forward(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        hidden = -1e4 * (1.0 - attention_mask.float())
        entropy = torch.nn.functional.cross_entropy
        start = entropy(output.start_logits + hidden, start_positions)
        return {"loss": (start + entropy(output.end_logits + hidden, end_positions)) / 2}


class _Turns(TrainerCallback):
    """Steps in blocks."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks

    def on_step_begin(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        control.should_training_stop = not self.blocks.begin()

    def on_step_end(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        if not self.blocks.step_ended():
            control.should_training_stop = True


if __name__ == "__main__":
    talk = Channel()
    system = System(talk, **json.loads(sys.argv[1]))
    talk.serve({name: getattr(system, name) for name in ("losses", "train", "product")})
