"""`table_sources`: how files are written is said once, and kept for the files a tuned model is measured on."""

import pytest

from bert_keras.text_classification.load_table import load_table

ROWS = [("Très bien, vraiment.", "yes"), ("Pas bien; non.", "no"), ("Déjà vu.", "yes")]


def written(path, separator, encoding, header=True):
    lines = [("text", "label")] * header + [(f'"{text}"', label) for text, label in ROWS]
    path.write_bytes("".join(f"{text}{separator}{label}\n" for text, label in lines).encode(encoding))
    return path


def texts_of(table, part="train"):
    return list(table.examples[part].texts[0])


@pytest.mark.parametrize("name", ["same.csv", "comma.csv", "utf8.csv", "rows.jsonl", "rows.json", "object"])
def test_what_was_said_of_the_files_trained_on_holds_for_those_that_are_written_so(tmp_path, name):
    path = written(tmp_path / "train.csv", ";", "cp1252")
    table = load_table(path, separator=";", encoding="cp1252", validation_share=0)
    assert table.reading["file_options"] == {"separator": ";", "encoding": "cp1252"}
    other = tmp_path / name
    if name == "object":
        other = [{"text": text, "label": label} for text, label in ROWS]
    elif name.startswith("rows"):
        lines = [f'{{"text": "{text}", "label": "{label}"}}' for text, label in ROWS]
        other.write_text("\n".join(lines) if name.endswith("l") else f"[{', '.join(lines)}]", encoding="utf-8")
    else:
        separator, encoding = {"same": (";", "cp1252"), "comma": (",", "cp1252"), "utf8": ("|", "utf-8")}[other.stem]
        written(other, separator, encoding)
    again = load_table({"test": other}, **table.reading, validation_share=0)
    assert texts_of(again, "test") == texts_of(table) == [text for text, _ in ROWS]
    assert again.examples["test"].labels.tolist() == table.examples["train"].labels.tolist()


def test_columns_of_files_without_a_header_are_kept(tmp_path):
    path, other = tmp_path / "train.csv", tmp_path / "other.csv"
    path.write_text("It works all day.,yes\nNo good at all.,no\nIt is very good.,yes\n")
    table = load_table(path, validation_share=0)
    assert table.reading["file_options"] == {"columns": ["text", "label"]}
    for content in ("Never.,no\nSo.,yes\n", "text,label\nNever.,no\nSo.,yes\n"):
        other.write_text(content)
        again = load_table({"validation": other}, **table.reading, validation_share=0)
        assert texts_of(again, "validation") == ["Never.", "So."]


def test_words_of_files_are_refused_for_what_is_none(tmp_path):
    with pytest.raises(ValueError, match="`encoding` must be left out for what is no file"):
        load_table(["a", "b"], label=["x", "y"], encoding="cp1252")
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "label": "x"}\n')
    with pytest.raises(ValueError, match="`separator` must be left out for JSON"):
        load_table(path, separator=";")
    with pytest.raises(ValueError, match="`columns` must be a list of different names"):
        load_table(written(tmp_path / "a.csv", ",", "utf-8"), columns="text,label")
