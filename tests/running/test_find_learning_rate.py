"""`bk.find_learning_rate`: the rates and losses are those of a loop by hand; where it ends; what it refuses."""

import dataclasses

import keras
import numpy as np
import pytest
import tuned

import bert_keras as bk
from bert_keras.optimization.adamw import AdamW
from bert_keras.running import find_learning_rate

RECIPE = bk.Recipe(batch_size=8, dropout=0.0, native=True, seed=3)
QUIET = {"say": lambda line: None}


def still(encoder, *_):
    """In the place of what loads the encoder of a run: without dropout."""
    return bk.load_encoder(encoder, native=True, dropout=0.0, attention_dropout=0.0)


def found_by_hand(encoder, rates):
    """Losses of a loop that sets each rate, on the batches of a run's first epochs."""
    keras.utils.set_random_seed(3)
    loaded = still(encoder)
    data = tuned.reviews_task().data(tuned.reviews_task().rows(("train",)), loaded, batch_size=8, seed=3)
    model = bk.TextClassifier(loaded, dropout=0.0, seed=3)
    model.compile(AdamW(rates[0], weight_decay=0.01, global_clipnorm=1.0, epsilon=1e-7))
    losses, epoch = [], 0
    while len(losses) < len(rates):
        data.order.epoch = epoch
        for x, y in data.train:
            if len(losses) < len(rates):
                model.optimizer.learning_rate.assign(rates[len(losses)])
                model.reset_metrics()
                losses.append(float(model.train_on_batch(x, y)[0]))
        epoch += 1
    return losses


def test_losses_are_those_of_a_loop_by_hand(tiny_encoder, monkeypatch):
    said = []
    monkeypatch.setattr(find_learning_rate, "load_run_encoder", still)
    curve = bk.find_learning_rate(
        tuned.reviews_task(), tiny_encoder, recipe=RECIPE, lowest=1e-3, highest=0.5, steps=20, say=said.append
    )
    assert curve.end == "" and len(curve.losses) == 20
    assert curve.rates == pytest.approx(np.geomspace(1e-3, 0.5, 20), rel=1e-5)
    wanted = found_by_hand(tiny_encoder, curve.rates)
    assert max(wanted) - min(wanted) > 0.1  # some rates change much
    assert curve.losses == pytest.approx(wanted, rel=1e-2)
    assert any("20 steps of 8 rows, with rates from 0.001 to 0.5" in line for line in said)


def test_it_ends_where_the_loss_has_risen_to_twice_its_least(tiny_encoder):
    curve = bk.find_learning_rate(
        tuned.reviews_task(), tiny_encoder, recipe=RECIPE, lowest=1e-4, highest=100.0, steps=60, **QUIET
    )
    assert curve.end and len(curve.losses) == len(curve.rates) < 60
    assert str(curve).splitlines()[1] == f"ended after {len(curve.losses)} steps: {curve.end}"


def test_a_task_of_numbers_of_a_hubs_graph_without_a_dev_part(tiny_encoder):
    rows = {"text": ["good film", "bad film", "the room", "a dog"] * 6, "label": [1.5, -1.5, 0.0, 0.25] * 6}
    task = bk.load_files(rows, seq_length=16, validation_share=0)
    recipe = dataclasses.replace(RECIPE, native=False)
    curve = bk.find_learning_rate(task, tiny_encoder, recipe=recipe, steps=20, highest=1e-1, **QUIET)
    assert np.isfinite(curve.losses).all() and 0 < len(curve.losses) <= 20


def test_in_float16_a_step_that_is_left_out_has_the_rate_again(tiny_encoder):
    recipe = dataclasses.replace(RECIPE, precision="float16")
    curve = bk.find_learning_rate(
        tuned.reviews_task(), tiny_encoder, recipe=recipe, lowest=1e-6, highest=1e-3, steps=20, **QUIET
    )
    wanted = np.geomspace(1e-6, 1e-3, 20)
    assert len(curve.rates) == 20 and curve.rates[0] == pytest.approx(1e-6, rel=1e-5)
    assert all(np.abs(wanted / rate - 1).min() < 1e-4 for rate in curve.rates)  # each of them one of these
    assert (np.diff(curve.rates) >= 0).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"steps": 19}, "`steps` must be at least 20"),
        ({"lowest": 0}, "`lowest` must be"),
        (
            {"lowest": 1e-3, "highest": 5e-3},
            "`highest` must be ten times lowest=0.001 or more. Received: highest=0.005",
        ),
        ({"recipe": {"batch_size": 8}}, "`recipe` must be a bk.Recipe"),
        ({"recipe": bk.Recipe(packed=True, native=True)}, "`packed` must be False here"),
        ({"recipe": bk.Recipe(recompute=True)}, "`recompute` must be False but for the native encoder"),
        ({"recipe": bk.Recipe(freeze="no_such_layer")}, "must match weights of the encoder"),
        ({"num_iter": 100}, "The keyword is steps"),
        ({"end_lr": 1}, "The keyword is highest"),
        ({"out": "runs"}, "Nothing is written|nothing is written"),
    ],
)
def test_what_is_refused(tiny_encoder, options, said):
    with pytest.raises((TypeError, ValueError), match=said.replace("(", r"\(")):
        bk.find_learning_rate(tuned.reviews_task(), tiny_encoder, **{**QUIET, **options})
