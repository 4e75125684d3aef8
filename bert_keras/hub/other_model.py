"""`other_model`: what a name says that is none of the catalogue's: another kind of model, or another hub's BERT."""

import re

# What users of another hub type first.
HUGGING_FACE_NAMES = {
    "bert-base-uncased": "bert_en_uncased_L-12_H-768_A-12",
    "bert-base-cased": "bert_en_cased_L-12_H-768_A-12",
    "bert-large-uncased": "bert_en_uncased_L-24_H-1024_A-16",
    "bert-large-cased": "bert_en_cased_L-24_H-1024_A-16",
    "bert-base-chinese": "bert_zh_L-12_H-768_A-12",
    "bert-base-multilingual-cased": "bert_multi_cased_L-12_H-768_A-12",
}
_SENTENCES = "A BERT for sentences is 'google/universal-sentence-encoder-cmlm/en-base' or 'google/LaBSE'."
_WORDS = "a table of word vectors, whose mean is a text's, and no BERT"
_LAYER = "`bk.hub.KerasLayer` runs it on strings."
# From a part of a name, in small letters, to what it is and what is near.
_OTHERS = (
    (r"cmlm", ""),
    (r"(^|/)elmo(/|$|_)", f"ELMo, two LSTMs that give a vector a word, and no BERT. {_LAYER} {_SENTENCES}"),
    (
        r"universal-sentence-encoder|(^|/)use(-(lite|large|qa))?(/|$)",
        f"the Universal Sentence Encoder, which makes vectors of strings, and no BERT. {_LAYER} {_SENTENCES}",
    ),
    (r"(^|/)(random-)?nnlm", f"NNLM, {_WORDS}. {_LAYER}"),
    (r"wiki-words|word2vec", f"word2vec's, {_WORDS}. {_LAYER}"),
    (r"swivel", f"Swivel's, {_WORDS}. {_LAYER}"),
    (r"glove|fasttext", f"{_WORDS}."),
    (
        r"sentence-t5|(^|/)gtr(-|/|$)|st5",
        f"the encoder of a T5 for sentences, which takes strings. {_LAYER} {_SENTENCES}",
    ),
    (r"(^|/)(m|by|flan-)?t5(-|/|$)", "T5, which writes text and is no encoder alone."),
    (
        r"(^|[/-])(gpt|llama|gemma|mistral|bloom)",
        "a model that writes text, and no encoder.",
    ),
    (
        r"xlnet|bigbird|longformer|funnel|transformer-xl",
        "a Transformer of another kind than BERT.",
    ),
    (
        r"deberta",
        "DeBERTa, whose attention is another than BERT's: it is not run here. Near to it are 'electra_base' and "
        "'electra_large'.",
    ),
    (r"yamnet|vggish|imagenet|efficientnet|mobilenet|resnet|inception|bit/|i3d|movenet", "no model of text."),
)


def other_model(name: str) -> str:
    """A sentence or more on what a name is, ending in what is near; an empty string where nothing is known of it.

    >>> other_model("google/elmo/3")
    'google/elmo/3' is ELMo, two LSTMs that give a vector a word, and no BERT. …
    """
    here = HUGGING_FACE_NAMES.get(name.rpartition("/")[2])
    if here:
        return f"Hugging Face's '{name}' is '{here}' on TensorFlow Hub."
    said = next((said for pattern, said in _OTHERS if re.search(pattern, name.lower())), "")
    return f"'{name}' is {said}" if said else ""
