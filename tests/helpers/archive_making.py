"""Archives for the tests, whole and hostile."""

import gzip
import io
import tarfile
from collections.abc import Mapping

MODEL_FILES = {
    "saved_model.pb": b"graph",
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00001": b"weights" * 100,
    "assets/vocab.txt": b"[PAD]\n[UNK]\n",
}


def member(name: str, content: bytes = b"", **fields) -> tuple[tarfile.TarInfo, bytes]:
    """A tar member with any fields: member('a', type=tarfile.SYMTYPE, linkname='/etc')."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def packed(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz", **options) -> bytes:
    """A .tar.gz of these members, in their order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, **options) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def model_archive(files: Mapping[str, bytes] = MODEL_FILES, prefix: str = "") -> bytes:
    """A .tar.gz of a SavedModel's files below `prefix`, folders before their files as in TF-Hub's own."""
    folders = dict.fromkeys(prefix + name.rpartition("/")[0] for name in files if "/" in name)
    members = [member(folder, type=tarfile.DIRTYPE, mode=0o755) for folder in folders]
    return packed(*members, *(member(prefix + name, content) for name, content in files.items()))


def gzipped(tar_bytes: bytes) -> bytes:
    return gzip.compress(tar_bytes, 1)
