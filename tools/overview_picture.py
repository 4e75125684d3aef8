"""Draws docs/pictures/overview.svg, the picture of the README: python tools/overview_picture.py

The names in it are looked up in bert_keras: a name that is not public ends the script.
"""

import html
import pathlib

import bert_keras as bk

TARGET = pathlib.Path(__file__).parents[1] / "docs" / "pictures" / "overview.svg"
WIDTH, HEIGHT = 980, 330
STYLE = """
text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2933 }
.title { font-weight: 600 } .call { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #0b5cad }
.small { font-size: 12.5px; fill: #52606d }
rect { fill: #ffffff; stroke: #c3ccd5; stroke-width: 1.2 } .main { fill: #eaf3fc; stroke: #7fb2e5 }
path { stroke: #7b8794; stroke-width: 1.6; fill: none } #head path { fill: #7b8794; stroke: none }
.page { fill: #ffffff; stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e7eb } .call { fill: #8cc4ff } .small { fill: #a9b4c0 }
  rect { fill: #1b222b; stroke: #46525f } .main { fill: #16324f; stroke: #3f79b5 } .page { fill: #0d1117 }
}
"""
# (x, y, width, height, class, title, calls, lines)
BOXES = (
    (
        16,
        88,
        186,
        154,
        "",
        "Your data",
        (),
        (
            "CSV, Excel, JSON, Parquet",
            "frames, lists, data sets",
            "CoNLL, doccano, Prodigy",
            "SQuAD's JSON",
            "GLUE, SQuAD, SWAG",
            "plain text",
        ),
    ),
    (252, 56, 178, 104, "", "Chosen", ("load_files", "load_task"), ("read once, split, checked",)),
    (252, 186, 178, 88, "", "Encoder", ("load_encoder",), ("TF-Hub's, or native",)),
    (
        480,
        98,
        186,
        134,
        "main",
        "Trained",
        ("finetune", "TextClassifier"),
        ("or fit, as in Keras", "best epoch, its scores", "GPUs, TPUs, JAX, LoRA"),
    ),
    (716, 16, 248, 62, "", "Strings to answers", ("load", "predict_file"), ()),
    (716, 90, 248, 62, "", "What it is worth", ("evaluate", "report"), ()),
    (716, 164, 248, 62, "", "SavedModel, strings in", ("export",), ()),
    (716, 238, 248, 76, "", "Model folder", ("save",), ("weights, vocabulary, scores, card",)),
)
ARROWS = (
    "M202 150 C228 150 228 108 250 108",
    "M430 108 C455 108 455 140 478 140",
    "M430 230 C455 230 455 190 478 190",
    *(f"M666 165 C692 165 690 {y} 714 {y}" for y in (47, 121, 195, 276)),
)


def box(x: int, y: int, width: int, height: int, kind: str, title: str, calls: tuple, lines: tuple) -> str:
    """A box with its text: the title, public names of the library, and plain lines."""
    parts = [f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="9" class="{kind}"/>']
    rows = [("title", title)]
    if calls:
        for name in calls:
            getattr(bk, name)
        joined = "bk." + ", bk.".join(calls)
        rows += [("call", joined)] if len(joined) * 7.9 < width - 24 else [("call", f"bk.{name}") for name in calls]
    rows += [("small", line) for line in lines]
    for number, (style, text) in enumerate(rows):
        place = y + 24 + 20 * number
        parts.append(f'<text x="{x + 14}" y="{place}" class="{style}">{html.escape(text)}</text>')
    return "\n".join(parts)


def main() -> None:
    """Writes the picture."""
    arrows = "\n".join(f'<path d="{path}" marker-end="url(#head)"/>' for path in ARROWS)
    head = '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    TARGET.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="From your data to a server">\n<style>{STYLE}</style>\n'
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>\n'
        f'<defs>{head}<path d="M0 0 L8 4 L0 8 z"/></marker></defs>\n{arrows}\n'
        + "\n".join(box(*own) for own in BOXES)
        + "\n</svg>\n",
        encoding="utf-8",
    )
    print(TARGET)


if __name__ == "__main__":
    main()
