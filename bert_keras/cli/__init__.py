"""The command line `bert-keras`."""

from bert_keras.cli.commands import main

__all__ = ["main"]
