"""A report page read back: what its script is told, its columns, and every text that stands in it."""

import json
import re

import numpy as np

from matcher.matching import match
from matcher.outputs.left_out import make_unmatched_frame
from matcher.outputs.page import build_contents
from matcher.outputs.page.packing import unpack
from matcher.outputs.summary import summarise
from matcher.outputs.tables import PeopleNames
from tests.helpers.people import LAT, LNG, month


def read_page(path):
    """Return what the script is told, and the unpacked columns."""
    return _take_apart(path.read_text("utf-8"))


def _take_apart(text):
    about = json.loads(re.search(r'id="about">(.*?)</script>', text, re.DOTALL)[1])
    block = re.search(r'id="block">(.*?)</script>', text, re.DOTALL)[1]
    return about, unpack(about["columns"], block)


def read_page_text(path):
    """Return all that a page says: its text, and the texts and degrees of its columns."""
    return unpack_page_text(path.read_text("utf-8"))


def unpack_page_text(text):
    """Return the same of a page's source."""
    if 'id="block"' not in text:
        return text
    columns = _take_apart(text)[1]
    bare = re.sub(r'(id="block">).*?(</script>)', r"\1\2", text, flags=re.DOTALL)
    parts = [bare]
    for name, values in columns.items():
        if isinstance(values, list):
            parts += values
        elif re.search("_[xy]$", name):
            parts += [f"{value / 100_000:.5f}" for value in values.tolist()]
        else:
            parts += map(str, values.tolist())
    return "\n".join(parts)


def make_town(n=60, n_volunteers=10, *, seed=3, planted="", order=None):
    """Return a matched month of some elders in two committees, a few of them left out, as ``build_contents`` takes it.

    ``planted`` stands in what people may type: committees, subdistricts, names.
    """
    rng = np.random.default_rng(seed)

    def make(count):
        committee = rng.integers(0, 2, count)
        return [
            {
                **{"lng": LNG + rng.normal(0, 0.002), "lat": LAT + rng.normal(0, 0.002), "name": f"赵鹈{k}{planted}"},
                **{
                    "district": "徐汇区",
                    "subdistrict": f"枫林路街道{planted}",
                    "committee": f"{'东西'[c]}居委会{planted}",
                },
                **{"risk": ("high", "medium", "low", "")[k % 4], "consent": "no" if k == 7 else "yes"},
            }
            for k, c in enumerate(committee.tolist())
        ]

    elders, volunteers = make(n), make(n_volunteers)
    elders = [{"id": f"E{k:03}", **one} for k, one in enumerate(elders)]
    volunteers = [{"id": f"V{k:03}", **one} for k, one in enumerate(volunteers)]
    if order is not None:
        elders = [elders[k] for k in order]
    data = month(elders, volunteers)
    return match(data)


def contents_of(plan, *, names="masked", homes="squares"):
    """Return what the page of a plan shows."""
    people = PeopleNames.of(plan.month.roster, names)
    unmatched = make_unmatched_frame(plan, people)
    figures = summarise(plan.month, plan, None, tuple(unmatched["reason"]), (), {})
    return build_contents(plan, people, unmatched, None, figures, names=names, homes=homes)
