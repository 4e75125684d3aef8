"""What the commands share: the application and its errors."""

import typer

app = typer.Typer(
    help="Fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def say(line: str) -> None:
    print(line, flush=True)


def plain(text: str) -> str:
    """An exception's text without the frame that Keras puts around it."""
    text = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    if text.startswith("Exception encountered when calling"):
        body = text.split("\n\n")
        return body[1] if len(body) > 1 else text
    return text
