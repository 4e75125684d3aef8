"""What all systems train with: the recipe of BERT's fine-tuning, the same numbers on every side."""

SAMPLE = "sample/all-MiniLM-L6-v2"  # bert_keras' name of the encoder whose weights all start from
LEARNING_RATE = 5e-5
WARMUP_SHARE = 0.1
WEIGHT_DECAY = 0.01
ADAM_EPSILON = 1e-7
CLIP_NORM = 1.0
DROPOUT = 0.1
ADAMW = {"weight_decay": WEIGHT_DECAY, "epsilon": ADAM_EPSILON, "global_clipnorm": CLIP_NORM}  # as Keras names them
LAYERS, WIDTH, INSIDE = 6, 384, 1536  # of the encoder


def rate_share(step: int, total: int) -> float:
    """The learning rate of update `step`, counted from 0, as a share of its peak: linear warm-up, linear decay."""
    warmup = round(total * WARMUP_SHARE)
    if step < warmup:
        return (step + 1) / max(warmup, 1)
    return max(total - step, 0) / max(total - warmup, 1)
