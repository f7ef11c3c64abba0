"""Words for the screen that need none of what tables and colours need: helps, versions, misuse."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from matcher.errors import ScreenError, explain_write_error
from matcher.i18n import _


def say(text: str, *, stderr: bool = False) -> None:
    """Show a text.

    Raises:
        ScreenError: the screen, or the file that it goes to, takes no more.
    """
    try:
        click.echo(text, err=stderr)
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path
            os.dup2(nowhere.fileno(), (sys.stderr if stderr else sys.stdout).fileno())  # else its rest fails at the end
        problem = _(explain_write_error(error))
        raise ScreenError(_("what is said here can't be shown: {problem}").format(problem=problem)) from error
