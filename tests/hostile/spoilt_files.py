"""Files that are not what their names say: bombs, entities, devices, noise, links, far corners."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from random import Random

from tests.hostile.carry_out import Attempt
from tests.hostile.spoilt_rosters import write_book
from tests.hostile.words import make_cell
from tests.hostile.world import World, copy_rosters, write_rows


def make_files(rng: Random, world: World, folder: Path) -> Attempt:
    """Files are not what their names say: bombs, entities, devices, noise, links, far corners."""
    copy_rosters(world, folder)
    path = folder / rng.choice(["e.xlsx", "e.csv", "e.xls", "e.ods", "e.parquet"])
    way = rng.randrange(9)
    if way == 0:
        path.write_bytes(
            rng.choice([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"%PDF", b"\x1f\x8b"])
            + rng.randbytes(600)
        )
    elif way == 1:
        path.write_bytes(rng.randbytes(rng.randint(0, 3000)))
    elif way == 2:
        write_book(path, world.rosters["elders"], rng)
        content = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(bytes(content[: rng.randint(100, len(content))] if rng.random() < 0.3 else content))
    elif way == 3:
        write_book(path, world.rosters["elders"], rng)
        _change_sheet(path, rng)
    elif way == 4:
        path.symlink_to(
            rng.choice(["/dev/zero", "/dev/null", "/proc/self/mem", "/proc/self/environ", "e.csv", "/", "."])
        )
    elif way == 5:
        path.mkdir()
        write_rows(path / "a.csv", world.rosters["elders"])
        (path / "b.csv").write_bytes(rng.randbytes(50))
        (path / os.fsdecode(b"\xc3\xfb.csv")).write_bytes(b"")
    elif way == 6:
        rows = world.rosters["elders"]
        wide = [[*row, *(make_cell(rng)[:9] for _ in range(300))] for row in rows[:3]]
        write_rows(path, wide)
    elif way == 7:
        path.write_bytes(b'"' * rng.randint(1, 3000) + b"\n" * rng.randint(0, 3000) + b"," * rng.randint(0, 3000))
    else:
        write_rows(path, [world.rosters["elders"][0]] * 2)
    sheet = rng.choice(["", "", "#*", "#名册", "#nothing", "#"])
    return Attempt(
        "",
        [
            [
                "check",
                "--elders",
                f"{path.name}{sheet}",
                "--volunteers",
                "volunteers.csv",
                *rng.choice([[], ["--fix-report", "fix.xlsx"]]),
            ]
        ],
    )


def _change_sheet(path: Path, rng: Random) -> None:
    """Change the XML of a workbook's sheet as no program would."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    xml = parts[name].decode()
    xml = rng.choice(
        [
            lambda: xml.replace('r="A2"', 'r="XFD1048576"'),
            lambda: xml.replace('r="A2"', 'r="A99999999999"'),
            lambda: xml.replace('r="A2"', 'r="-1"'),
            lambda: xml.replace(
                "<worksheet", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet', 1
            ),
            lambda: xml.replace("<sheetData>", "<sheetData>" + "<row>" * 2000),
            lambda: xml.replace("<v>", "<v>9"),
            lambda: xml.replace(
                "</sheetData>",
                f'<row r="9"><c r="A9" t="inlineStr"><is><t>{"x" * 2_000_000}</t></is></c></row></sheetData>',
            ),
            lambda: xml.replace(
                "</worksheet>", '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
            ),
            lambda: xml.replace('t="s"', 't="e"'),
            lambda: xml.replace("<dimension ref=", '<dimension ref="A1:XFD1048576" x='),
        ]
    )()
    parts[name] = xml.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, content)
