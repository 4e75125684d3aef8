"""`NotedTrials`: the file that says which trials of a search have ended, and which was under way."""

import dataclasses
import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.comparing.noted_runs import data_digest
from bert_keras.comparing.read_noted import NEW_FOLDER, check_same_data, read_noted, write_noted
from bert_keras.comparing.searching.search_space import SearchSpace
from bert_keras.comparing.searching.trial_record import BEGUN, TrialRecord
from bert_keras.data.task import Task
from bert_keras.optimization.recipe import with_later_fields

FILE = "search.json"


@dataclasses.dataclass
class NotedTrials:
    """The trials of a search, written again when one begins and when it ends.

    Args:
        folder: of the search.
        settings: of its data and space, as the file has them.
        trials: in the order of their numbers; only the last can be one that has begun and not ended.
        metric: by which they are compared; "" before the first has ended.
    """

    folder: pathlib.Path
    settings: dict[str, Any]
    trials: list[TrialRecord]
    metric: str

    @classmethod
    def open(cls, out: str | os.PathLike, settings: dict[str, Any], resume: bool) -> "NotedTrials":
        """Those of the search in `out`, or none of a new one. Nothing is written.

        Raises:
            FileExistsError: for a folder that holds anything else, or a search that is not to go on.
            ValueError: for one of other data or settings.
        """
        folder = pathlib.Path(out).expanduser()
        before = read_noted(folder, FILE, ("space", "trials", "metric"), "search", resume)
        if before is None:
            return cls(folder, settings, [], "")
        check_same_data(before, settings, "search")
        before["recipe"] = with_later_fields(before.get("recipe", {}), settings["recipe"])
        for name in settings:
            if before.get(name) != settings[name]:
                must = f"be as in the search in `out`, {before.get(name)!r}"
                raise ValueError(checks.message(name, must, settings[name], NEW_FOLDER))
        return cls(folder, settings, [TrialRecord.from_dict(own) for own in before["trials"]], before["metric"])

    @property
    def ended(self) -> list[TrialRecord]:
        """Those that are not under way."""
        return [trial for trial in self.trials if trial.state != BEGUN]

    @property
    def under_way(self) -> TrialRecord | None:
        """The one that has begun and not ended."""
        return next((trial for trial in self.trials if trial.state == BEGUN), None)

    def put(self, trial: TrialRecord) -> None:
        """Notes a trial, in the place of what was known of it."""
        self.trials[trial.number :] = [trial]
        self.write({})

    def write(self, results: dict[str, Any]) -> None:
        """Writes the file whole or not at all, with what came out, if that is known."""
        content = {**self.settings, "metric": self.metric, **results}
        write_noted(self.folder, FILE, {**content, "trials": [trial.to_dict() for trial in self.trials]})


def settings_of_search(task: Task, space: SearchSpace, strategy: Any, prune: bool, seed: int) -> dict[str, Any]:
    """Of what a search is: all that must be equal for it to go on."""
    strategy = strategy if isinstance(strategy, str) else type(strategy).__name__
    own = {"strategy": strategy, "prune": prune, "search_seed": seed}
    return {"task": task.name, "data": data_digest(task), **space.settings(), **own}
