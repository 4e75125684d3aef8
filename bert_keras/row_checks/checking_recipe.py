"""`CHECKING_RECIPE`: how `bk.check_rows` fine-tunes where nobody says otherwise."""

from bert_keras.features import MEAN
from bert_keras.optimization.recipe import Recipe

HOWS = ("tuned", "frozen")
TUNED, FROZEN = HOWS
# Large batches, as a model for each fold is wanted soon; the mean of all tokens, as encoders of sentences are meant.
CHECKING_RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=7e-5, pooling=MEAN)
