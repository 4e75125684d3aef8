"""A program that runs the native encoder on NumPy's backend where TensorFlow cannot be imported."""

WITHOUT_TENSORFLOW = """
import importlib.abc, importlib.util, sys, unittest.mock
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in ("tensorflow", "tf_keras", "tensorflow_text", "tensorflow_hub"):
            raise ImportError(f"{name} must not be imported")
        if top == "jax":
            return importlib.util.spec_from_loader(name, self, is_package=True)
    def create_module(self, spec):
        module = unittest.mock.MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Finder())
import keras
import numpy as np
from bert_keras.encoders.bert_encoder import BertEncoder
assert keras.backend.backend() == "numpy"
weights, features, out = (dict(np.load(path)) if path.endswith("in.npz") else path for path in sys.argv[1:])
sizes = {name: int(weights.pop(name)) for name in list(weights) if "/" not in name}
encoder = BertEncoder(**sizes)
for name, weight in encoder.named_weights().items():
    weight.assign(weights[name])
outputs = encoder(features, training=False)
np.savez(out, pooled=outputs["pooled_output"], sequence=outputs["sequence_output"])
"""
