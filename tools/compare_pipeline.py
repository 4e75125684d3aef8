"""Compares `bk.QuestionPipeline` with the question-answering pipeline of transformers 4, on the same weights.

In the library's environment, which answers and writes the model in Hugging Face's form:

    python tools/compare_pipeline.py answer runs/squad dev-v2.0.json compared --questions 500

In another with transformers 4 and PyTorch, which answers, and prints the shares that are equal:

    python tools/compare_pipeline.py compare compared
"""

import argparse
import collections
import json
import os
import pathlib
import random
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# By name, what both pipelines are asked for. Windows of 96 tokens are many to a context.
SETTINGS = {
    "as it is": {},
    "top_k=3": {"top_k": 3},
    "pieces": {"align_to_words": False},
    "with no answer": {"handle_impossible_answer": True},
    "short windows": {"max_seq_len": 96, "doc_stride": 32},
}
FIGURES = 1e-4  # scores are equal that differ by less


def answer(arguments: argparse.Namespace) -> None:
    import bert_keras as bk

    folder = pathlib.Path(arguments.out)
    folder.mkdir(parents=True, exist_ok=True)
    rows = chosen(json.loads(pathlib.Path(arguments.questions_file).read_text()), arguments.questions)
    qa = bk.load(arguments.model, as_pipeline=True)
    write_huggingface(qa.predictor, folder / "model")
    found = {}
    for name, options in SETTINGS.items():
        started = time.perf_counter()
        found[name] = qa(rows, **options)
        print(f"{name:16} {time.perf_counter() - started:6.1f} s")
    (folder / "answers.json").write_text(json.dumps({"rows": rows, "answers": found}))


def chosen(document: dict, number: int) -> list[dict]:
    """Questions of SQuAD's JSON, drawn."""
    paragraphs = [paragraph for article in document["data"] for paragraph in article["paragraphs"]]
    rows = [{"question": q["question"], "context": p["context"]} for p in paragraphs for q in p["qas"]]
    return random.Random(0).sample(rows, min(number, len(rows)))


def write_huggingface(predictor, folder: pathlib.Path) -> None:
    """The model as `BertForQuestionAnswering.from_pretrained` reads it."""
    import numpy as np
    from safetensors.numpy import save_file

    from bert_keras.encoders.huggingface.to_huggingface import huggingface_weights

    folder.mkdir(parents=True, exist_ok=True)
    encoder = predictor.model.encoder
    own = {name: np.asarray(weight) for name, weight in encoder.named_weights().items()}
    own = {name: values for name, values in own.items() if not name.startswith("pooler")}  # which that class has not
    weights = {f"bert.{name}": values for name, values in huggingface_weights(own).items()}
    kernel, bias = (np.asarray(weight) for weight in predictor.model.span.weights)
    weights |= {"qa_outputs.weight": np.ascontiguousarray(kernel.T), "qa_outputs.bias": bias}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    own = encoder.config
    config = {
        **{"model_type": "bert", "architectures": ["BertForQuestionAnswering"], "layer_norm_eps": 1e-12},
        **{"hidden_act": {"erf": "gelu", "tanh": "gelu_new"}[predictor.config["encoder"]["gelu"]]},
        **{"vocab_size": own.vocab_size, "hidden_size": own.hidden_size, "num_hidden_layers": own.num_layers},
        **{"num_attention_heads": own.num_heads, "intermediate_size": own.intermediate_size},
        **{"max_position_embeddings": own.max_positions, "type_vocab_size": own.type_vocab_size},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(encoder.tokenizer.vocabulary) + "\n", encoding="utf-8")
    length = predictor.reader.preprocessor.seq_length
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": encoder.tokenizer.lower_case}
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": length}))


def compare(arguments: argparse.Namespace) -> None:
    import transformers

    folder = pathlib.Path(arguments.out)
    stored = json.loads((folder / "answers.json").read_text())
    qa = transformers.pipeline("question-answering", model=str(folder / "model"), device=-1)
    print(f"transformers {transformers.__version__}, {len(stored['rows'])} questions")
    names = ("all", "answer", "place", "score", "twice", "above 1", "largest difference")
    print(f"{'setting':16}" + "".join(f"{name:>10}" for name in names[:-1]) + f"  {names[-1]}")
    others = []
    for setting, options in SETTINGS.items():
        theirs = [qa(**row, **options) for row in stored["rows"]]
        counts, largest = collections.Counter(), 0.0
        for row, own, other in zip(stored["rows"], stored["answers"][setting], theirs, strict=True):
            pair = [entry if isinstance(entry, list) else [entry] for entry in (own, other)]
            is_as_many = len(pair[0]) == len(pair[1])
            both = list(zip(*pair, strict=False))
            text = is_as_many and all(one["answer"] == two["answer"] for one, two in both)
            place = text and all((one["start"], one["end"]) == (two["start"], two["end"]) for one, two in both)
            gaps = [abs(one["score"] - two["score"]) for one, two in both]
            score = is_as_many and max(gaps) < FIGURES
            largest = max(largest, *gaps) if place else largest
            counts["all"] += place and score
            counts["answer"] += text
            counts["place"] += place
            counts["score"] += score
            counts["above 1"] += any(entry["score"] > 1 for entry in pair[1])
            counts["twice"] += text and not score
            if not (place and score):
                others.append({"setting": setting, **row, "ours": own, "theirs": other})
        shares = "".join(f"{counts[name] / len(theirs):10.1%}" for name in names[:-1])
        print(f"{setting:16}{shares}  {largest:.2g}", flush=True)
    (folder / "others.json").write_text(json.dumps(others, indent=1, ensure_ascii=False))
    print(f"those that differ are in {folder / 'others.json'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("answer")
    one.add_argument("model")
    one.add_argument("questions_file")
    one.add_argument("out")
    one.add_argument("--questions", type=int, default=500)
    one.set_defaults(run=answer)
    two = commands.add_parser("compare")
    two.add_argument("out")
    two.set_defaults(run=compare)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
