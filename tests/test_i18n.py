"""The catalogs: nothing missing, nothing left over, and names in braces as in the English text."""

from __future__ import annotations

import gettext
import importlib.metadata
import re
import string
from pathlib import Path

import click
import pytest

from matcher.i18n import LANGUAGES, LOCALE_DIR, N_, _, in_language, language, locale_language, ngettext, use_language
from tools import catalogs

ROOT = Path(__file__).parent.parent
PINNED_CLICK = re.search(r"^click==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[1]
ONLY_PINNED_CLICK = pytest.mark.skipif(
    importlib.metadata.version("click") != PINNED_CLICK, reason="the catalogs follow the click of requirements.txt"
)


def forms(text):
    return text if isinstance(text, tuple | list) else (text,)


def names_in_braces(text):
    try:
        return {name.split(".")[0] for _text, name, _spec, _conv in string.Formatter().parse(text) if name is not None}
    except ValueError:  # a brace by itself
        return set()


def percent_names(text):
    return set(re.findall(r"%\(\w+\)[sd]", text))


def disagreements(message):
    """Forms whose names in braces are not those of the English text (of either of its forms)."""
    wanted = [(names_in_braces(text), percent_names(text)) for text in forms(message.id)]
    return [form for form in forms(message.string) if (names_in_braces(form), percent_names(form)) not in wanted]


@pytest.fixture(scope="module")
def from_code():
    return {message.id: message for message in catalogs.messages(catalogs.extract("matcher"))}


@pytest.fixture(scope="module")
def from_everywhere():
    return catalogs.extract()


@pytest.fixture(scope="module", params=LANGUAGES)
def catalog(request):
    return catalogs.read(request.param)


def test_the_code_has_texts(from_code):
    assert len(from_code) > 150
    assert "there is no such file" in from_code


def test_no_text_of_the_code_is_missing(from_code, catalog):
    assert [text for text in from_code if text not in catalog] == []


@ONLY_PINNED_CLICK
def test_no_text_of_click_is_missing(catalog):
    texts = [message.id for message in catalogs.messages(catalogs.extract("click"))]
    assert "Usage:" in texts
    assert [text for text in texts if text not in catalog] == []


@ONLY_PINNED_CLICK
def test_nothing_is_left_over(from_everywhere, catalog):
    assert [message.id for message in catalogs.messages(catalog) if message.id not in from_everywhere] == []
    assert not catalog.obsolete


def test_everything_is_translated(catalog):
    assert [message.id for message in catalogs.messages(catalog) if not catalogs.is_translated(message)] == []


def test_english_is_its_own_translation():
    assert [m.id for m in catalogs.messages(catalogs.read("en")) if forms(m.string) != forms(m.id)] == []


def test_chinese_is_chinese():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    same_in_both = re.compile(r"(?:[\W\d_]|\{\w+\})*|m|min|1|.*%\(prog\)s.*|\{.*\}")
    bare = [
        message.id
        for message in catalogs.messages(catalogs.read("zh"))
        if not all(chinese.search(form) for form in forms(message.string))
        and not same_in_both.fullmatch(forms(message.id)[0])
    ]
    assert bare == []


def test_names_in_braces_agree(catalog):
    wrong = {message.id: disagreements(message) for message in catalogs.messages(catalog)}
    assert {text: bad for text, bad in wrong.items() if bad} == {}


def test_a_wrong_name_in_braces_is_seen():
    catalog = catalogs.Catalog()
    message = catalog.add("{near} and {far}", "{near}")
    assert disagreements(catalog[message.id]) == ["{near}"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_compiled_is_as_its_source(lang):
    with catalogs.find_path(lang).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogs.messages(catalogs.read(lang)):
        if message.pluralizable:
            counts = (1, 2) if lang == "en" else (2,)
            assert [compiled.ngettext(*message.id, n) for n in counts] == list(message.string)
        else:
            assert compiled.gettext(message.id) == message.string
    texts = {key[0] if isinstance(key, tuple) else key for key in compiled._catalog if key}
    assert texts == {forms(message.id)[0] for message in catalogs.messages(catalogs.read(lang))}


def test_catalogs_stand_in_the_package():
    assert {path.name for path in LOCALE_DIR.iterdir()} == set(LANGUAGES)


def test_text_follows_the_language():
    with in_language("zh"):
        assert _("there is no such file") == "没有这个文件"
        assert language() == "zh"
    assert _("there is no such file") == "there is no such file"
    assert _("") == ""
    assert N_("not marked anywhere") == "not marked anywhere"
    assert [ngettext("{n} thing", "{n} things", n) for n in (1, 2)] == ["{n} thing", "{n} things"]


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="fr"):
        use_language("fr")


def test_click_speaks_the_language_in_use():
    @click.command()
    @click.option("--out", required=True)
    def command(out): ...

    def said():
        with pytest.raises(click.MissingParameter) as caught, command.make_context("x", []):
            pass
        return caught.value.format_message()

    with in_language("zh"):
        assert "缺少" in said()
    with in_language("en"):
        assert said() == "Missing option '--out'."


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_locale_asks_for_a_language(monkeypatch, variables, expected):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert locale_language() == expected


def test_windows_names_its_locale_otherwise(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("matcher.i18n.os.name", "nt")
    monkeypatch.setattr("matcher.i18n.locale.getlocale", lambda: ("Chinese (Simplified)_China", "936"))
    assert locale_language() == "zh"


def test_english_says_one_elder():
    told = "{n} elders here depend on {m} volunteers; {n} places are missing; {n} people read; E{n} elders"
    with in_language("en"):
        assert _(told).format(n=1, m=1) == (
            "1 elder here depends on 1 volunteer; 1 place is missing; 1 person read; E1 elders"
        )
        assert _(told).format_map({"n": 21, "m": 1}).startswith("21 elders here depend on 1 volunteer; 21 places are")
