"""Text in twelve languages, and tiny vocabularies that are learned from it: SentencePiece's, and tokenizer.json."""

import functools
import io
import json

LANGUAGES = {
    "English": "The ferry leaves at nine, and nobody waits for the late ones. Who wrote that letter? It wasn't me!",
    "German": "Die Fähre fährt um neun ab; wer zu spät kommt, schläft auf der Straße. Größe ist nicht alles.",
    "French": "Le garçon a mangé une crème brûlée à l'hôtel, puis il s'est enfui en courant vers la forêt.",
    "Spanish": "¿Quién escribió la canción? El niño dijo que mañana lloverá en toda la región de Aragón.",
    "Vietnamese": "Tiếng Việt có nhiều dấu thanh, và mỗi từ được viết cách nhau bởi khoảng trắng.",
    "Russian": "Поезд приходит в полночь. Ёжик сидел под ёлкой и ждал, когда взойдёт луна.",
    "Greek": "Η θάλασσα ήταν ήσυχη το πρωί· ο ψαράς γύρισε σπίτι με άδεια χέρια.",
    "Arabic": "ذهب الولدُ إلى المدرسةِ في الصباح، ثم عاد إلى البيت قبل الغروب.",
    "Hindi": "नदी के किनारे एक पुराना मंदिर है, जहाँ हर शाम दीये जलाए जाते हैं।",
    "Thai": "แม่น้ำสายนี้ไหลผ่านเมืองเก่า และทุกเช้ามีตลาดน้ำที่ผู้คนชอบมาเที่ยว",
    "Chinese": "昨天下午，我在图书馆里看了一本关于海洋的书。天气很好！",
    "Japanese": "駅前のパン屋は朝六時に開く。ガラス越しに、焼きたてのパンが見える。",
    "Korean": "할머니는 아침마다 시장에 가서 싱싱한 생선을 사 오셨다. 값은 얼마였을까?",
}
TEXTS = list(LANGUAGES.values())


@functools.cache
def sentence_pieces(size=400, mask=True):
    """The bytes of a SentencePiece model with ALBERT's special pieces."""
    import sentencepiece

    controls = ["[CLS]", "[SEP]", *(["[MASK]"] if mask else [])]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([part for text in TEXTS for part in (text, text.lower(), text.upper())]),
        model_writer=model,
        vocab_size=size,
        character_coverage=1.0,
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=controls,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


@functools.cache
def roberta_json(size=500):
    """The content of a tokenizer.json in RoBERTa's form."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    mask = AddedToken("<mask>", lstrip=True, special=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_special_tokens([mask])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer.to_str()


@functools.cache
def xlm_roberta_json(size=400):
    """The content of a tokenizer.json in XLM-R's form, with the table of SentencePiece's own normaliser."""
    import sentencepiece.sentencepiece_model_pb2 as proto
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    model = proto.ModelProto.FromString(sentence_pieces(size))
    pieces = [(piece.piece, piece.score) for piece in model.pieces if piece.type == 1]
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer.to_str()


def written(folder, name, content):
    """A file of such content in a folder, and its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def model_file(folder):
    return written(folder, "spiece.model", sentence_pieces())


def words_of_json(content):
    return json.loads(content)["model"]["vocab"]
