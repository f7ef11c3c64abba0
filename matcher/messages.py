"""Sentences about faults, reasons and broken rules, in one table a kind. Checks, files and screens follow them.

The texts here are the English ones; ``matcher/locale`` holds their translations. Names in braces are filled from an
issue's ``file``, ``row``, ``column``, ``value`` and ``params``, a reason's or a violation's evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from matcher.i18n import N_, _, join_words

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class IssueKind:
    """One row of the issue table: how bad it is, what is said, what to do."""

    severity: Severity
    message: str
    advice: str


ISSUES: dict[str, IssueKind] = {
    # settings
    "settings_unreadable": IssueKind(
        "error",
        N_("the settings file can't be read: {problem}"),
        N_("correct the file; old-partners template writes one to start from"),
    ),
    "settings_no_toml": IssueKind(
        "error",
        N_("the settings file can't be read: this line is not understood"),
        N_('write each setting as key = value, text in quotes: encoding = "gb18030"'),
    ),
    "setting_unknown": IssueKind(
        "error",
        N_("there is no setting {column}"),
        N_("see the settings file that old-partners template writes"),
    ),
    "setting_unknown_near": IssueKind("error", N_("there is no setting {column}"), N_("did you mean {near}?")),
    "setting_in_words": IssueKind(
        "error", N_("{column} is not the name of a setting"), N_("if one of these is meant, write it so: {near}")
    ),
    "setting_invalid": IssueKind("error", N_("{column} can't be {value}"), N_("allowed: {allowed}")),
    "settings_contradict": IssueKind(
        "error",
        N_("{column} = {value} contradicts {other} = {other_value}"),
        N_("change one of the two"),
    ),
    "costs_too_large": IssueKind(
        "error",
        N_("what the settings make pairs cost, up to {value} m, is more than {elders} elders leave room for"),
        N_("lower the largest worths and prices of the settings"),
    ),
    "set_malformed": IssueKind(
        "error",
        N_("--set {value} is not understood"),
        N_("write --set section.key=value, as in --set keep.worth_m=500"),
    ),
    # the programme folder
    "programme_unreadable": IssueKind(
        "error",
        N_("the programme's file can't be read: {problem}"),
        N_("correct the file; old-partners init NEW-FOLDER writes one to compare with"),
    ),
    "programme_no_toml": IssueKind(
        "error",
        N_("the programme's file can't be read: this line is not understood"),
        N_('write each line as key = "text", a path with / between its folders: elders = "D:/rosters/elders.xlsx"'),
    ),
    "programme_unknown": IssueKind(
        "error",
        N_("the programme's file has no place for {column}"),
        N_("delete the line; settings of the match and the month belong into the settings file"),
    ),
    "programme_unknown_near": IssueKind(
        "error", N_("the programme's file has no place for {column}"), N_("did you mean {near}?")
    ),
    "programme_invalid": IssueKind("error", N_("{column} can't be {value}"), N_("allowed: {allowed}")),
    "programme_template": IssueKind(
        "error",
        N_("the message's text holds {value}, which it can't fill in"),
        N_("use these alone: {known}; write a brace that is text twice"),
    ),
    # scenarios
    "scenarios_unreadable": IssueKind(
        "error", N_("the file of scenarios can't be read: {problem}"), N_("correct the file; docs/ask.md shows one")
    ),
    "scenarios_no_toml": IssueKind(
        "error",
        N_("the file of scenarios can't be read: this line is not understood"),
        N_('begin each scenario with [[scenario]]; write name = "…" and set.keep.worth_m = 500'),
    ),
    "scenarios_none": IssueKind(
        "error", N_("the file holds no scenario"), N_("begin each scenario with a line [[scenario]]")
    ),
    "scenarios_no_name": IssueKind("error", N_("the scenario has no name"), N_('add a line name = "…"')),
    "scenarios_same_name": IssueKind(
        "error", N_("two scenarios are called {value}"), N_("give each a name of its own")
    ),
    "scenarios_unknown": IssueKind(
        "error",
        N_("a scenario has no place for {column}"),
        N_("allowed: name, set, without_elders, without_volunteers, more_elders, more_volunteers"),
    ),
    "scenarios_unknown_near": IssueKind(
        "error", N_("a scenario has no place for {column}"), N_("did you mean {near}?")
    ),
    "scenarios_invalid": IssueKind("error", N_("{column} can't be {value}"), N_("allowed: {allowed}")),
    # cities
    "cities_unreadable": IssueKind(
        "error",
        N_("the file of cities can't be read: {problem}"),
        N_("correct the file; docs/cluster.md shows one"),
    ),
    "cities_no_toml": IssueKind(
        "error",
        N_("the file of cities can't be read: this line is not understood"),
        N_('begin each city with [[city]]; write name = "…", elders = "…", volunteers = "…"'),
    ),
    "cities_none": IssueKind(
        "error",
        N_("the file holds no city"),
        N_('begin each city with a line [[city]], or split one table: partition = "…"'),
    ),
    "cities_no_partition": IssueKind(
        "error",
        N_("no city is found by the column {column} {value}"),
        N_("name with --partition the column that holds the city; its values name the cities, without a backslash"),
    ),
    "cities_no_rows": IssueKind(
        "error",
        N_("the city {value} has no {column}"),
        N_("a city needs elders and volunteers: is it written the same in both tables?"),
    ),
    "cities_rows_of_none": IssueKind(
        "error",
        N_("some rows have nothing in the column {column}: they belong to no city"),
        N_("fill it in, or leave these rows out"),
    ),
    "cities_same_roster": IssueKind(
        "error",
        N_("{city} and {value} have the same {column}"),
        N_("give each city its own; people who are in two cities would be planned twice"),
    ),
    "cities_name": IssueKind(
        "error",
        N_("no city can be called {value}"),
        N_("a name has 1 to 60 characters that can be seen, and no line breaks"),
    ),
    "cities_no_name": IssueKind("error", N_("the city has no name"), N_('add a line name = "…"')),
    "cities_same_name": IssueKind("error", N_("two cities are called {value}"), N_("give each a name of its own")),
    "cities_no_roster": IssueKind(
        "error", N_("{city} has no {column}"), N_('add a line {column} = "…": a file, a folder or a database')
    ),
    "cities_unknown": IssueKind("error", N_("there is no place for {column} here"), N_("allowed: {allowed}")),
    "cities_unknown_near": IssueKind("error", N_("there is no place for {column} here"), N_("did you mean {near}?")),
    "cities_invalid": IssueKind("error", N_("{column} can't be {value}"), N_("allowed: {allowed}")),
    # files
    "file_missing": IssueKind("error", N_("there is no such file"), N_("check the path and the name of the file")),
    "file_unreadable": IssueKind(
        "error",
        N_("the file can't be read: {problem}"),
        N_("save it again as .xlsx or as CSV and give that file"),
    ),
    "cell_endless": IssueKind(
        "error",
        N_("a cell in row {at} has more than {most:,} bytes"),
        N_("look for a quotation mark too many, or for something pasted in by mistake; or raise limits.cell_bytes"),
    ),
    "rows_endless": IssueKind(
        "error",
        N_("the list has {rows:,} rows; at most {most:,} are read"),
        N_(
            "delete what is no person's row; plan several cities with old-partners many; or raise limits.rows: "
            "--set limits.rows={rows}"
        ),
    ),
    "columns_endless": IssueKind(
        "error",
        N_("row {at} has more than {most:,} cells"),
        N_("look for separators without end, delete them; or raise limits.columns"),
    ),
    "cells_endless": IssueKind(
        "error",
        N_("it has more than {most:,} cells"),
        N_("leave out rows and columns that no roster has; or raise limits.cells, where there is memory for it"),
    ),
    "unpacks_endless": IssueKind(
        "error",
        N_("its content comes to more than {most:,} MB"),
        N_("leave out what no roster has; or raise limits.unpacked_mb, where there is memory for it"),
    ),
    "memory_short": IssueKind(
        "error",
        N_("reading the workbook takes more memory than there is, or than {most:,} MB; it may be damaged"),
        N_("save the sheet as CSV and give that file; or raise limits.workbook_memory_mb, where there is so much"),
    ),
    "encoding_doubtful": IssueKind(
        "error",
        N_("the text of the file is no Chinese in UTF-8 or GB18030; it looks like {value}"),
        N_("give --encoding {value} if it is, or save the file as UTF-8"),
    ),
    "encoding_unknown": IssueKind(
        "error",
        N_("the text of the file makes no sense as UTF-8 or GB18030"),
        N_("save it in Excel as CSV UTF-8, or name its encoding with --encoding"),
    ),
    "encoding_wrong": IssueKind(
        "error", N_("the file is no text in {value}"), N_("leave out --encoding, or name another encoding")
    ),
    "folder_empty": IssueKind(
        "error",
        N_("the folder holds no file that could be a roster"),
        N_("give a folder of CSV, Excel or Parquet files, one a committee"),
    ),
    "cell_far_away": IssueKind(
        "error",
        N_("the cell {value}, far from the table, holds something; the sheet is too large to be read"),
        N_(
            "delete the rows below the table and the columns to its right, and save the file; or raise "
            "limits.workbook_memory_mb, now {most}"
        ),
    ),
    "folder_inside": IssueKind(
        "warning",
        N_("the folder {value} inside the folder is not read"),
        N_("nothing to do, unless it holds rosters: then give it as well"),
    ),
    "sheet_of_changes": IssueKind(
        "warning",
        N_("the sheet {value} is not read, and names {people} people who stand on the one that is"),
        N_("if it says that they left or are away, write it into their rows"),
    ),
    "sheet_not_read": IssueKind(
        "warning",
        N_("not read: {people} people on the sheet {value}"),
        N_("if they belong here, give {file}#* for all sheets, or {file}#{value} as well"),
    ),
    "sheet_missing": IssueKind(
        "error", N_("the workbook has no sheet {value}"), N_("name one of its sheets: {sheets}")
    ),
    "database_unknown": IssueKind(
        "error",
        N_("this is not the address of a database"),
        N_("write it as postgresql+psycopg://user:password@host/name or sqlite:///path"),
    ),
    "database_driver_missing": IssueKind(
        "error",
        N_("the driver {driver} of the database is not installed"),
        N_("install it with pip; PostgreSQL's comes with pip install old-partners[postgresql]"),
    ),
    "database_refused": IssueKind(
        "error",
        N_("the database does not answer: {problem}{about}"),
        N_("check server, name, user and password"),
    ),
    "query_failed": IssueKind(
        "error", N_("the query fails: {problem}{about}"), N_("correct it; one SELECT that returns the roster's rows")
    ),
    "file_empty": IssueKind(
        "error", N_("the file has no rows below its header"), N_("give the file that holds the rows")
    ),
    "header_missing": IssueKind(
        "error",
        N_("no row of the file looks like a header: {missing} not found"),
        N_("name the columns as in the templates that old-partners template writes"),
    ),
    "record_header_missing": IssueKind(
        "error",
        N_("no row of the file looks like the header of a visit record: {missing} not found"),
        N_("give the sheets that were handed out, or name the columns as they do; without numbers also the elder"),
    ),
    "record_page": IssueKind(
        "warning",
        N_("the file holds a page of the hand-outs without visit records; it is passed over"),
        N_("nothing to do: volunteers' sheets are in the other files"),
    ),
    "column_missing": IssueKind(
        "error", N_("the column {column} is missing"), N_("add it; accepted headers: {headers}")
    ),
    "ids_missing": IssueKind(
        "error",
        N_("nobody has an id: the column {column} is missing"),
        N_(
            "if nobody has ids yet, old-partners check --write-ids FOLDER writes copies with ids; else add the column: "
            "{headers}"
        ),
    ),
    "column_twice": IssueKind(
        "error", N_("two columns are both {column}: {headers}"), N_("keep one of them, or rename the other")
    ),
    "consent_column_missing": IssueKind(
        "error",
        N_("no column says who consented"),
        N_("add the column {headers}; or, if consent is kept elsewhere, --set consent.required=false"),
    ),
    "rosters_swapped": IssueKind(
        "error",
        N_("this looks like the roster of volunteers, and {other} like that of elders"),
        N_("give the roster of elders to --elders and that of volunteers to --volunteers"),
    ),
    "columns_joined": IssueKind(
        "warning",
        N_("the columns {headers} are all {column}; their cells are joined"),
        N_("nothing to do; or rename a column that is not meant"),
    ),
    "columns_first_filled": IssueKind(
        "warning",
        N_("the columns {headers} are all {column}; in each row the first that is filled counts"),
        N_("nothing to do; or rename a column that is not meant"),
    ),
    "columns_disagree": IssueKind(
        "warning",
        N_("{value} is not what another column of the same kind says: {used}, which is used"),
        N_("correct one of the two"),
    ),
    "columns_contradict": IssueKind(
        "error",
        N_("{value} contradicts what another column of the same kind says: {used}"),
        N_("correct one of the two"),
    ),
    "table_second": IssueKind(
        "error",
        N_("the row stands below another table, which begins in row {at} with a header of its own"),
        N_("put it on a sheet of its own, or under the columns of the first, and delete its header"),
    ),
    "heading_inside": IssueKind(
        "error",
        N_("the row stands below the heading of row {at}, and may be nobody of this roster: {value}"),
        N_("if they are not, move them to another sheet; if they are, delete the heading"),
    ),
    "rows_hidden": IssueKind(
        "warning",
        N_("{count} people in rows that the workbook hides or filters out are read like all others: rows {value}"),
        N_("nothing to do if they belong here; else delete the rows"),
    ),
    "row_struck": IssueKind(
        "error",
        N_("the row is struck through: does the person still take part?"),
        N_("if not, delete the row, or fill in the status and the last day; if so, take the line through it off"),
    ),
    "cell_struck": IssueKind(
        "warning",
        N_("the cell is struck through, and read like all others"),
        N_("if it is no more so, correct or empty it"),
    ),
    "name_remark": IssueKind(
        "error",
        N_("a remark stands behind the name: {value}"),
        N_("write what it says where it is read, as in the status and the last day, and the name alone here"),
    ),
    "name_of_two": IssueKind(
        "warning",
        N_("the cell names two people, who count as one: {value}"),
        N_("give each of them a row with an id of their own; if it is one person, write the name alone"),
    ),
    "remark_decides": IssueKind(
        "warning",
        N_("a remark is not read, and may say that {matter}: {value}"),
        N_("if it is so now, fill in {where}; else nothing to do"),
    ),
    "colours_decide": IssueKind(
        "warning",
        N_("colours are not read, and one may say that {matter}: {value}"),
        N_("fill in {where} in every row that has the colour; if none has, nothing to do"),
    ),
    "quote_stray": IssueKind(
        "warning",
        N_("a quotation mark in this row has no partner; it is read as text, and no row below is lost"),
        N_("remove the quotation mark, and look whether the row is read rightly"),
    ),
    "row_shifted": IssueKind(
        "error",
        N_("the row has more cells than the header: a {separator} inside a cell moves all that stand after it"),
        N_("put the cell that holds it between quotation marks, or open the file in Excel and correct the row"),
    ),
    "cell_error": IssueKind(
        "error", N_("Excel shows the error {value} in this cell"), N_("correct the formula, or write the value itself")
    ),
    "formula_uncalculated": IssueKind(
        "error",
        N_("the formula in this cell was never calculated"),
        N_("open the file in Excel, save it and give it again; or write the value itself"),
    ),
    "cell_damaged": IssueKind(
        "error",
        N_("signs of this cell were lost before, when the file was saved in another encoding"),
        N_("type the cell again, or save the file that it came from as UTF-8"),
    ),
    "row_example": IssueKind(
        "warning",
        N_("the row is an example and no person"),
        N_("nothing to do; if it is a person, remove the word that says so"),
    ),
    "row_passed_over": IssueKind(
        "warning",
        N_("the row is no person but a total, a note or the header again: {value}"),
        N_("nothing to do, unless it is a person: then fill in the address"),
    ),
    # records
    "record_columns_missing": IssueKind(
        "error",
        N_("no column says which contact a row is about: neither the id of the contact, nor date and elder"),
        N_("add the column 编号 (No.) of the sheet, or the columns date, elder and volunteer"),
    ),
    "visits_of_another_month": IssueKind(
        "error",
        N_("the contacts of the run are of {value}, not of {month}"),
        N_("give the run folder of the month with --run, or the month of the run with --month"),
    ),
    "record_visit_unknown": IssueKind(
        "error",
        N_("the month has no contact {value}"),
        N_(
            "look whether the sheet is of another month, or of a plan that was replaced; a contact that was not "
            "planned has no id, but date, elder and volunteer"
        ),
    ),
    "record_elder_differs": IssueKind(
        "error",
        N_("the contact is with {planned}, but the row names {value}"),
        N_("look whether rows were shifted or sorted; correct the id of the contact, or the elder"),
    ),
    "record_volunteer_differs": IssueKind(
        "error",
        N_("the contact was to be made by {planned}, but the row names {value}"),
        N_("where another came instead, name them as who made it; else correct the row"),
    ),
    "record_elder_unknown": IssueKind(
        "error",
        N_("nobody on the roster of elders is called {value}"),
        N_("correct the name or id, or add the elder to the roster"),
    ),
    "record_volunteer_unknown": IssueKind(
        "error",
        N_("nobody on the roster of volunteers is called {value}"),
        N_("correct the name or id, or add the volunteer to the roster"),
    ),
    "record_name_ambiguous": IssueKind(
        "error", N_("several people are called {value}: {ids}"), N_("write the id in place of the name")
    ),
    "record_date_missing": IssueKind(
        "error", N_("the row has neither the id of a contact nor a date"), N_("fill in the date")
    ),
    "record_elder_missing": IssueKind(
        "error", N_("the row has neither the id of a contact nor an elder"), N_("fill in the elder's name or id")
    ),
    "record_volunteer_missing": IssueKind(
        "error",
        N_("it is not known who made this contact, which was not planned"),
        N_("fill in the volunteer's name or id"),
    ),
    "record_kind_missing": IssueKind(
        "error",
        N_("it is not known whether this contact, which was not planned, was a visit or a call"),
        N_("write 上门 or 电话, visit or call"),
    ),
    "record_outcome_missing": IssueKind(
        "error",
        N_("the row says something, but not whether the contact was made"),
        N_("tick it (✓), or write the sign of what happened"),
    ),
    "record_disagrees": IssueKind(
        "error",
        N_("the tick says {other}, the sign {value}"),
        N_("ask the volunteer, and leave the one that is right"),
    ),
    "record_by_disagrees": IssueKind(
        "error",
        N_("{value} is named as who came instead, but the contact was not made"),
        N_("ask the volunteer: tick the contact if it was made, else clear the name"),
    ),
    "record_by_missing": IssueKind(
        "warning",
        N_("another made the contact, but nobody says who"),
        N_("ask the volunteer, and write the name or id as who made it"),
    ),
    "record_remark_decides": IssueKind(
        "warning",
        N_("the remark may say that {matter}, which the outcome does not: {value}"),
        N_("if it is so, write the outcome that says it; else nothing to do"),
    ),
    "record_by_in_remark": IssueKind(
        "warning",
        N_("the remark says that {other} came instead; the contact counts as made by the volunteer of the sheet"),
        N_("where {other} came, write H, or name them as who made it; else nothing to do"),
    ),
    "record_outside_month": IssueKind(
        "error", N_("{value} is not in {month}"), N_("correct the date, or give the sheet with its own month")
    ),
    "record_in_future": IssueKind(
        "error", N_("{value} is yet to come"), N_("correct the date; what has not happened yet is not reported")
    ),
    "record_before_pair": IssueKind(
        "warning",
        N_("{value} is before the two were a pair, which is since {since}"),
        N_("correct the date; nothing to do if they met before"),
    ),
    "record_moved": IssueKind(
        "warning",
        N_("the contact was planned for {planned}; it counts on {value}"),
        N_("nothing to do if it was moved; else correct the date"),
    ),
    "record_beside_plan": IssueKind(
        "warning",
        N_("the plan has a contact of this elder with {planned} on this day; the row counts as another, not planned"),
        N_("where the one of the row came instead, write it on the sheet of {planned}: H, and who came"),
    ),
    "record_contradicts": IssueKind(
        "error",
        N_("another row says otherwise of this contact: {other}"),
        N_("ask the volunteer, correct one of the two, and give both again"),
    ),
    "record_contradicts_file": IssueKind(
        "error",
        N_("this contact is on record otherwise, from {other}"),
        N_("correct the sheet; or, if the sheet is right, give it again with --replace"),
    ),
    # cells
    "value_missing": IssueKind("error", N_("{column} is empty"), N_("fill in the cell")),
    "value_not_number": IssueKind("error", N_("{value} is not a number"), N_("write a number, as in {example}")),
    "value_not_whole": IssueKind("error", N_("{value} is not a whole number"), N_("write a number without fraction")),
    "value_not_time": IssueKind("error", N_("{value} is not a time of day"), N_("write it as 09:30")),
    "value_out_of_range": IssueKind("error", N_("{value} is not between {low} and {high}"), N_("correct the cell")),
    "value_not_date": IssueKind("error", N_("{value} is not a date"), N_("write it as 2026-12-01")),
    "date_lunar": IssueKind(
        "error",
        N_("{value} is a date of the lunar calendar, which is another day each year"),
        N_("write the day of the common calendar (阳历), as on the identity card: 1941-05-02"),
    ),
    "date_month_lost": IssueKind(
        "error",
        N_("{value} may be January or October: as a number 10 becomes 1"),
        N_("write {january} or {october}, in a column formatted as text"),
    ),
    "date_day_lost": IssueKind(
        "error",
        N_("{value} may be {first} or {tenth}: as a number, a 0 at the end is lost"),
        N_("write {first} or {tenth}, in a column formatted as text"),
    ),
    "date_order_unclear": IssueKind(
        "error",
        N_("{value} may begin on {first} or on {other}: the month or the day may stand first"),
        N_("write the whole date, as {other}"),
    ),
    "status_dated": IssueKind(
        "error",
        N_("{value} names a day, and the status none: {choices}"),
        N_("write one of these; days away belong into the days off, the last day into the column of leaving"),
    ),
    "date_year_only": IssueKind("error", N_("{value} is only a year"), N_("add the month at least, as in 1941-05")),
    "date_is_serial": IssueKind(
        "warning",
        N_("{value} is how Excel counts days; it is read as {date}"),
        N_("format the column as date; nothing to do if the date is right"),
    ),
    "pair_begun_later": IssueKind(
        "error",
        N_("a pair that stood before cannot have begun on {value}, after the month that is planned ({end})"),
        N_("correct the date, or empty the cell; or look whether --month is the month that is meant"),
    ),
    "date_impossible": IssueKind("error", N_("the year {year} can't be right"), N_("correct the date {value}")),
    "dates_unreadable": IssueKind(
        "error",
        N_("{part} is neither a date nor a range of dates"),
        N_(
            "write a date as 2026-12-24, a range as 2026-12-28~2026-12-31 or 12月28日至31日, with a semicolon between "
            "several"
        ),
    ),
    "dates_too_many": IssueKind(
        "error",
        N_("the cell names {days} days; at most {most} are read"),
        N_(
            "leave the days of the coming months; who is away for good has left: write that in its own column; or "
            "raise limits.days"
        ),
    ),
    "cell_ditto": IssueKind(
        "error",
        N_("{value} stands for the cell above it, which changes when rows are sorted or removed"),
        N_("write out what is meant"),
    ),
    "cell_too_long": IssueKind(
        "error",
        N_("the cell has {length} characters; at most {most} are read"),
        N_("shorten it; did cells run together? or raise {setting}"),
    ),
    "number_range": IssueKind(
        "warning", N_("{value} is a range; {low}, the lower number, holds"), N_("write one number, {low} or {high}")
    ),
    "capacity_unclear": IssueKind(
        "error",
        N_("{value} may mean nobody at all, or that the number is not known"),
        N_("write 0 for nobody; clear the cell for the number that the settings give"),
    ),
    "distance_unit": IssueKind(
        "error", N_("{value} may be {number} metres or {number} kilometres"), N_("write the unit, as in 500米 or 2公里")
    ),
    "distance_unreadable": IssueKind(
        "error", N_("{value} is not a distance"), N_("write it with its unit, as in 500米, 2公里 or 800 m")
    ),
    "question_unreadable": IssueKind(
        "error",
        N_("{value} says neither yes nor no to {column}"),
        N_("write yes or no, or how severe it is: mild, moderate, severe"),
    ),
    "denial_unclear": IssueKind(
        "error",
        N_("{value} may deny {word} too, or say that there is it"),
        N_("put a semicolon between the two, or write the denial before each"),
    ),
    "dementia_hinted": IssueKind(
        "warning",
        N_("{word} may tell of dementia, but is not read as dementia"),
        N_("if it is dementia, write dementia; if not, nothing to do"),
    ),
    "course_not_done": IssueKind(
        "warning",
        N_("{word} does not count as a course done"),
        N_("nothing to do; once it is done, write its name alone"),
    ),
    "course_unnamed": IssueKind(
        "warning",
        N_("{value} does not say which course was done, so none is counted"),
        N_("write its name, as dementia care"),
    ),
    "word_denied": IssueKind("warning", N_("{word} is denied and does not count"), N_("ignore if intended")),
    "service_not_now": IssueKind(
        "warning",
        N_("{value} may be over, refused or to come, so the elder counts as served by this programme alone"),
        N_("write the programme that visits the elder now; nothing to do if there is none"),
    ),
    "wish_is_preference": IssueKind(
        "warning",
        N_("{word} is a preference, which bars nobody; this column is for what must be"),
        N_("nothing to do; or write the language alone, for an elder who speaks no other"),
    ),
    "consent_unclear": IssueKind(
        "warning",
        N_("{value} is not read as consent, so the elder gets no volunteer"),
        N_("write yes once the elder has consented, else no"),
    ),
    "consent_undecided": IssueKind(
        "warning",
        N_("the elder has not decided yet ({value}) and gets no volunteer till then"),
        N_("nothing to do; write yes once the elder has consented"),
    ),
    "risk_assumed": IssueKind(
        "warning",
        N_("{value} is read as high, for the elder's sake"),
        N_("write high, medium or low alone; nothing to do if it is so"),
    ),
    "list_decides": IssueKind(
        "warning",
        N_("{value} may say that {matter}, which is not read here"),
        N_("if it is so now, fill in {where}; else nothing to do"),
    ),
    "value_not_choice": IssueKind("error", N_("{value} is not understood"), N_("write one of: {choices}")),
    "frequency_unreadable": IssueKind(
        "error",
        N_("not understood how often"),
        N_('write how many times a week, as 2, or how often, as "every 10 days" or "每两周一次"'),
    ),
    "availability_unreadable": IssueKind(
        "error",
        N_("the times {value} can't be read at {part}"),
        N_("write them as 周一上午; 周三, or as Mon am; Wed"),
    ),
    "availability_not_weekly": IssueKind(
        "error",
        N_("the times {value} are not the same in each week: {part}"),
        N_("write weekdays, as 周三上午 or Wed am; single days without contacts belong in the column of days off"),
    ),
    "availability_night": IssueKind(
        "error",
        N_("the times {value} name hours of the evening or night, when nobody is visited or called: {part}"),
        N_("write times of the day; clear the cell if any will do"),
    ),
    "availability_hours_or_days": IssueKind(
        "error",
        N_("{part} in {value} may be hours ({hours}) or weekdays"),
        N_("write hours as {hours}, weekdays as {days}"),
    ),
    "availability_afternoon": IssueKind(
        "warning",
        N_("{value} does not say before noon or after; read as {hours}, as nobody is visited or called at night"),
        N_("nothing to do if it is so; 下午 or pm beside the hours leaves no doubt"),
    ),
    "availability_moment": IssueKind(
        "error",
        N_("{part} in {value} says from when, but not until when"),
        N_("write from when to when, as 14:00-16:00, or 下午3点以后"),
    ),
    "availability_holidays": IssueKind(
        "warning",
        N_("{value} leaves out public holidays: on them the setting schedule.holidays decides, for all alike"),
        N_("nothing to do where nobody is contacted on holidays; else write the dates as days off"),
    ),
    "availability_open": IssueKind(
        "warning",
        N_("{value} names no times, so any time counts as free"),
        N_("ask for the times; nothing to do if any time will do"),
    ),
    "availability_never": IssueKind(
        "warning",
        N_("{value} says that there is no free time at all, so nobody can be paired with them"),
        N_("nothing to do if it is so; clear the cell if the times are only not known"),
    ),
    "id_duplicate": IssueKind(
        "error",
        N_("the id {value} is also in row {other}"),
        N_("give each person one row and an id of their own"),
    ),
    "id_ruined": IssueKind(
        "error",
        N_("the id {value} was changed to a number by Excel"),
        N_("format the column as text and enter it again"),
    ),
    "id_is_date": IssueKind(
        "error",
        N_("the id {value} was changed to a date by Excel"),
        N_("format the column as text and enter it again"),
    ),
    "id_is_national_id": IssueKind(
        "error",
        N_("the id is a national ID, which is never stored"),
        N_("give each person an id of your own making"),
    ),
    "id_is_phone": IssueKind(
        "error",
        N_("the id is a telephone number, which would stand in every file"),
        N_("give each person an id of your own making"),
    ),
    "id_has_unseen_signs": IssueKind(
        "error",
        N_("the id holds a line break or another sign that nobody sees"),
        N_("type the id again"),
    ),
    "id_may_be_phone": IssueKind(
        "warning",
        N_("the id {value} may be a telephone number, which would stand in every file"),
        N_("if it is one, give each person an id of your own making; if it is none, nothing to do"),
    ),
    "id_may_hold_name": IssueKind(
        "warning",
        N_("the id {value} holds what looks like a name, and an id stands in every file"),
        N_("if it is one, give each person an id without it; if it is none, nothing to do"),
    ),
    "number_hidden": IssueKind(
        "warning",
        N_("a telephone number, a national ID or coordinates stand where every file may show them; they are hidden"),
        N_("write it into the column of its own, and nowhere else"),
    ),
    "national_id_invalid": IssueKind(
        "warning",
        N_("the national ID is not valid ({problem})"),
        N_("compare it with the card; format the column as text"),
    ),
    "national_id_duplicate": IssueKind(
        "error",
        N_("the same national ID is also in row {other} of {other_file}"),
        N_("leave each person one row; if they are two people, compare the IDs with their cards"),
    ),
    "person_duplicate": IssueKind(
        "warning",
        N_("row {other} of {other_file} has the same name and the same {what}"),
        N_("if they are one person, leave one row; if they are two, nothing to do"),
    ),
    "person_renamed": IssueKind(
        "warning",
        N_("row {other} of {other_file} has another name, but the same telephone number and date of birth"),
        N_("if they are one person, leave one row; if they are two, nothing to do"),
    ),
    "birth_date_against_id": IssueKind(
        "warning", N_("{value} is not the date of birth in the national ID"), N_("compare both with the card")
    ),
    "sex_against_id": IssueKind(
        "warning", N_("{value} is not the sex in the national ID"), N_("compare both with the card")
    ),
    "age_against_birth_date": IssueKind(
        "warning",
        N_("the age is {value}; by the date of birth it is {age} on {on}"),
        N_("correct the age or the date of birth; the column of ages may be left out"),
    ),
    "elder_young": IssueKind(
        "warning",
        N_("this elder is {age}, under {low} years old"),
        N_("compare the date of birth with the card; does the row belong on this roster?"),
    ),
    "volunteer_age": IssueKind(
        "warning",
        N_("this volunteer is {age}; volunteers are {low} to {high} years old"),
        N_("compare the date of birth with the card; nothing to do if it is right and the volunteer fit"),
    ),
    "person_on_both": IssueKind(
        "warning",
        N_("row {other} of {other_file} is the same person on the other roster"),
        N_("decide whether the person visits or is visited, and remove one of the rows"),
    ),
    "family_at_home": IssueKind(
        "warning",
        N_("elder {elder} and volunteer {volunteer} (row {other} of {other_file}) live at one address"),
        N_("is the elder living alone? The two are not paired unless family.mode is set otherwise"),
    ),
    "family_as_contact": IssueKind(
        "warning",
        N_("the emergency contact of elder {elder} is volunteer {volunteer} (row {other} of {other_file})"),
        N_("nothing to do: the two are not paired unless family.mode or family.contact is set otherwise"),
    ),
    "acquainted_unknown": IssueKind(
        "warning", N_("nobody on the other roster has the id {value}"), N_("correct the id, or remove it")
    ),
    "partner_unknown": IssueKind(
        "warning",
        N_("{value} is nobody on the other roster; this pair does not count as one of last month"),
        N_("correct the id or name, or remove it; or give last month's pairs with --previous"),
    ),
    "partner_ambiguous": IssueKind(
        "warning",
        N_("several people are called {value}: {ids}; this pair does not count as one of last month"),
        N_("write the id instead of the name"),
    ),
    "partner_twice": IssueKind(
        "warning",
        N_("the rosters name several volunteers of {value}: {ids}; {kept} counts as last month's"),
        N_("correct the row that is out of date"),
    ),
    "partners_listed": IssueKind(
        "warning",
        N_("{count} pairs named in the rosters count as last month's pairs: no file of them is given"),
        N_("nothing to do; or give last month's pairs with --previous, which then count instead"),
    ),
    "word_unmatched": IssueKind(
        "warning",
        N_(
            "nobody on the other roster has {value}, so this rule bars everybody: {rule}; elders left out by it: "
            "{elders}"
        ),
        N_(
            "correct the word; if it is another word for one that they have, write both into words.same of the settings"
        ),
    ),
    "answer_unmatched": IssueKind(
        "warning",
        N_(
            "nobody on the other roster has {value}, so this rule bars everybody: {rule}; elders left out by it: "
            "{elders}"
        ),
        N_("correct the word, here or in the column {needed} of the other roster; fill that in where it is empty"),
    ),
    "course_unmatched": IssueKind(
        "warning",
        N_(
            "no volunteer has a course that is asked for here, so this rule bars everybody: {rule}; elders left out "
            "by it: {elders}"
        ),
        N_("write into the volunteers' column {needed} who did which course; or train somebody"),
    ),
    "rule_reads_nothing": IssueKind(
        "warning",
        N_(
            "the other roster says nothing that this rule could read, so it bars nobody: {rule}; elders concerned: "
            "{elders}"
        ),
        N_("fill in the column {needed} of the other roster"),
    ),
    "answer_unknown": IssueKind(
        "warning",
        N_(
            "what is asked for must be known, and the other roster tells it of nobody, so this rule bars everybody: "
            "{rule}; elders left out by it: {elders}"
        ),
        N_("fill in the column {needed} of the other roster"),
    ),
    "phone_invalid": IssueKind("warning", N_("{value} is not a phone number"), N_("correct the number")),
    "address_of_two": IssueKind(
        "error",
        N_("the cell holds two addresses"),
        N_("write the one where the person lives now; the other belongs in the column 户籍地址 or in the remarks"),
    ),
    "place_swapped": IssueKind("error", N_("longitude and latitude are swapped"), N_("exchange the two columns")),
    "place_far": IssueKind(
        "warning",
        N_("the place is {distance_km} km from the middle of the roster"),
        N_("compare the coordinates with the address"),
    ),
    "place_datum": IssueKind(
        "warning",
        N_("the place is {distance_m} m from its neighbours, just as one in {right} among places in {told}"),
        N_("look the coordinates up again, on the same map as the others"),
    ),
    "place_datum_file": IssueKind(
        "warning",
        N_(
            "the {people} places of the file lie {distance_m} m from where other files have the same homes, "
            "just as places in {right} told as {told}"
        ),
        N_("ask on which map they were looked up, and declare that datum"),
    ),
    "place_datum_rows": IssueKind(
        "warning",
        N_(
            "the {people} places of this committee, from here to row {last}, lie {distance_m} m from where other files "
            "have the same homes, just as places in {right} told as {told}"
        ),
        N_("ask on which map they were looked up; give them in a file of their own that declares that datum"),
    ),
    "place_pair_unread": IssueKind(
        "warning",
        N_("{value} is not a longitude and a latitude in degrees"),
        N_("write them as 121.4737,31.2304"),
    ),
    "place_minutes": IssueKind(
        "warning",
        N_("{value} is written in degrees and minutes, which are not read"),
        N_("write decimal degrees: a minute is a sixtieth of a degree, a second 1/3600, so 121°26′24″ is 121.44"),
    ),
    "place_shared": IssueKind(
        "warning",
        N_("{addresses} different addresses have the coordinates {value}; they are not used"),
        N_("a map may have answered with the middle of the city or the town: look the address up again"),
    ),
    "place_coarse": IssueKind(
        "warning",
        N_("the coordinates {value} have too few decimals to say where a home is"),
        N_("look them up again; they need four decimals or more, as in 121.4737, 31.2304"),
    ),
    "area_contradiction": IssueKind(
        "warning",
        N_("the address {value} names another district, town or village than the row's own columns"),
        N_("correct one of the two; until then nobody is taken for a neighbour by this address"),
    ),
    "home_ambiguous": IssueKind(
        "warning",
        N_("there are several places called {value}, and the row does not say which one is meant"),
        N_("fill in the town and the residents' committee; until then nobody is taken for a neighbour by this address"),
    ),
    "home_far": IssueKind(
        "warning",
        N_("the coordinates lie {distance_m} m from the others of {value}"),
        N_("compare the coordinates and the address; until then the row is not taken for their neighbour"),
    ),
    "home_spread": IssueKind(
        "warning",
        N_("the rows at {value} have coordinates far from each other"),
        N_("compare their coordinates and addresses; until then they are not taken for neighbours"),
    ),
    "registered_address_used": IssueKind(
        "warning",
        N_("only {column} says where people live; many live elsewhere"),
        N_("add the column {headers}, with the address where each person lives now"),
    ),
    "datum_undeclared": IssueKind(
        "error",
        N_("the datum of the coordinates is not declared; a wrong one moves every home by hundreds of metres"),
        N_(
            "rename the headers to {headers} (phones, GPS), or name GCJ-02 (Amap, Tencent) or BD-09 (Baidu) in them; "
            "or --set {setting}=… with one of {datums}"
        ),
    ),
    "datum_contradiction": IssueKind(
        "error", N_("the datum of the coordinates is told in two ways: {told}"), N_("leave the right one")
    ),
    "place_half": IssueKind(
        "warning",
        N_("only one of longitude and latitude is there; neither is used"),
        N_("fill in the other, or clear both"),
    ),
    "place_unknown_elder": IssueKind(
        "warning",
        N_("nothing says where elder {value} lives, who therefore gets no volunteer"),
        N_("fill in the address and the residents' committee, or coordinates; or pin the elder to a volunteer"),
    ),
    "place_unknown_volunteer": IssueKind(
        "warning",
        N_("nothing says where volunteer {value} lives, who therefore takes no part"),
        N_("fill in the address and the residents' committee, or coordinates"),
    ),
    "column_unknown": IssueKind(
        "warning",
        N_("the column {column} is not used"),
        N_("nothing to do, if the program has no use for it"),
    ),
    "column_unknown_weighty": IssueKind(
        "warning",
        N_("the column {column} is not recognised and not used"),
        N_("does the result depend on it? Then rename it to a known header; old-partners template lists them"),
    ),
    "column_unknown_near": IssueKind(
        "warning",
        N_("the column {column} is not recognised and not used"),
        N_("is it {near}? Then rename it, or let old-partners check --write-aliases note it in the settings"),
    ),
    "dates_reversed": IssueKind(
        "error", N_("{column} {value} is before the date of joining"), N_("correct one of the dates")
    ),
    "visits_exceed_contacts": IssueKind(
        "warning",
        N_("{visits} visits a week are more than {contacts} contacts a week; contacts are raised to fit"),
        N_("raise contacts_per_week, or lower the visits"),
    ),
    # pairs, pins, never-pairs, visits
    "pair_unknown_elder": IssueKind(
        "error", N_("no elder has the id {value}"), N_("correct the id, or remove the row")
    ),
    "pair_unknown_volunteer": IssueKind(
        "error", N_("no volunteer has the id {value}"), N_("correct the id, or remove the row")
    ),
    "pair_may_have_ended": IssueKind(
        "warning",
        N_("this is not read, and may say that the pair has ended: {value}"),
        N_("if it has, delete the row; else nothing to do"),
    ),
    "pairs_unnamed": IssueKind(
        "warning",
        N_("{count} rows name no volunteer and count for no pair: rows {value}"),
        N_("where one volunteer's name stands above several elders, write it into each row; else nothing to do"),
    ),
    "previous_unknown_elder": IssueKind(
        "warning",
        N_("last month's elder {value} is not on the roster any more"),
        N_("nothing to do if they left"),
    ),
    "previous_unknown_volunteer": IssueKind(
        "warning",
        N_("last month's volunteer {value} is not on the roster any more"),
        N_("nothing to do if they left"),
    ),
    "previous_many_elders_missing": IssueKind(
        "warning",
        N_("elders of last month who are not on the roster: {count} of {all}"),
        N_("is this the whole roster? Look for a filter, another sheet or half a file; nothing to do if they all left"),
    ),
    "previous_ids_unknown": IssueKind(
        "error",
        N_("none of the {count} ids of last month is on the roster"),
        N_(
            "were the ids given anew? Put the former ones back, or the new ones into last month's file; to pair "
            "everybody anew, leave --previous out"
        ),
    ),
    "previous_names_few": IssueKind(
        "warning",
        N_("last month's pairs name only {count} of the {all} elders who were on the roster before"),
        N_("is this the whole file? Look for a filter or half a file; nothing to do if the others had nobody"),
    ),
    "previous_many_volunteers_missing": IssueKind(
        "warning",
        N_("volunteers of last month who are not on the roster: {count} of {all}"),
        N_("is this the whole roster? Look for a filter, another sheet or half a file; nothing to do if they all left"),
    ),
    "ids_lost_zeros": IssueKind(
        "warning",
        N_("Excel took the zeros before {count} ids; each was found again, as {value}"),
        N_("format the column as text before ids are entered, or edit the .xlsx"),
    ),
    "ids_spelt_otherwise": IssueKind(
        "warning",
        N_("ids are spelt in another way than on the roster: {count}; each was found, as {value}"),
        N_("nothing to do; better write ids as the roster does"),
    ),
    "people_by_name": IssueKind(
        "warning",
        N_("{count} people are named without an id; they were found by their names"),
        N_("nothing to do; with ids, people of one name can be told apart"),
    ),
    "pair_name_ambiguous": IssueKind(
        "error", N_("several people on the roster are called {value}: {ids}"), N_("write the id beside the name")
    ),
    "pair_name_unknown": IssueKind(
        "error", N_("nobody on the roster is called {value}"), N_("correct the name, or write the id beside it")
    ),
    "pair_id_against_name": IssueKind(
        "error",
        N_("the id {id} is {own}'s, the name beside it another's: {value}"),
        N_("correct the one that is wrong, or clear the name"),
    ),
    "pair_name_differs": IssueKind(
        "warning",
        N_("{id} is called {own} on the roster, and {value} here; the id counts"),
        N_("nothing to do if it is the same person; else correct the id"),
    ),
    "pair_set_aside": IssueKind(
        "warning",
        N_("the roster's row of {value} is at fault and set aside, and this row with it"),
        N_("correct the row of the roster"),
    ),
    "pair_elder_twice": IssueKind(
        "error", N_("the elder {value} is also in row {other}"), N_("leave each elder one row")
    ),
    "contact_id_twice": IssueKind(
        "error", N_("the visit id {value} is also in row {other}"), N_("give each contact an id of its own")
    ),
    "contact_same_day": IssueKind(
        "error",
        N_("the elder {value} has another contact on this day, in row {other}"),
        N_("leave one of the two, or move one to another day"),
    ),
    "contact_ends_first": IssueKind(
        "error", N_("the contact ends at {value}, which is not after its start"), N_("correct the times")
    ),
    "contact_planned_anew": IssueKind(
        "warning",
        N_("{problem}; the contact is planned anew"),
        N_("nothing to do; or correct the row and run it again"),
    ),
    "contact_outside_month": IssueKind(
        "warning", N_("{value} is after the month; the row is not taken into account"), N_("nothing to do")
    ),
    "contact_overlap": IssueKind(
        "error",
        N_("the contact at {value} begins before that of row {other} ends"),
        N_("move one of the two; or plan anew from this day on, with --from"),
    ),
    "standing_breaks_rule": IssueKind(
        "warning",
        N_("a contact that stood already breaks a rule: {rule}"),
        N_("nothing to do if it is past; else move it, or plan anew from its day on"),
    ),
    "left_out_by_hand": IssueKind(
        "warning",
        N_("{count} elders on the roster are in none of the pairs, and on no list of unmatched elders: {value}"),
        N_("nothing to do if you left them out; they are listed in unmatched.csv, and wait from now on"),
    ),
    "second_is_first": IssueKind(
        "warning",
        N_("elder {value}: the second volunteer is the first now, or lives with the first; the second is now: {other}"),
        N_("nothing to do; to have another, write the id in backup_volunteer_id"),
    ),
    "reason_outdated": IssueKind(
        "warning",
        N_("why {count} elders have no volunteer, as listed, is not so beside these pairs: {value}"),
        N_("nothing to do if you left them out; to find them a volunteer: old-partners schedule --fill"),
    ),
    "pair_elder_absent": IssueKind(
        "warning",
        N_("elder {value} is not on the programme any more; the pair ends"),
        N_("nothing to do; with a leaving date in the roster, contacts up to that day stay due"),
    ),
    "pair_elder_no_consent": IssueKind(
        "warning",
        N_("the consent of elder {value} is not recorded as yes any more; the pair ends"),
        N_("nothing to do if it was withdrawn; otherwise enter it in the roster and give the command anew"),
    ),
    "pair_volunteer_absent": IssueKind(
        "warning",
        N_("volunteer {value} is not on the programme to the end of the month; the pair with {elder} ends"),
        N_("find the elder another volunteer: old-partners substitute --left"),
    ),
    "left_not_on_roster": IssueKind(
        "warning",
        N_("{value} has left, but the roster does not say so; the next match from other files would count on them"),
        N_("enter {last} under {header} in the roster"),
    ),
    "nothing_handed_over": IssueKind(
        "warning",
        N_(
            "{value} has nothing to hand over in the days from {first} on; it is noted that {value} is away, and "
            "stands in for nobody then"
        ),
        N_("if other days, or somebody else, were meant, take the row out of absences.csv and give the command anew"),
    ),
    "surges_contradict": IssueKind(
        "error",
        N_("{value} was told of a surge before, {other} now: all surges of a month are of one kind, as often a week"),
        N_("give {option} {value}, or take the row out of the file if that surge was called off"),
    ),
    "surge_reversed": IssueKind("error", N_("{value} is before {first}"), N_("correct one of the dates")),
    "holiday_contradicts": IssueKind(
        "error",
        N_("{value} is a day off and a workday: see row {other} too"),
        N_("leave one of the two rows out"),
    ),
    "absence_unknown_person": IssueKind(
        "warning",
        N_("{value} is on no roster; the row is not taken into account"),
        N_("correct the id, or leave the row out"),
    ),
    "first_visit_nobody": IssueKind(
        "warning",
        N_(
            "first visit to elder {value} on {date} will be unaccompanied: the team has no other leader, and the "
            "elder no second volunteer"
        ),
        N_("name a leader in the roster's column role, or ask somebody"),
    ),
    "first_visit_no_common_half_day": IssueKind(
        "warning",
        N_(
            "first visit to elder {value} on {date} will be unaccompanied: in the first days the elder, the "
            "volunteer and whoever could come along have no free half-day in common"
        ),
        N_("ask one of the three for another time, or ask somebody else"),
    ),
    "first_visit_full": IssueKind(
        "warning",
        N_(
            "first visit to elder {value} on {date} will be unaccompanied: the three have no free slot that costs "
            "nobody a contact"
        ),
        N_("ask somebody else, or raise new_pair.most_accompanied_per_day or new_pair.first_visit_days"),
    ),
    "first_visit_late": IssueKind(
        "warning",
        N_("the first visit to elder {value}, on {date}, comes later than the first {days} days: {reason}"),
        N_(
            "ask the two for an earlier day and enter it in the rosters, or ring the elder until then; "
            "new_pair.first_visit_days says how many days are the first"
        ),
    ),
    "pin_never": IssueKind(
        "error", N_("this pair is pinned and also a never-pair"), N_("remove it from one of the two files")
    ),
    "pin_over_capacity": IssueKind(
        "error",
        N_("volunteer {value} has {pins} pins and {capacity} places"),
        N_("remove pins, or raise the volunteer's capacity"),
    ),
    "pin_over_units": IssueKind(
        "error",
        N_("volunteer {value} has pins that take {pins} units and {capacity} units"),
        N_("remove pins, or raise the volunteer's capacity"),
    ),
    "pin_over_minutes": IssueKind(
        "error",
        N_("volunteer {value} has pins that take {pins} minutes a month and {capacity} minutes"),
        N_("remove pins, or raise the volunteer's minutes_per_month"),
    ),
    "pin_over_high_risk": IssueKind(
        "error",
        N_("volunteer {value} has {pins} pins of high risk and may have {most}"),
        N_("remove pins, or raise capacity.most_high_risk"),
    ),
    "pin_not_eligible": IssueKind(
        "error", N_("the pinned pair can't be: {rule}"), N_("remove the pin, or correct the roster")
    ),
    "pin_against": IssueKind("warning", N_("the pinned pair is against a rule: {rule}"), N_("ignore if intended")),
    "pin_beyond_limit": IssueKind(
        "warning",
        N_("the pinned pair walks {walk_m} m, over the limit of {limit_m} m"),
        N_("ignore if intended"),
    ),
    "pin_place_unknown": IssueKind(
        "warning",
        N_("it is not known how far the pinned pair live apart"),
        N_("ignore if intended; or fill in where they live"),
    ),
    # edits of the plan workbook
    "edits_no_plan": IssueKind(
        "error",
        N_("the workbook is no plan.xlsx: its hidden sheet {sheet} is missing or damaged"),
        N_("give the plan.xlsx that the program wrote, with all its sheets, saved as .xlsx"),
    ),
    "edits_other_month": IssueKind(
        "error",
        N_("the workbook is the plan of {value}, not of {month}"),
        N_("give the plan.xlsx of this month, or name its month with --month"),
    ),
    "edit_not_taken": IssueKind("warning", N_("{problem}; the edit is not taken"), N_("{advice}")),
    "edits_sheet_unknown": IssueKind(
        "error",
        N_("the sheet is none of the program's; nothing in it is read"),
        N_("write what is to change into the yellow columns of the program's own sheets"),
    ),
    "edits_sheet_gone": IssueKind(
        "error",
        N_("the sheet is missing; nothing follows from that"),
        N_("nothing to do if nothing was filled in there"),
    ),
    "edits_column": IssueKind(
        "error",
        N_("the column is none of the program's; nothing in it is read"),
        N_("nothing to do if it is a note of your own; else write it into the yellow columns"),
    ),
    "edits_column_gone": IssueKind(
        "error",
        N_("the column {column} is missing; nothing in it is read"),
        N_("nothing to do if nothing was filled in there; else give the column its header back"),
    ),
    "edits_rows_gone": IssueKind(
        "error",
        N_("{count} rows are missing; nothing follows from that"),
        N_("nothing to do if they were only cleared away; to end a pair, write yes under “never this pair”"),
    ),
    "edits_row_unknown": IssueKind(
        "error",
        N_("the program wrote no such row: an id in it was changed, or the row came in; it asks for nothing"),
        N_("leave the ids; write the volunteer who is to have the elder under “give to volunteer”"),
    ),
    "edits_row_locked": IssueKind(
        "error",
        N_("the row was changed or came in; nothing on this sheet is read"),
        N_("write what is to change into the yellow columns of other sheets, or correct the rosters"),
    ),
    "edits_locked": IssueKind(
        "error",
        N_("this cell was {before} and may not be edited"),
        N_("fill in the yellow columns; correct names and places in the rosters"),
    ),
    "edits_nobody": IssueKind("error", N_("the row does not say who is meant"), N_("write the id into the row")),
    "edits_two_people": IssueKind("error", N_("{value} names several people: {ids}"), N_("leave one of them")),
    "edits_days_elsewhere": IssueKind(
        "error",
        N_("{value} names days outside {month}"),
        N_("leave the days of this month here; write others into the roster"),
    ),
    "edits_contradict": IssueKind(
        "error",
        N_("{other} says otherwise of the same people: {what}"),
        N_("decide which holds, and clear the other cell"),
    ),
    "edits_against_list": IssueKind(
        "error",
        N_("the list {other} says otherwise of the same people: {what}"),
        N_("decide which holds; clear the cell, or remove the row of the list"),
    ),
    "edits_no_place": IssueKind(
        "error",
        N_("the volunteer has no place left, and this command moves nobody else"),
        N_("give one of their elders to another too; or use old-partners match or run, which match anew"),
    ),
    "edit_for_roster": IssueKind(
        "warning",
        N_("{value}: taken from the workbook for this month; the roster does not say so"),
        N_("enter it in the roster, column {header}; until then each month takes it from the last run's edits.csv"),
    ),
    "calendar_missing": IssueKind(
        "error",
        N_("the statutory holidays of {value} are not known"),
        N_(
            "update the package holidays (pip install -U holidays); or fill in the template holidays.xlsx and name it: "
            "--set schedule.holidays_file=holidays.xlsx; or set schedule.holidays to keep"
        ),
    ),
    "calendar_unannounced": IssueKind(
        "warning",
        N_(
            "the make-up workdays of {value} are not announced yet, and the plan knows the statutory holidays alone; "
            "still in doubt: days that may become days off ({off}), Saturdays and Sundays that may become workdays "
            "({work})"
        ),
        N_(
            "plan anew once they are announced: update the package holidays (pip install -U holidays), or fill in the "
            "template holidays.xlsx and name it: --set schedule.holidays_file=holidays.xlsx"
        ),
    ),
}


Scope = Literal[
    "person",
    "elder",
    "volunteer",
    "pair",
    "plan",
    "pair_week",
    "contact",
    "elder_day",
    "volunteer_day",
    "id",
    "cell",
    "figure",
    "calendar",
]
"""What a violation is about. A ``person`` may be of either roster; an ``id`` is that of contacts."""


@dataclass(frozen=True, slots=True)
class ViolationKind:
    """Row of the table of violations: what one is about, what is said of it, what its amount measures."""

    scope: Scope
    message: str
    measure: str = ""
    """What the amount counts, or its unit; empty where there is none."""
    noted_if_kept: bool = False
    """Whether it is only noted where every contact that it is about had to stand: a new limit does not reach back."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault in an input: where it is and what it is. ``row`` counts as Excel does, from 1 with the header's rows.

    ``value`` is shown to people: whoever makes an issue about a national ID or a phone masks it first. With ``unused``
    among the ``params`` an error is only a warning: the cell is left aside, and this is what is missing without it.
    """

    code: str
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Return ``error`` or ``warning``."""
        return "warning" if self.params.get("unused") else ISSUES[self.code].severity

    def message(self) -> str:
        """Return what is wrong, in the language in use."""
        problem = self._fill(ISSUES[self.code].message)
        if not (unused := self.params.get("unused")):
            return problem
        return _("{problem}; the cell is not used: {unused}").format(problem=problem, unused=_(str(unused)))

    def advice(self) -> str:
        """Return what to do, in the language in use."""
        return self._fill(ISSUES[self.code].advice)

    def locate(self) -> str:
        """Return where it is, as a piece of a sentence; empty where that is nowhere in particular."""
        row = "" if self.row is None else _("row {row}").format(row=self.row)
        parts = [part for part in (self.file, row, self.column) if part]
        return join_words(parts) + ": " if parts else ""

    def _fill(self, text: str) -> str:
        named = {"file": self.file, "row": self.row, "column": self.column, "value": self.value}
        params = {name: _(value) if isinstance(value, str) else value for name, value in self.params.items()}
        return _(text).format_map({**named, **params})


