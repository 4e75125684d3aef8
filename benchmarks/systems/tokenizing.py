"""A WordPiece tokenizer on one core: `library` says whether bert_keras' or Hugging Face's `tokenizers`."""

import hashlib
import json
import os
import sys
import time
from typing import Any

import numpy as np
from common.channel import Channel
from common.huggingface_files import sample_folder

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before a library counts the cores
os.environ["RAYON_NUM_THREADS"] = "1"


class BertKeras:
    """`bk.Tokenizer`."""

    def __init__(self) -> None:
        import bert_keras as bk

        self.tokenizer = bk.Tokenizer(str(sample_folder() / "vocab.txt"))

    def ids(self, texts: list[str]) -> Any:
        return self.tokenizer(texts)

    def ids_with_offsets(self, texts: list[str]) -> Any:
        return self.tokenizer.tokenize_with_offsets(texts)

    def listed(self, texts: list[str]) -> list[list[list[int]]]:
        return [list(row) for row in zip(*(part.to_list() for part in self.ids_with_offsets(texts)), strict=True)]


class HuggingFace:
    """`tokenizers.Tokenizer`, which always works out offsets but in `encode_batch_fast`."""

    def __init__(self) -> None:
        import tokenizers

        self.tokenizer = tokenizers.Tokenizer.from_file(str(sample_folder() / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def ids(self, texts: list[str]) -> Any:
        return self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)

    def ids_with_offsets(self, texts: list[str]) -> Any:
        return self.tokenizer.encode_batch(texts, add_special_tokens=False)

    def listed(self, texts: list[str]) -> list[list[list[int]]]:
        rows = self.ids_with_offsets(texts)
        return [[row.ids, [start for start, _ in row.offsets], [stop for _, stop in row.offsets]] for row in rows]


class System:
    """Seconds of a tokenizer, and what it found."""

    def __init__(self, library: str) -> None:
        self.tokenizer = {"bert_keras": BertKeras, "tokenizers": HuggingFace}[library]()

    def digests(self, texts: list[str]) -> list[list[str]]:
        """Of each text a digest of its ids, and one of ids and offsets."""
        found = []
        for parts in self.tokenizer.listed(texts):
            stored = [np.array(part, "int32").tobytes() for part in parts]
            found.append([hashlib.sha256(stored[0]).hexdigest(), hashlib.sha256(b"".join(stored)).hexdigest()])
        return found

    def seconds(self, texts: list[str], offsets: bool) -> float:
        """Seconds of one call."""
        work = self.tokenizer.ids_with_offsets if offsets else self.tokenizer.ids
        start = time.perf_counter()
        work(texts)
        return time.perf_counter() - start


if __name__ == "__main__":
    talk, system = Channel(), System(**json.loads(sys.argv[1]))
    talk.serve({"digests": system.digests, "seconds": system.seconds})
