"""Worker: Hugging Face's BERT in PyTorch: torch.compile, SDPA, bfloat16 autocast, fused AdamW."""

import json
import sys
import time

import numpy as np
import torch
import transformers
from common.channel import Channel

from gpu import rows, settings

NAMES = {
    "word_embeddings/embeddings": "embeddings.word_embeddings.weight",
    "position_embedding/embeddings": "embeddings.position_embeddings.weight",
    "type_embeddings/embeddings": "embeddings.token_type_embeddings.weight",
    "embeddings/layer_norm": "embeddings.LayerNorm",
    "pooler_transform": "pooler.dense",
    "self_attention/query": "attention.self.query",
    "self_attention/key": "attention.self.key",
    "self_attention/value": "attention.self.value",
    "self_attention/attention_output": "attention.output.dense",
    "self_attention_layer_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_layer_norm": "output.LayerNorm",
}
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class FirstTokens(torch.nn.Module):
    """BERT's classifier over packed or padded rows; the first tokens are given by their places in the rows."""

    def __init__(self, size: dict, attention_dropout: float, dropout: float) -> None:
        super().__init__()
        width = size["hidden_size"]
        config = transformers.BertConfig(
            vocab_size=settings.VOCAB_SIZE,
            num_hidden_layers=size["num_layers"],
            hidden_size=width,
            num_attention_heads=size["num_heads"],
            intermediate_size=4 * width,
            max_position_embeddings=settings.MAX_POSITIONS,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=attention_dropout,
            attn_implementation="sdpa",
        )
        self.bert = transformers.BertModel(config)
        self.dropout = torch.nn.Dropout(dropout)
        self.head = torch.nn.Linear(width, 2)

    def forward(self, word_ids, mask, type_ids, position_ids, firsts, labels):
        hidden = self.bert.embeddings(input_ids=word_ids, token_type_ids=type_ids, position_ids=position_ids)
        hidden = self.bert.encoder(hidden, attention_mask=mask).last_hidden_state
        first = hidden.reshape(-1, hidden.shape[-1])[firsts]
        logits = self.head(self.dropout(torch.tanh(self.bert.pooler.dense(first))))
        return torch.nn.functional.cross_entropy(logits.float(), labels, ignore_index=rows.NO_LABEL)


class Training:
    """Steps of training, over the batches again and again."""

    def __init__(self, job: dict) -> None:
        torch.manual_seed(0)
        self.precision = job["precision"]
        self.packed = job["packed"]
        self.model = FirstTokens(settings.SIZES[job["size"]], job["attention_dropout"], job["dropout"]).to(DEVICE)
        self.model.train()
        made = rows.batches(job["task"], job["packed"], job["rows"], job["batches"], settings.VOCAB_SIZE)
        most = max(int((batch["labels"] != rows.NO_LABEL).sum()) for batch in made)
        self.batches = [self._tensors(batch, most) for batch in made]
        plain = [p for n, p in self.model.named_parameters() if "bias" in n or "LayerNorm" in n]
        names = {id(p) for p in plain}
        decayed = [p for p in self.model.parameters() if id(p) not in names]
        groups = [{"params": decayed, "weight_decay": settings.WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=settings.RATE, eps=settings.EPSILON, fused=DEVICE == "cuda")
        self.run = torch.compile(self.model, dynamic=False) if job["compiled"] else self.model
        self.steps = 0

    def weights(self, path: str) -> str:
        """Writes the weights under TF-Hub's names."""
        state = {name: value.detach().cpu().numpy() for name, value in self.model.bert.state_dict().items()}
        stored = {}
        for ours, theirs in NAMES.items():
            is_table = theirs.endswith(".weight")
            in_layer = ours.startswith(("self_attention", "intermediate", "output"))
            layers = range(self.model.bert.config.num_hidden_layers) if in_layer else (None,)
            for layer in layers:
                before = "" if layer is None else f"transformer/layer_{layer}/"
                there = theirs if layer is None else f"encoder.layer.{layer}.{theirs}"
                if is_table:
                    stored[before + ours] = state[there]
                    continue
                names = ("gamma", "beta") if "norm" in ours else ("kernel", "bias")
                stored[f"{before}{ours}/{names[0]}"] = state[f"{there}.weight"].T
                stored[f"{before}{ours}/{names[1]}"] = state[f"{there}.bias"]
        np.savez(path, **stored, **{"head/kernel": self.model.head.weight.detach().cpu().numpy().T})
        torch.nn.init.zeros_(self.model.head.bias)
        return path

    def losses(self, count: int) -> list[float]:
        """The loss of each of the first steps."""
        return [float(self._step()) for _ in range(count)]

    def seconds(self, count: int) -> float:
        """Of so many steps, the last one's numbers awaited."""
        start = time.perf_counter()
        for _ in range(count):
            loss = self._step()
        float(loss)
        return time.perf_counter() - start

    def _step(self) -> torch.Tensor:
        batch = self.batches[self.steps % len(self.batches)]
        batch = {name: value.to(DEVICE, non_blocking=True) for name, value in batch.items()}
        if self.packed:
            texts = (batch["position_ids"] == 0).cumsum(1)
            seen = (texts[:, None, :, None] == texts[:, None, None, :]) & (batch["mask"] == 1)[:, None, None, :]
            seen = seen | torch.eye(seen.shape[-1], dtype=torch.bool, device=seen.device)
        else:
            seen = (batch["mask"] == 1)[:, None, None, :].expand(-1, 1, batch["mask"].shape[1], -1)
        self.steps += 1
        with torch.autocast(DEVICE, torch.bfloat16, enabled=self.precision == "bfloat16"):
            loss = self.run(**{**batch, "mask": seen})
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.CLIP_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def _tensors(self, batch: dict, most: int) -> dict:
        """With the places of the first tokens, as many as the batch with the most has."""
        places = np.flatnonzero(batch["labels"].ravel() != rows.NO_LABEL)
        spare = most - len(places)
        firsts = np.concatenate([places, np.zeros(spare, "int64")])
        labels = np.concatenate([batch["labels"].ravel()[places], np.full(spare, rows.NO_LABEL)]).astype("int64")
        made = {name: torch.from_numpy(batch[name].astype("int64")) for name in rows.FEATURES[:4]}
        made |= {"firsts": torch.from_numpy(firsts), "labels": torch.from_numpy(labels)}
        return {name: value.pin_memory() if DEVICE == "cuda" else value for name, value in made.items()}


def main() -> None:
    channel = Channel()
    job = json.loads(sys.argv[1])
    if job["precision"] == "float32":
        torch.set_float32_matmul_precision("highest")
    training = Training(job)

    def end() -> dict[str, int | None]:
        return {"peak_bytes": torch.cuda.max_memory_allocated() if DEVICE == "cuda" else None}

    jobs = {"weights": training.weights, "losses": training.losses, "steps": training.seconds}
    channel.serve({**jobs, "train": lambda: "ready", "end": end})


if __name__ == "__main__":
    main()
