import collections

from bert_keras.hub.catalog import list_encoders
from bert_keras.hub.what_works import WHAT_WORKS, form_of


def test_every_form_of_the_table_is_some_encoders_and_most_have_one():
    entries = [entry for entry in list_encoders() if not entry.sample]
    forms = collections.Counter(form_of(f"{entry.publisher}/{entry.name}", entry.dialect) for entry in entries)
    assert set(WHAT_WORKS) == set(forms) - {None}
    assert sum(forms.values()) == 231 and forms[None] < 40


def test_nothing_is_promised_of_what_nobody_describes():
    for name in ("google/qat/nlp/mobilebert_xs_qat", "jeongukjae/distilkobert_sentence_encoder"):
        entry = next(entry for entry in list_encoders() if f"{entry.publisher}/{entry.name}" == name)
        assert (entry.trains, entry.tokenizes, entry.heads, entry.native) == (None,) * 4


def test_fields_agree_with_what_is_published():
    for entry in list_encoders():
        if entry.trains is not None:
            assert entry.trains is entry.trainable
        if entry.vocabulary == "sp_model":
            assert entry.native is not False
