"""click commands whose help is in the language in use: decorators run at import, before the language is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from matcher.commands.say import say
from matcher.i18n import LANGUAGES, N_, _

CLICK_TEXTS = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("%(prog)s, version %(version)s"),
    N_("default: {default}"),
    N_("required"),
    N_("Missing command."),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("Missing {param_type}"),
    N_("Choose from:\n\t{choices}"),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Invalid value: {message}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("{name} {filename!r} is a directory."),
    N_("file"),
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
)
"""click's own texts that these commands show. It asks gettext for them; being here, they get into the catalogs."""


class _Formatter(click.HelpFormatter):
    """A writer of helps whose headings end as the language has it."""

    def write_heading(self, heading: str) -> None:
        """Write a heading with its colon."""
        colon = _("Usage:")[-1]
        self.write(f"{' ' * self.current_indent}{heading}{colon}\n")


class _Context(click.Context):
    """The context of such commands."""

    formatter_class = _Formatter


class WholeNumber(click.IntRange):
    """A whole number from a least to a most, both allowed."""

    @property
    def name(self) -> str:  # type: ignore[override]
        """Return what it is called in errors."""
        return _("whole number")

    def _describe_range(self) -> str:
        return _describe_range(self.min, self.max)


class Number(click.FloatRange):
    """A number from a least to a most, both allowed."""

    @property
    def name(self) -> str:  # type: ignore[override]
        """Return what it is called in errors."""
        return _("number")

    def _describe_range(self) -> str:
        return _describe_range(self.min, self.max)


def _describe_range(least: float | None, most: float | None) -> str:
    """Return the numbers that are allowed, as click shows them in helps and errors."""
    return (_("{least} or more") if most is None else _("{least} to {most}")).format(least=least, most=most)


class Option(click.Option):
    """An option whose help and metavar are marked with ``N_`` and translated when shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line of the help, in the language in use."""
        with _translate_within(self, "help", "metavar"):
            return super().get_help_record(ctx)


class Argument(click.Argument):
    """An argument whose metavar is marked with ``N_`` and translated when shown."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return what stands for it in usages, in the language in use."""
        with _translate_within(self, "metavar"):
            return super().make_metavar(ctx)


class Command(click.Command):
    """A command whose help is marked with ``N_`` and translated when shown."""

    context_class = _Context

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what stands behind the command's name in its usage, in the language in use."""
        return [_(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does, in the language in use."""
        with _translate_within(self, "help"):
            super().format_help_text(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option, in the language in use."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
            option.callback = _show_help
        return option


def _show_help(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        say(ctx.get_help())
        ctx.exit()


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command


def make_universal_options() -> list[click.Parameter]:
    """Return options that stand before or after the command; ``main`` reads them before anything is shown."""
    lang = Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help=N_("language of messages, headers and help; else as the locale says"),
    )
    debug = Option(["--debug"], is_flag=True, expose_value=False, help=N_("show where in the program an error arose"))
    return [lang, debug]


@contextmanager
def _translate_within(thing: object, *attributes: str) -> Iterator[None]:
    """Translate texts of ``thing`` within a ``with`` block."""
    before = {attribute: getattr(thing, attribute) for attribute in attributes}
    for attribute, text in before.items():
        setattr(thing, attribute, _(text) if text else text)
    try:
        yield
    finally:
        for attribute, text in before.items():
            setattr(thing, attribute, text)
