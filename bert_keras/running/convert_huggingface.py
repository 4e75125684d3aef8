"""`convert_huggingface`: Hugging Face's files of a BERT on to a TF-Hub SavedModel."""

import os

from bert_keras import checks
from bert_keras.encoders.huggingface.native_arguments import bad_folder
from bert_keras.encoders.huggingface.place import huggingface_place, is_huggingface
from bert_keras.foreign_names import foreign_names
from bert_keras.running.convert import convert


@checks.answers(**foreign_names("convert_huggingface"))
def convert_huggingface(folder: str | os.PathLike, out: str | os.PathLike, lower_case: bool | None = None) -> str:
    """Writes the BERT in `folder` (config.json, safetensors, the tokenizer's files) to `out`, and returns `out`.

    It is `bk.convert` of such a folder: pooler and masked-word head go along. Its texts are cut as Hugging Face cuts
    them, where `bk.load_encoder` loads what is written; other programs that read the vocabulary and `do_lower_case`
    alone cut them as TF-Hub does.

    Args:
        folder: as `save_pretrained` writes it, or `hf://owner/name`; see `bk.load_encoder`.
        out: a new folder.
        lower_case: whether its text is lower-cased; None is as the tokenizer's files say.

    Raises:
        ValueError: if a file is missing or damaged, the model is no BERT, or its tokenizer is not obeyed here.
        FileExistsError: if `out` exists and is not empty.
    """
    place = huggingface_place(folder)
    if not is_huggingface(str(place)):
        names = ", ".join(sorted(path.name for path in place.iterdir())) if place.is_dir() else "no such folder"
        must = "hold config.json and safetensors, as Hugging Face writes them"
        raise ValueError(bad_folder(place, must, f"There is: {names or 'nothing'}."))
    return convert(place, out, lower_case=lower_case)
