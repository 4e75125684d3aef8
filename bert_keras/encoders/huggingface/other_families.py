"""`OTHER_FAMILIES`: encoders that are none of `FAMILIES`, by `model_type`: their names, and what makes them others."""

_RELATIVE = "whose attention looks at distances between tokens and not at a position table"
_WINDOWS = "whose attention looks at parts of a text"
_PRE_NORM = "whose layers are normed before and not after"

OTHER_FAMILIES: dict[str, tuple[str, str]] = {
    "deberta": ("DeBERTa", _RELATIVE),
    "deberta-v2": ("DeBERTa", _RELATIVE),
    "mpnet": ("MPNet", _RELATIVE),
    "xlnet": ("XLNet", _RELATIVE),
    "nezha": ("NEZHA", _RELATIVE),
    "longformer": ("Longformer", _WINDOWS),
    "big_bird": ("BigBird", _WINDOWS),
    "nystromformer": ("Nyströmformer", "whose attention is an approximation"),
    "funnel": ("Funnel Transformer", "whose layers make texts shorter"),
    "nomic_bert": ("NomicBERT", "which has rotary positions and gated layers"),
    "roformer": ("RoFormer", "which has rotary positions"),
    "eurobert": ("EuroBERT", "which has rotary positions and gated layers"),
    "convbert": ("ConvBERT", "which mixes convolutions into attention"),
    "squeezebert": ("SqueezeBERT", "whose layers are grouped convolutions"),
    "rembert": ("RemBERT", "whose tables have other widths at its two ends"),
    "megatron-bert": ("Megatron-BERT", _PRE_NORM),
    "roberta-prelayernorm": ("RoBERTa with pre-norm", _PRE_NORM),
    "xlm-roberta-xl": ("XLM-R XL", _PRE_NORM),
    "xlm": ("XLM", "which tells languages apart by a table of its own"),
    "flaubert": ("FlauBERT", "which is an XLM"),
    "layoutlm": ("LayoutLM", "which is given places on a page beside the text"),
    "canine": ("CANINE", "which reads characters"),
    "t5": ("T5", "an encoder with a decoder"),
    "bart": ("BART", "an encoder with a decoder"),
    "gpt2": ("GPT-2", "which sees no token that comes later"),
}