# Reasons: the codes are the choices of the reason columns (columns.py has their Chinese names).
UNMATCHED: dict[str, str] = {
    "no_consent": N_("consent is not recorded as yes"),
    "absent": N_("not on the programme in these dates, or away on every day on which contacts are planned"),
    "served_elsewhere": N_("another programme visits the elder already"),
    "high_risk_closed": N_(
        "the elder is of high risk, and no volunteer may have anybody who is (capacity.most_high_risk = 0)"
    ),
    "no_place": N_(
        "no coordinates are known for the home, and no volunteer is known to share its building, lane or committee"
    ),
    "not_eligible": N_("a rule bars the elder: {rule}"),
    "no_volunteer": N_("no volunteer takes part"),
    "no_volunteer_in_reach": N_(
        "no volunteer lives within the limit of {limit_m} m on foot; the nearest would walk {nearest_m} m; {help}"
    ),
    "ruled_out": N_(
        "none of the {looked_at} volunteers around, {in_reach} of them within the limit of {limit_m} m on foot, may "
        "serve the elder; so many fail each rule: {ruled_out}; {help}"
    ),
    "shortage": N_(
        "places run out (shortage {shortage}): {elders} elders here depend on {volunteers} volunteers with {places} "
        "places; {missing} places are missing, at least {missing_volunteers} volunteers"
    ),
    "outranked": N_(
        "places run out (shortage {shortage}), and elders who come first hold all that this one, of tier {tier}, "
        "could have: {holders} of tier {last_tier} or earlier, {names} among them; {missing} places are missing here, "
        "at least {missing_volunteers} volunteers"
    ),
    "no_room": N_(
        "the elder takes {needed} {unit} at least, and none of the {volunteers} volunteers who may serve them has "
        "room: even the one who comes nearest lacks {lacking} {unit}; it is proved that no plan serves {more}"
    ),
    "no_room_unproven": N_(
        "the elder takes {needed} {unit} at least, and none of the {volunteers} volunteers who may serve them has "
        "room in this plan: even the one who comes nearest lacks {lacking} {unit}; not "
        "proved: another plan may serve {more}"
    ),
    "by_hand": N_("on the roster, and in none of the pairs that were given: left out by hand"),
    "change_budget": N_(
        "one elder more could be served here only by breaking more of last month's pairs than the change budget of "
        "{allowed} allows"
    ),
    "shared_home": N_(
        "this plan has no place for the elder unless elders who share a home have two volunteers, which "
        "household.mode = hard rules out; with soft the elder may be served"
    ),
}
UNMATCHED_BEFORE: dict[str, str] = {
    "shortage": N_("places run out: nobody who may serve the elder has a place left, even if others move"),
    "outranked": N_("places run out, and elders who come first hold all that this one could have"),
}
"""Reasons of who was left out in an earlier run of the month, whose shortages and tiers had numbers of their own."""
# What would help an elder whom no volunteer may serve; {ways} are made of the pieces below, joined.
HELP: dict[str, str] = {
    "one": N_("this would give one elder more a place, this one unless it goes to somebody who comes first: {ways}"),
    "full": N_("this would let a volunteer serve the elder, but one who has no place left: {ways}"),
    "together": N_("only together would these let a volunteer serve the elder: {ways}"),
    "rule": N_("to do without “{sentence}” (no setting does)"),
    "setting": N_("{rule} loosened ({path}={value})"),
    "cell": N_("{column} of {volunteer} raised to {value}"),
    "fails": N_("“{sentence}” {volunteers}"),
    "or": N_(" or "),
    "and": N_(" and "),
    "between": N_("; "),
    "closed": N_("{closed} further places of theirs are closed to elders of high risk (capacity.most_high_risk)"),
    "nothing": N_("nothing on this roster would help"),
    "one_more": N_(
        "with {ways} one elder more could be served, this one unless the place goes to somebody who comes first"
    ),
}
PROOF: dict[str, str] = {
    "by_hand": N_("not proved: the pairs are taken from a file"),
    "no_pair": N_("proved: the rules allow no pair"),
    "pins_only": N_("nothing to choose: the rules allow no pair beside the pins"),
    "most_kept": N_(
        "none keeps a place for more of those who have a pair that may go on; of the plans that keep as many:"
    ),
    "more_kept_possible": N_(
        "not proved: another plan may keep a place for more of those who have a pair that may go on"
    ),
    "most_first": N_("none serves more of those who come before the count; of the plans that serve as many of them:"),
    "most_first_in_turn": N_(
        "none serves more of those who come before the count, one tier after the other; of the plans that serve as "
        "many of each:"
    ),
    "most_first_use": N_(
        "none serves elders who come before the count and take more {unit} together, one tier after the other; of the "
        "plans that serve as much:"
    ),
    "more_before_possible": N_("not proved: another plan may serve more of those who come before the count"),
    "bonds": N_("everybody who has a volunteer who may go on has a place"),
    "most_elders": N_("none serves more elders"),
    "changes_for_more": N_("each that serves more elders breaks more pairs for it than keep.most_changes allows"),
    "most_use": N_("none serves elders who take more {unit} together"),
    "first_tiers": N_("none of as many serves more of those who come first"),
    "first_use": N_("none that serves as much serves elders who come first and take more {unit} together"),
    "first_of_these": N_("none that breaks as many, and serves as many, serves more of those who come first"),
    "weighed_tiers": N_("none of as many leaves out fewer of those who come first, each place in the order weighed"),
    "more_first_possible": N_("not proved: one of as many may serve more of those who come first"),
    "fewest_of_as_many": N_("none of as many breaks fewer of last month's pairs"),
    "fewest_broken": N_("none of these breaks fewer of last month's pairs"),
    "least_cost": N_(
        "none of these costs fewer metres (walks, penalties, loads and those left out, less what is worth keeping)"
    ),
    "gap": N_("not proved: one of as many may cost fewer metres, by {gap} of what the pairs cost at most"),
    "more_possible": N_("not proved: another plan may serve more elders, but no more than {more}"),
    "more_use_possible": N_(
        "not proved: another plan may serve elders who take more {unit} together, but no more than {more}"
    ),
    "budget_gap": N_("not proved: another plan may be better; cost and bound are {difference} m apart"),
}
"""What is known of a plan, goal by goal: the codes are ``proof.claims`` of summary.json."""
PROOF_SCOPE: dict[str, str] = {
    "rules": N_("all plans that keep the rules"),
    "pins": N_("the pins"),
    "one_volunteer_a_home": N_("one volunteer a home"),
    "change_budget": N_("the change budget"),
}
"""Over which plans that is known."""
BACKUP_PROOF: dict[str, str] = {
    "optimal": N_("proved: no choice gives more of these pairs a second volunteer, nor as many at fewer metres in all"),
    "unproved": N_("not proved: second volunteers who stay were kept"),
}
SCHEDULE_PROOF: dict[str, str] = {
    "most_contacts": N_("proved: of months that keep the floors as well, none of any volunteer holds more contacts"),
    "most_contacts_around": N_(
        "proved: around the contacts that stand, of months that keep the floors as well, none of any volunteer holds "
        "more contacts"
    ),
    "unproven": N_("not proved for {count} volunteers that their month holds no more"),
    "changed_only": N_("not proved: the month was changed only where it had to be"),
}
"""What is known of a month: the codes are ``schedule.claim`` of summary.json."""
CHANGES: dict[str, str] = {
    "elder_gone": N_("the elder is not on the roster any more"),
    "set_aside": N_("the roster's row of one of the two is at fault and set aside"),
    "volunteer_gone": N_("the volunteer is not on the roster any more"),
    "no_place": N_("it is not known how far the two live apart"),
    "paused": N_("one of the two is away for the month; the pair pauses, and goes on when they are back"),
    "paused_too_long": N_("one of the two has been away for longer than a pair pauses (keep.paused_months)"),
    "own_volunteer_back": N_("the volunteer stood in for the elder's own, and both of that pair are back"),
    "volunteer_absent": N_("the volunteer is not active in these dates, or away on every day of contacts"),
    "served_elsewhere": N_("another programme visits the elder already"),
    "elder_not_eligible": N_(
        "the elder has no consent on record, is not on the programme in these dates, or is away on all days of contacts"
    ),
    "never_pair": N_("the two are a never-pair now"),
    "pinned": N_("the elder was pinned to another volunteer"),
    "beyond_limit": N_("the two live further apart than the limit"),
    "own_limit": N_("the walk is longer than the volunteer is ready for now"),
    "boundary": N_("the two live on different sides of a boundary"),
    "family": N_("the two are of one household or family"),
    "sex": N_("the volunteer is not known to be of the sex that the elder asks for"),
    "wanted_language": N_("the volunteer is not known to speak a language that the elder asks for"),
    "common_language": N_("the two have no language in common"),
    "dementia_training": N_("the elder has dementia, and the volunteer no course in dementia care"),
    "high_risk_training": N_("the elder is of high risk, and the volunteer has no course in care for them"),
    "stairs": N_("the elder lives higher up than the volunteer can climb"),
    "common_time": N_("no day of the month has time for a contact in both people's hours"),
    "least_visits": N_("the two have no time for the visits that the elder is to have at least"),
    "silence": N_("the two have time too seldom: the elder would be too long without a contact"),
    "ruled_out": N_("a rule forbids the pair now"),
    "lent_place": N_("the place was lent while a pair of the volunteer's paused, and that pair goes on"),
    "capacity": N_("the volunteer has fewer places than it would take to keep all pairs"),
    "high_risk_limit": N_("the volunteer would have more elders of high risk than one may have"),
    "by_hand": N_("whoever made the pairs by hand decided so"),
    "gave_way": N_("the place goes to an elder who comes first"),
    "made_room": N_("moved so that another elder has a place"),
    "shared_home": N_("a home has one volunteer (household.mode), and that one is another now"),
    "better_plan": N_("the change saves at least as many metres as keeping the pair is worth"),
}
UNSCHEDULED: dict[str, str] = {
    "no_common_half_day": N_("the two have no free half-day in common in this week"),
    "closed": N_("holidays and closed days leave too few days in this week"),
    "absent": N_("the volunteer or the elder is away in this week"),
    "day_full": N_("the volunteer's days are full"),
    "not_replanned": N_("the days that may be planned anew are too few"),
    "agreed": N_("what was agreed before stands, or the days are over (of floors alone)"),
    "seldom_due": N_("what is due comes too seldom for the longest silence (of floors alone)"),
}
LATE_FIRST_VISITS: dict[str, str] = {
    "closed": N_("these days are closed"),
    "absent": N_("the volunteer or the elder is away on these days"),
    "no_common_half_day": N_("the two have no free half-day in common on these days"),
    "not_replanned": N_("these days are over"),
    "day_full": N_("the volunteer's days are full"),
    "seldom_due": N_("visits are due so seldom that one as early would cost one that is due later"),
}
NOTICES: dict[str, str] = {
    "stand_in_visit": N_("visit {elder} at {start} in place of {volunteer}"),
    "stand_in_call": N_("call {elder} at {start} in place of {volunteer}"),
    "other_visit": N_("{stand_in} comes at {start} in place of {volunteer}"),
    "other_call": N_("{stand_in} calls at {start} in place of {volunteer}"),
    "none_visit": N_("{volunteer} can't come and nobody is free in their place"),
    "none_call": N_("{volunteer} can't call and nobody is free in their place"),
    "alone": N_("{volunteer} can't come along to {elder} at {start} and nobody is free in their place"),
    "other_companion": N_("{stand_in} comes along to {elder} at {start} in place of {volunteer}"),
    "accompany": N_("go along with {whom} to {elder} at {start} in place of {volunteer}"),
    "new_elder": N_("{elder} is yours from {day} on, after {volunteer}"),
    "new_volunteer": N_("{stand_in} looks after you from {day} on, after {volunteer}"),
    "first_elder": N_("{elder} is yours from {day} on"),
    "first_volunteer": N_("{stand_in} looks after you from {day} on"),
    "handed_on": N_("{elder} is not yours any more from {day} on; {stand_in} goes there now"),
    "ended": N_("{elder} is not yours any more from {day} on"),
    "no_volunteer": N_("{volunteer} does not come any more from {day} on, and nobody comes in their place so far"),
    "pauses": N_("visits and calls to {elder} pause from {day} on; {elder} stays yours"),
    "pauses_elder": N_("{volunteer} does not come from {day} on for the time being, and comes again afterwards"),
    "resumes": N_("visits and calls to {elder} go on from {day} on"),
    "resumes_elder": N_("{volunteer} comes again from {day} on"),
    "first_visit": N_("first visit to {elder} at {start}; {stand_in} comes along"),
    "first_visit_alone": N_("first visit to {elder} at {start}"),
    "first_visit_elder": N_("{volunteer} comes for the first time at {start}, together with {stand_in}"),
    "first_visit_elder_alone": N_("{volunteer} comes for the first time at {start}"),
    "accompany_first": N_("go along with {whom} to {elder} at {start}"),
    "along_moved": N_("go along with {whom} to {elder} at {start}, in place of {old_day} at {old_start}"),
    "not_along": N_("you need not go along to {elder} at {start}"),
    "with_companion": N_("{stand_in} comes along to {elder} at {start}"),
    "moved_visit": N_("visit {elder} at {start}, in place of {old_day} at {old_start}"),
    "moved_call": N_("call {elder} at {start}, in place of {old_day} at {old_start}"),
    "moves_visit": N_("{volunteer} comes at {start}, in place of {old_day} at {old_start}"),
    "moves_call": N_("{volunteer} calls at {start}, in place of {old_day} at {old_start}"),
    "added_visit": N_("visit {elder} at {start}: this is new"),
    "added_call": N_("call {elder} at {start}: this is new"),
    "extra_visit": N_("{volunteer} comes at {start}: this is new"),
    "extra_call": N_("{volunteer} calls at {start}: this is new"),
    "cancelled_visit": N_("the visit to {elder} at {start} falls away"),
    "cancelled_call": N_("the call to {elder} at {start} falls away"),
    "dropped_visit": N_("{volunteer} does not come at {start}: the visit falls away"),
    "dropped_call": N_("{volunteer} does not call at {start}: the call falls away"),
    "not_needed_visit": N_("you need not visit {elder} at {start}"),
    "not_needed_call": N_("you need not call {elder} at {start}"),
    "again_visit": N_("visit {elder} at {start} yourself again"),
    "again_call": N_("call {elder} at {start} yourself again"),
    "again_elder_visit": N_("{volunteer} comes at {start} again, nobody in their place"),
    "again_elder_call": N_("{volunteer} calls at {start} again, nobody in their place"),
    "instead_visit": N_("{stand_in} visits {elder} in your place; you need not go at {start}"),
    "instead_call": N_("{stand_in} calls {elder} in your place; you need not call at {start}"),
}
"""What people are told where a plan differs from what they know, by what happened; ``notices.csv`` lists them."""
EDITS: dict[str, str] = {
    "pin": N_("the two are a pair this month"),
    "never": N_("the two are no pair, in this month and the coming ones"),
    "away": N_("takes no part this month"),
    "days_off": N_("has no contacts on these days"),
    "consent": N_("counts as consented; enter it in the roster"),
    "no_consent": N_("counts as not consented; enter it in the roster"),
    "nothing": N_("asks for nothing"),
    "same": N_("said once already: {other}"),
    "carried": N_("taken by an earlier run"),
    "lifted": N_("taken by an earlier run; lifted by {other}"),
    "against": N_("against the rule: {rule}"),
    "free": N_("it costs nothing: without it the plan is no better"),
    "price": N_("it costs {metres} m more than the best plan without it"),
    "saved": N_("it costs {metres} m less than the best plan without it"),
    "price_elders": N_("{count} elders fewer have a volunteer by it"),
    "more_elders": N_("{count} elders more have a volunteer by it"),
    "left_out": N_("left out by it: {ids}"),
    "taken_in": N_("served by it: {ids}"),
    "together": N_(
        "so many edits are priced together: by all of them the plan costs {metres} m more, and {count} elders fewer "
        "have a volunteer"
    ),
    "unproved": N_("the search was stopped: the price is that of the best plans found"),
}
"""What became of an edit, in pieces of a sentence; ``edits.csv`` lists them."""
VIOLATIONS: dict[str, ViolationKind] = {
    "unknown_person": ViolationKind("person", N_("the id is on no roster")),
    "elder_twice": ViolationKind("elder", N_("the elder has {amount} pairs"), N_("pairs")),
    "capacity": ViolationKind("volunteer", N_("the volunteer has {amount} elders more than places"), N_("elders")),
    "units": ViolationKind(
        "volunteer", N_("the volunteer's elders take {amount} units more than there are"), N_("units")
    ),
    "shared_home": ViolationKind(
        "pair", N_("another elder of the same home has another volunteer, and a home may have one only")
    ),
    "shared_home_list": ViolationKind(
        "elder",
        N_("shared_homes.csv is wrong about the elder: who shares the home, whose each is, who could take all"),
    ),
    "minutes": ViolationKind(
        "volunteer",
        N_("the volunteer's elders take {amount} minutes a month more than there are"),
        N_("minutes a month"),
    ),
    "high_risk": ViolationKind(
        "volunteer", N_("the volunteer has {amount} elders of high risk more than allowed"), N_("elders")
    ),
    "backup_capacity": ViolationKind(
        "volunteer", N_("the volunteer stands in for {amount} elders more than allowed"), N_("elders")
    ),
    "backup_same": ViolationKind("pair", N_("the second volunteer is the first, or lives in one household with them")),
    "change_budget": ViolationKind(
        "plan", N_("{amount} pairs of last month more are broken than the budget allows"), N_("pairs")
    ),
    "distance": ViolationKind(
        "pair", N_("the two live {amount} m on foot further apart than the limit"), N_("metres"), noted_if_kept=True
    ),
    "no_place": ViolationKind("pair", N_("it is not known how far the two live apart"), noted_if_kept=True),
    "consent": ViolationKind("pair", N_("the elder's consent is not recorded as yes")),
    "dates": ViolationKind(
        "pair", N_("one of the two is not on the programme in these dates, or away on every day"), noted_if_kept=True
    ),
    "never": ViolationKind("pair", N_("the two are a never-pair"), noted_if_kept=True),
    "served_elsewhere": ViolationKind("pair", N_("another programme visits the elder already")),
    "own_limit": ViolationKind(
        "pair", N_("the walk is {amount} m longer than the volunteer is ready for"), N_("metres"), noted_if_kept=True
    ),
    "boundary": ViolationKind("pair", N_("the two live on different sides of a boundary"), noted_if_kept=True),
    "family": ViolationKind("pair", N_("the two are of one household or family"), noted_if_kept=True),
    "sex": ViolationKind(
        "pair", N_("the volunteer is not known to be of the sex that the elder asks for"), noted_if_kept=True
    ),
    "wanted_language": ViolationKind(
        "pair", N_("the volunteer is not known to speak a language that the elder asks for"), noted_if_kept=True
    ),
    "common_language": ViolationKind("pair", N_("the two have no language in common"), noted_if_kept=True),
    "dementia_training": ViolationKind(
        "pair", N_("the elder has dementia, and the volunteer no course in dementia care"), noted_if_kept=True
    ),
    "high_risk_training": ViolationKind(
        "pair", N_("the elder is of high risk, and the volunteer has no course in care for them"), noted_if_kept=True
    ),
    "stairs": ViolationKind(
        "pair",
        N_("the home is {amount} floors higher up than the volunteer can climb"),
        N_("floors"),
        noted_if_kept=True,
    ),
    "common_time": ViolationKind(
        "pair", N_("no day of the month has time for a contact in both people's hours"), noted_if_kept=True
    ),
    "least_visits": ViolationKind(
        "pair", N_("the two have no time for the visits that the elder is to have at least"), noted_if_kept=True
    ),
    "silence": ViolationKind(
        "pair", N_("the two have time too seldom: the elder would be too long without a contact"), noted_if_kept=True
    ),
    "pins": ViolationKind("pair", N_("the pair is pinned and missing")),
    "wrong_amount": ViolationKind(
        "cell", N_("{what} is off by {amount}"), N_("the difference, in the unit of the column"), noted_if_kept=True
    ),
    "wrong_figure": ViolationKind(
        "figure", N_("{what} is off by {amount}"), N_("the difference, in the unit of the figure")
    ),
    "paused": ViolationKind("pair", N_("the pair pauses, although last month's was none or nobody is away")),
    "paused_missing": ViolationKind(
        "pair", N_("one of the two is away, and the pair of last month is not there as paused")
    ),
    "unaccounted": ViolationKind("elder", N_("the elder is neither paired nor listed as unmatched")),
    "accounted_twice": ViolationKind("elder", N_("the elder is listed as unmatched and also paired, or listed twice")),
    "wrong_reason": ViolationKind("elder", N_("the reason why the elder has no volunteer is not so")),
    "visit_without_pair": ViolationKind(
        "contact", N_("contact between two people who are not paired"), noted_if_kept=True
    ),
    "kept_missing": ViolationKind("contact", N_("a contact that had to stand is missing or changed")),
    "cancelled": ViolationKind("contact", N_("the contact is listed as cancelled and also planned, or listed twice")),
    "hot_hours": ViolationKind("contact", N_("a visit in the hot hours of a surge")),
    "cold_hours": ViolationKind("contact", N_("a visit outside the warm hours of a cold wave")),
    "visit_in_calls_only": ViolationKind("contact", N_("a visit on a day of calls only")),
    "surge": ViolationKind(
        "pair_week",
        N_("{amount} days of the week's surge have neither a contact nor are they listed as unscheduled"),
        N_("days"),
    ),
    "companion": ViolationKind(
        "contact",
        N_("who comes along is no leader of the team nor the second volunteer, or can't come then"),
        noted_if_kept=True,
    ),
    "first_visit": ViolationKind(
        "pair",
        N_("a new pair's first visit does not come in the first {amount} days, nor is it listed as missing"),
        N_("days"),
    ),
    "calendar_unread": ViolationKind("calendar", N_("the calendar file {what} can't be read")),
    "calendar_missing": ViolationKind("calendar", N_("the contact is not in the calendar file where it should be")),
    "calendar_extra": ViolationKind(
        "calendar", N_("the calendar file {what} holds an event that is no contact, or holds it twice")
    ),
    "calendar_differs": ViolationKind("calendar", N_("in the calendar file {what} is not as in the table of contacts")),
    "outside_month": ViolationKind("contact", N_("the contact is outside the month")),
    "absent": ViolationKind("contact", N_("one of the two is away on this day"), noted_if_kept=True),
    "availability": ViolationKind("contact", N_("one of the two is not free then"), noted_if_kept=True),
    "closed_day": ViolationKind("contact", N_("a contact on a holiday or closed day"), noted_if_kept=True),
    "same_day": ViolationKind(
        "elder_day", N_("the elder has {amount} contacts on this day"), N_("contacts"), noted_if_kept=True
    ),
    "day_full": ViolationKind(
        "volunteer_day",
        N_("the volunteer has {amount} {what} on this day, over the limit"),
        N_("contacts, visits or minutes"),
        noted_if_kept=True,
    ),
    "walk_time": ViolationKind(
        "volunteer_day",
        N_("the walk from the visit before takes {amount} min more than there are"),
        N_("minutes"),
        noted_if_kept=True,
    ),
    "overlap": ViolationKind(
        "volunteer_day",
        N_("two contacts of the volunteer are {amount} min too close or overlap"),
        N_("minutes"),
        noted_if_kept=True,
    ),
    "duration": ViolationKind(
        "contact", N_("the contact is {amount} min shorter or longer than set"), N_("minutes"), noted_if_kept=True
    ),
    "window": ViolationKind(
        "contact", N_("the contact is outside the morning's and afternoon's windows"), noted_if_kept=True
    ),
    "cadence": ViolationKind(
        "pair_week",
        N_("{amount} {what} of the week are neither planned nor listed as unscheduled"),
        N_("visits or calls"),
    ),
    "more_than_due": ViolationKind(
        "pair_week",
        N_("{amount} {what} of the week more than are due"),
        N_("contacts made, or listed as missing"),
    ),
    "visit_twice": ViolationKind("id", N_("the visit id is used {amount} times"), N_("contacts")),
}
"""Every kind of violation, in the order in which they are listed."""

