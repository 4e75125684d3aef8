"""Sizes of the encoders, and the ways to run them that are compared."""

SIZES = {
    "base": {"num_layers": 12, "hidden_size": 768, "num_heads": 12},
    "large": {"num_layers": 24, "hidden_size": 1024, "num_heads": 16},
    "tiny": {"num_layers": 2, "hidden_size": 64, "num_heads": 2},  # to try the script where there is no GPU
}
VOCAB_SIZE, MAX_POSITIONS = 30522, 512
RATE, WEIGHT_DECAY, CLIP_NORM, EPSILON = 2e-5, 0.01, 1.0, 1e-6
