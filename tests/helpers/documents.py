"""Documents for the tests of retrieval."""

# The second is longer than a window of 12 tokens, and what it says changes on the way.
DOCUMENTS = {
    "red.txt": "The dog is red.",
    "long.md": "the film was good. the book was poor! 😀 ﬁve cats — the house is blue and the tree is green?\r\n"
    "she had not one dog but two, and they could play all day; by night we will be in the old room with a phone.\n"
    "what did he do last year? he was never at a bad food place: less of it than three times, 12 by my count",
    "empty of words": "\ufffd",
}
SETTINGS = {"seq_length": 12, "overlap": 3}
