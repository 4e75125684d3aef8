"""Jobs of Apache Beam for tests: rows of a table, and runs on workers that are processes of their own."""

import json
import os
import pathlib

import apache_beam as beam
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions

PROCESSES = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]


def run(build, options=(), **environment):
    """Runs the pipeline that `build` makes; returns its counters."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        pipeline = beam.Pipeline(options=PipelineOptions(["--runner=DirectRunner", *options]))
        build(pipeline)
        done = pipeline.run()
        done.wait_until_finish()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    counters = done.metrics().query(MetricsFilter().with_namespace("bert_keras"))["counters"]
    return {one.key.metric.name: one.committed for one in counters}


def lines(folder: pathlib.Path, name: str) -> list[dict]:
    """The records of the files of a folder whose names begin so."""
    paths = sorted(folder.glob(f"{name}-*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="ascii").splitlines()]
