"""`Format`: what is known of a format of exports before anything heavy is loaded."""

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from bert_keras import checks


@dataclasses.dataclass(frozen=True)
class Format:
    """A format of exports. `write_MODULE` in the file MODULE of this folder writes it.

    Args:
        name: what `to` is.
        module: the file beside this one that writes it; imported when something is written.
        described: in a few words, for help.
        options: names of the options of `bk.export` that it takes.
        quantizations: the values of the option `quantization`, and the options that each needs.
        packages: by a package that it needs beside what the library always has, the module to import.
        parts: files and folders that decide answers, of which the folder lists the digests; None for all.
    """

    name: str
    module: str
    described: str
    options: tuple[str, ...] = ()
    quantizations: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    packages: Mapping[str, str] = dataclasses.field(default_factory=dict)
    parts: tuple[str, ...] | None = None

    def check_options(self, given: dict[str, Any], others: Mapping[str, "Format"]) -> dict[str, Any]:
        """The options that are not None.

        Raises:
            ValueError: for one that the format does not take, with those that do.
        """
        for name, value in given.items():
            if value is not None and name not in self.options:
                takers = [f"'{other.name}'" for other in others.values() if name in other.options]
                must = f"be left out with to='{self.name}'"
                raise ValueError(checks.message(name, must, value, f"It belongs to {' and '.join(takers)}."))
        return {name: value for name, value in given.items() if value is not None}

    def check_quantization(self, quantization: str | None, given: Mapping[str, Any]) -> None:
        """Raises ValueError for a quantization that the format does not have, or without an option that it needs."""
        if quantization is None:
            return
        needed = self.quantizations[checks.one_of("quantization", quantization, self.quantizations)]
        missing = [name for name in needed if given.get(name) is None]
        if missing:
            must = f"come with {' and '.join(needed)} for to='{self.name}'"
            advice = f"{' and '.join(missing)} {_verb(missing)} missing: see docs/exports.md."
            raise ValueError(checks.message("quantization", must, quantization, advice))

    def check_packages(self) -> None:
        """Raises ImportError, with the line that installs it, where a package of the format is missing."""
        missing = [package for package, module in self.packages.items() if importlib.util.find_spec(module) is None]
        if missing:
            must = f"be a format whose packages are installed, and {' and '.join(missing)} {_verb(missing)} missing"
            raise ImportError(checks.message("to", must, self.name, f"Run: pip install {' '.join(missing)}."))

    @property
    def writer(self) -> Callable[..., list[str]]:
        """Called with an `ExportSource`, the new folder and options; returns what is to be said of the export."""
        module = importlib.import_module(f"bert_keras.running.exporting.{self.module}")
        return getattr(module, f"write_{self.module}")


def _verb(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
