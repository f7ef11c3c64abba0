"""click commands whose help is in the language in use: decorators run at import, before the language is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

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
)
"""click's own texts that these commands show. It asks gettext for them; being here, they get into the catalogs."""


class Option(click.Option):
    """An option whose help and metavar are marked with ``N_`` and translated when shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line of the help, in the language in use."""
        with _translate_within(self, "help", "metavar"):
            return super().get_help_record(ctx)


class Command(click.Command):
    """A command whose help is marked with ``N_`` and translated when shown."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does, in the language in use."""
        with _translate_within(self, "help"):
            super().format_help_text(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option, in the language in use."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
        return option


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
