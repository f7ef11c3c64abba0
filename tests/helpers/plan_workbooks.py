"""Plan workbooks as people send them back: filled in, sorted, cut and copied, saved by another program."""

from openpyxl import load_workbook

from matcher.plan_sheets import SHEETS


def titles(sheet):
    return {cell.value: cell.column for cell in sheet[1]}


def find_rows(sheet, kind):
    """The rows of a sheet by the ids in them."""
    own = SHEETS[kind]
    at = titles(sheet)
    key = [at[own.header(name)] for name in own.key]
    rows = range(2, sheet.max_row + 1)
    return {
        tuple(sheet.cell(row, column).value for column in key): row for row in rows if sheet.cell(row, key[0]).value
    }


def fill(source, target, cells):
    """Write a copy with some cells filled in: (kind of sheet, key, name of the column) → text."""
    book = load_workbook(source)
    for (kind, key, name), text in cells.items():
        sheet = book[SHEETS[kind].title]
        sheet.cell(find_rows(sheet, kind)[key], titles(sheet)[SHEETS[kind].header(name)]).value = text
    book.save(target)
    return target


def rearrange(source, target, kind, order):
    """Write a copy in which the rows of a sheet stand in another order; rows that it leaves out are gone."""
    book = load_workbook(source)
    sheet = book[SHEETS[kind].title]
    rows = [[cell.value for cell in sheet[row]] for row in range(2, sheet.max_row + 1)]
    sheet.delete_rows(2, sheet.max_row)
    for row in order(rows):
        sheet.append(row)
    book.save(target)
    return target


def change(source, target, act):
    """Write a copy on which somebody has done something."""
    book = load_workbook(source)
    act(book)
    book.save(target)
    return target
