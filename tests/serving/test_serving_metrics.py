"""Counts in Prometheus' text format, read back by its rules."""

import re
import threading

from rest_server import values_of

from bert_keras.serving.serving_metrics import ServingMetrics


def test_what_was_counted():
    metrics = ServingMetrics(lambda: (2, 5))
    metrics.request("predict", 200)
    metrics.request("predict", 200)
    metrics.request("predict", 503)
    for seconds in (0.005, 0.3, 60.0):
        metrics.predicted(seconds)
    metrics.batch(3, 0.02)
    metrics.batch(300, 0.2)
    found = values_of(metrics.text(True))
    assert found['bert_keras_requests_total{route="predict",status="200"}'] == 2
    assert found['bert_keras_requests_total{route="predict",status="503"}'] == 1
    assert found["bert_keras_queue_requests"] == 2 and found["bert_keras_queue_rows"] == 5
    assert found["bert_keras_ready"] == 1
    bucket = {key: value for key, value in found.items() if key.startswith("bert_keras_request_seconds_bucket")}
    assert bucket['bert_keras_request_seconds_bucket{le="0.005"}'] == 1  # a limit belongs to its bucket
    assert bucket['bert_keras_request_seconds_bucket{le="0.25"}'] == 1
    assert bucket['bert_keras_request_seconds_bucket{le="0.5"}'] == 2
    assert bucket['bert_keras_request_seconds_bucket{le="10.0"}'] == 2
    assert bucket['bert_keras_request_seconds_bucket{le="+Inf"}'] == found["bert_keras_request_seconds_count"] == 3
    assert list(bucket.values()) == sorted(bucket.values())
    assert found["bert_keras_request_seconds_sum"] == 60.305
    assert found['bert_keras_batch_rows_bucket{le="4"}'] == 1 and found['bert_keras_batch_rows_bucket{le="256"}'] == 1
    assert found["bert_keras_batch_rows_sum"] == 303 and found["bert_keras_batch_rows_count"] == 2
    assert found["bert_keras_batch_seconds_count"] == 2


def test_every_name_says_its_type_once_and_before_its_values():
    text = ServingMetrics(lambda: (0, 0)).text(False)
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    assert len(types) == text.count("# TYPE") == text.count("# HELP")
    for name in values_of(text):
        plain = re.sub(r"\{.*", "", name)
        base = plain if plain in types else re.sub(r"_(bucket|sum|count)$", "", plain)
        assert types[base] == ("histogram" if base != plain else types[plain])
        assert text.index(f"# TYPE {base} ") < text.index(f"\n{name} ")
    assert "bert_keras_ready 0\n" in text


def test_threads_lose_nothing():
    metrics = ServingMetrics(lambda: (0, 0))

    def count():
        for _ in range(2000):
            metrics.request("predict", 200)
            metrics.batch(1, 0.0)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = values_of(metrics.text(True))
    assert found['bert_keras_requests_total{route="predict",status="200"}'] == 8000
    assert found["bert_keras_batch_rows_count"] == 8000
