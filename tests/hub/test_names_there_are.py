"""The names of weights in a line, of many layers as of none."""

from bert_keras.hub.names_there_are import names_there_are


def test_layers_are_named_once():
    inner = ("query.kernel", "query.bias")
    names = ["table", *(f"transformer.layer_{number}.{name}" for number in range(24) for name in inner)]
    told = names_there_are("nothing of it", names)
    assert told == (
        "There are, for N from 0 to 23: table, transformer.layer_N.query.kernel, transformer.layer_N.query.bias."
    )
    assert names_there_are("qery", names).startswith("Did you mean 'query'? There are, for N")


def test_without_layers():
    assert names_there_are("x", ["kernel", "layer_norm/gamma"]) == "There are: kernel, layer_norm/gamma."
    assert names_there_are("x", []) == "There are: none."