# Lists that follow from records: why somebody is on one.
LISTS: dict[str, str] = {
    "check_now": N_("{misses} contacts running missed since {first}, last: {outcome}; nobody knows how the elder is"),
    "silent": N_("no confirmed contact for {days} days; last on {last}"),
    "silent_never": N_("no confirmed contact on record since {first}, {days} days"),
    "silent_unconfirmed": N_("{unconfirmed} planned contacts since then are not reported"),
    "silent_known": N_("last report, {date}: {outcome}"),
    "not_reported_none": N_("nothing reported this month"),
    "not_reported_some": N_("{reported} of {planned} contacts reported"),
    "never_met": N_("a pair since {since}, {planned} visits planned, none confirmed"),
    "never_met_unreported": N_("a pair since {since}, none of {planned} planned visits reported"),
    "change_died": N_("the records say that the elder died"),
    "change_died_doubtful": N_(
        "the records say that the elder died, but later contacts too: ask at once which is right"
    ),
    "change_moved": N_("the records say that the elder has moved away"),
    "change_refused": N_("the elder refused {times} times, and has not been met since: ask whether the consent stands"),
    "change_in_hospital": N_("the elder is in hospital, by the last report"),
    "trial": N_("a pair since {since}: talk over the first {weeks} weeks with both"),
    "review": N_("a pair for {months} months: see how the two get on"),
    "expired": N_("expired {days} days ago"),
    "expires": N_("expires in {days} days"),
}
"""Sentences of the lists beside the records."""


def explain_listing(code: str, **params: object) -> str:
    """Return why somebody is on a list, in the language in use."""
    return _(LISTS[code]).format(**params)
