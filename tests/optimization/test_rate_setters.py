"""Callbacks that set the learning rate are refused by a run at once, with what a run has in their place."""

import keras
import pytest

import bert_keras as bk
from bert_keras.optimization.rate_setters import OF_A_RUN, RATE_SETTERS, refuse_rate_setters

CALLBACKS = [keras.callbacks.ReduceLROnPlateau(), keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate)]


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda callback: type(callback).__name__)
def test_they_are_refused_wherever_they_stand_and_others_are_not(callback):
    refuse_rate_setters([keras.callbacks.TerminateOnNaN(), [keras.callbacks.EarlyStopping()]], "")
    refuse_rate_setters(None, "")
    name = type(callback).__name__
    with pytest.raises(ValueError, match=rf"must not set the learning rate.*Received: callbacks='{name}'\. Do this\.$"):
        refuse_rate_setters([keras.callbacks.TerminateOnNaN(), [callback]], "Do this.")
    assert isinstance(callback, RATE_SETTERS)


@pytest.mark.parametrize("run", [bk.finetune, bk.pretrain], ids=["finetune", "pretrain"])
def test_a_run_says_what_it_has_in_their_place_before_it_reads_anything(run, tmp_path):
    with pytest.raises(ValueError, match=r"'ReduceLROnPlateau'\. A run takes it from bk\.Recipe") as error:
        run("nothing that is there", "sample", tmp_path / "out", callbacks=[CALLBACKS[0]])
    assert ".compile(" not in str(error.value).partition("For a rate of your own")[0]
    assert not (tmp_path / "out").exists()


def test_the_fields_that_the_advice_names_are_there():
    recipe = bk.Recipe(learning_rate=1e-3, warmup_share=0.2, patience=2)
    for field in ("learning_rate", "warmup_share", "patience"):
        assert f"{field}=…" in OF_A_RUN and hasattr(recipe, field)


def test_training_by_hand_takes_them_as_the_advice_says(tmp_path, tiny_encoder):
    encoder = bk.load_encoder(tiny_encoder, native=True)
    data = bk.load_task("samples/reviews", encoder, limit=16, batch_size=8, seq_length=32)
    model = bk.TextClassifier(encoder, data.num_classes)
    model.compile(keras.optimizers.AdamW(5e-5))
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9)  # never any better
    model.fit(data.train, epochs=3, callbacks=[plateau], verbose=0)
    assert float(model.optimizer.learning_rate) < 5e-5
    assert bk.load(bk.save(model, tmp_path / "out", data))("A text.").label in data.label_names
