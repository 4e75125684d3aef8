"""`lean_imports`: TensorFlow and Keras come without what they only take along, which others still find."""

import gc
import os
import subprocess
import sys

LEAN = """
import sys
from bert_keras.cli.lean_imports import lean_imports
lean_imports()
lean_imports()
assert sum(type(finder).__module__.endswith("lean_imports") for finder in sys.meta_path) == 1
import keras, tensorflow
print([name for name in ("sklearn", "matplotlib", "jax", "scipy") if name in sys.modules])
import scipy.stats
import pandas, PIL
import bert_keras as bk
print(bk.evaluate.__name__, pandas.DataFrame({"a": [1]}).shape)
"""


def test_what_is_hidden_from_the_two_is_there_for_all_others():
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run([sys.executable, "-c", LEAN], env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "evaluate (1, 1)"], done.stderr[-2000:]


def test_the_command_line_collects_garbage_less_often(command):
    assert command("--help")[0] == 0
    assert gc.get_threshold() == (50_000, 20, 20)
