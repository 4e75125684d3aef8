"""Writes tests/helpers/keras_hub_preset.zip: a tiny preset as KerasHub writes it, and what KerasHub answers with it.

Run where keras-hub is installed, which the tests' own environment does not have (0.32.0 wrote the file that is there):

    pip install --no-deps keras-hub
    python tools/keras_hub_preset.py
"""

import io
import pathlib
import tempfile
import zipfile

import keras_hub
import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[1] / "tests" / "helpers" / "keras_hub_preset.zip"
PIECES = "[PAD] [UNK] [CLS] [SEP] [MASK] the a film good bad ##s ##ed was not very is . , ! ?".split()
SIZES = {"num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 12, "max_sequence_length": 16}


def main() -> None:
    """Draws every weight, so that each counts, and writes the preset and its outputs."""
    models, random = keras_hub.models, np.random.default_rng(0)
    backbone = models.BertBackbone(vocabulary_size=len(PIECES), num_segments=2, dropout=0.2, **SIZES)
    tokenizer = models.BertTokenizer(vocabulary=PIECES, lowercase=True)
    masked = models.BertMaskedLM(backbone, preprocessor=models.BertMaskedLMPreprocessor(tokenizer, sequence_length=16))
    for weight in masked.weights:
        weight.assign(random.normal(1.0 if "gamma" in weight.path else 0.0, 0.4, weight.shape))
    ids = random.integers(0, len(PIECES), (3, 9)).astype("int32")
    mask = (np.arange(9)[None] < np.array([[9], [6], [3]])).astype("int32")
    types = random.integers(0, 2, (3, 9)).astype("int32")
    features = {"token_ids": ids, "padding_mask": mask, "segment_ids": types}
    places = np.array([[0, 2], [1, 5], [2, 1]], "int32")
    outputs = {name: np.asarray(values) for name, values in backbone(features).items()}
    logits = np.asarray(masked({**features, "mask_positions": places}))
    held = io.BytesIO()
    np.savez(held, input_word_ids=ids, input_mask=mask, input_type_ids=types, places=places, logits=logits, **outputs)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED) as packed:
        masked.save_to_preset(folder)
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(folder))
        packed.writestr("outputs.npz", held.getvalue())
    print(f"{OUT}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
