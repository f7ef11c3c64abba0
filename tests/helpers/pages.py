"""A report page read back: what its script is told, its columns, and every text that stands in it."""

import json
import re

from matcher.outputs.page.packing import unpack


def read_page(path):
    """Return what the script is told, and the unpacked columns."""
    text = path.read_text("utf-8")
    about = json.loads(re.search(r'id="about">(.*?)</script>', text, re.DOTALL)[1])
    block = re.search(r'id="block">(.*?)</script>', text, re.DOTALL)[1]
    return about, unpack(about["columns"], block)


def read_page_text(path):
    """Return all that a page says: its text, and the texts and degrees of its columns."""
    text = path.read_text("utf-8")
    if 'id="block"' not in text:
        return text
    columns = read_page(path)[1]
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
