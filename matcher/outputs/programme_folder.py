"""A new programme folder: its file with a comment a line, templates of rosters, and the folders of what comes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from matcher.errors import UsageError, explain_write_error
from matcher.i18n import _, language
from matcher.outputs.folder import RunFolder
from matcher.outputs.template import SETTINGS_FILE, list_template_files, name_template, write_template
from matcher.programme import Programme, list_fields
from matcher.programme_root import FILE
from matcher.publishing import WholeFile
from matcher.settings.write import quote_toml

FOLDERS = ("rosters", "months", "handouts", "records", "reports")
_LISTS = ("pins", "never", "holidays", "previous")
"""Files of ``[files]`` that a programme can do without: their templates are named in a comment."""
_OWNER_ONLY = 0o700


def write_programme(root: Path, values: Mapping[str, object], *, templates: bool) -> list[Path]:
    """Make a folder a programme folder: write what is not there yet, and return what was written.

    Args:
        root: The folder, new or not.
        values: What the programme's file says, by path (``files.elders``); the rest is left for people to fill in.
        templates: Whether templates of rosters and lists are written too.

    Raises:
        UsageError: the folder is a programme folder already, or it can't be written.
    """
    if (root / FILE).exists():
        raise UsageError(_("{path} is there already; it stays as it is").format(path=root / FILE))
    if root.exists() and not root.is_dir():
        raise UsageError(_("{path} is a file; name a new folder").format(path=root))
    text = make_programme_file(values, templates=templates)
    try:
        root.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (root / name).mkdir(mode=_OWNER_ONLY, exist_ok=True)
        written = _write_templates(root) if templates else []
        path = _write_new(root / FILE, text.encode())
    except OSError as error:
        told = _("{path} can't be written: {problem}")
        raise UsageError(told.format(path=root, problem=_(explain_write_error(error)))) from error
    return [*written, path]


def name_template_file(kind: str) -> str:
    """Return where in the folder the template of a roster or list is."""
    return f"rosters/{name_template(kind)}.xlsx"


def make_programme_file(values: Mapping[str, object], *, templates: bool) -> str:
    """Return ``programme.toml`` in the language in use: each line with a comment, what is not known yet commented out.

    Args:
        values: What is known, by path.
        templates: Whether the templates of lists lie in the folder.
    """
    defaults = Programme(language="zh" if language() == "zh" else "en")
    lines = ["# " + _("The programme. Lines that begin with # say nothing; take the # away to use one.")]
    section = ""
    for path, field in list_fields():
        head, dot, key = path.rpartition(".")
        if dot and head != section:
            section = head
            lines += ["", f"[{section}]"]
        value = values.get(path)
        if value is None and section != "files":
            value = getattr(getattr(defaults, section) if section else defaults, key)
        lines += [f"# {_(field.description or '')}"]
        if value:
            lines += [f"{key} = {_write_toml(value)}"]
        else:
            shown = name_template_file(key) if templates and key in _LISTS else "…"
            lines += [f"# {key} = {_write_toml(shown)}"]
    return "\n".join(lines) + "\n"


def _write_templates(root: Path) -> list[Path]:
    """Write templates into ``rosters``, and the settings file; what is there stays."""
    with TemporaryDirectory() as made, RunFolder(Path(made) / "templates", files=list_template_files()) as folder:
        write_template(folder)  # it is not published: nobody is to be told of it
        source = folder.path
        return [
            _write_new(root / name if name == SETTINGS_FILE else root / "rosters" / name, (source / name).read_bytes())
            for name in sorted(path.name for path in source.iterdir())
            if not (root / name if name == SETTINGS_FILE else root / "rosters" / name).exists()
        ]


def _write_new(path: Path, content: bytes) -> Path:
    """Write a file that is not there."""
    with WholeFile(path) as file:
        file.path.write_bytes(content)
        file.publish()
    return path


def _write_toml(value: object) -> str:
    """Return a text or several as TOML."""
    if isinstance(value, (list, tuple)):
        inner = ",\n".join(f"    {_write_toml(item)}" for item in value)
        return f"[\n{inner},\n]" if len(value) > 1 else f"[{inner.strip()}]"
    text = str(value)
    if "\n" in text:
        return '"""\n' + "\n".join(quote_toml(line)[1:-1] for line in text.split("\n")) + '"""'
    return quote_toml(text)
