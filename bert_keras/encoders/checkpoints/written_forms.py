"""`WRITTEN_FORMS`: into what an encoder is converted; the first if nothing else is asked for. It imports nothing."""

WRITTEN_FORMS = ("savedmodel", "huggingface", "tf1")
