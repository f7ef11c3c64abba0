"""``forget``: a person is deleted from the ledger."""

from __future__ import annotations

import click

from matcher.commands import options
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console
from matcher.errors import UsageError
from matcher.i18n import N_, _, ngettext
from matcher.ledger import PARTS, Ledger


@options.command(
    "forget",
    inside=frozenset({"ledger"}),
    text=N_(
        "Delete a person from the ledger of all months: the id, and of an elder every row. Counts of months stay. "
        "Copies and backups of the ledger, rosters and files of months are not reached."
    ),
)
@click.argument("person_id", metavar="ID")
@options.option(
    "--part",
    type=click.Choice(PARTS),
    help=N_("which is meant, where an elder and a volunteer have the same id"),
)
@options.add_ledger
@options.option("--yes", is_flag=True, help=N_("do not ask"))
def forget(person_id: str, part: str | None, ledger: str | None, yes: bool) -> None:
    """Delete a person from the ledger."""
    if not ledger:
        raise UsageError(_("say with --ledger which ledger is meant"))
    with Ledger(options.make_ledger_url(ledger), create=False) as months:
        known = months.find_parts(person_id)
        if part is None and len(known) > 1:
            raise UsageError(_("an elder and a volunteer have the id {id}; say with --part which").format(id=person_id))
        part = part or (known or PARTS)[0]
        text = _("Delete the elder {id} from the ledger? This can't be undone")
        if part == "volunteer":
            text = _("Delete the volunteer {id} from the ledger? This can't be undone")
        if part in known and not yes:
            click.confirm(text.format(id=person_id), abort=True)
        done = months.forget(person_id, part)
    count = done.deleted + done.made_nobody
    told = ngettext(
        "{id} is deleted from the ledger: {count} row", "{id} is deleted from the ledger: {count} rows", count
    )
    out = make_console()
    out.print(told.format(id=make_plain(person_id), count=f"{count:,}"))
    out.print(
        _(
            "Counts of months stay, without the id. Not reached: copies and backups of the ledger, rosters, and the "
            "folders of months, hand-outs, records and reports. Delete or correct those too"
        )
    )
