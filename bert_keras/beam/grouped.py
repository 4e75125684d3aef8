"""`Grouped`: rows in groups of about one size, those of an id together."""

from typing import Any

import apache_beam as beam

from bert_keras.beam.table_form import TableForm


class Grouped(beam.PTransform):
    """Rows in groups of a table, by their ids: (number, rows).

    Args:
        form: of the table.
        shards: how many groups.
    """

    def __init__(self, form: TableForm, shards: int) -> None:
        super().__init__()
        self.form, self.shards = form, shards

    def expand(self, rows: Any) -> Any:
        form, shards = self.form, self.shards
        keyed = rows | "by id" >> beam.Map(lambda row: (form.shard(row, shards), row))
        return keyed | "groups" >> beam.GroupByKey()
