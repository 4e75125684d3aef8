"""What commands share: errors as a person reads them."""

from bert_keras.cli.app import plain


def test_a_message_of_keras_loses_its_frame():
    told = "`inputs` must be a dict."
    framed = f"Exception encountered when calling TextClassifier.call().\n\n\x1b[1m{told}\x1b[0m\n\nArguments"
    assert plain(framed) == told
    assert plain("`a` must be b.") == "`a` must be b."
