"""The command line `bert-keras`."""

from bert_keras.cli.main import main

__all__ = ["main"]
