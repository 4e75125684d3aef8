"""`GroupedHelp`: a command whose help shows its options under headings."""

from typing import Any

from typer.core import TyperCommand

OWN = "Options"  # those without a heading of their own, which come first
_LAST = ("--help",)


class GroupedHelp(TyperCommand):
    """A command with a heading for each `rich_help_panel` of its options, in the order in which they first come."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        arguments, groups, last = [], {OWN: []}, []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            if parameter.param_type_name == "argument":
                arguments.append(record)
            elif parameter.opts[0] in _LAST:
                last.append(record)
            else:
                groups.setdefault(getattr(parameter, "rich_help_panel", None) or OWN, []).append(record)
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        groups[OWN] += last
        for title, records in groups.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
