"""Counts of how the code speaks: verbs in names and docstrings, and parameters.

Run as ``python -m tools.style [FILES]``; with files it also names what does not yet speak so.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERBS = frozenset(
    """
    abort accept acquaint add adjust advance aggregate align allow announce answer append apply arrange ask assemble
    assert assign attach augment bar begin bound branch break bring build bump cache call cancel carry certify
    change charge check choose classify clean clear close collect combine commit compare compile complete
    compress compute conclude confirm connect consume contain continue convert copy correct count cover create
    cut decide declare decode decompose decorate deduce define delete deliver derive describe detect determine
    discard discover display distribute divide draw drop emit encode end enforce ensure enter enumerate escape
    estimate evaluate exchange exclude execute exit expand expect explain export extend extract fail fetch
    fill filter find finish fit fix flag flush fold follow forbid format forward gather generate geocode get
    give group grow guess handle hand hash have hide hold hull identify ignore improve include increase index infer
    initialise inject insert inspect install invert invoke is join keep label launch learn leave let lift
    limit link list listen load locate log look lower make map mark mask match measure merge mirror move mute
    name normalise note notify number observe offer open order overwrite pack pad parse pass permute pick
    place plan plot point post predict prefer prepare present prevent price print prove publish push put raise
    rank reach read rebuild recognise record recover redistribute reduce refer refine refuse register reject
    relabel relax remember remove rename render repair repeat replace report reset resolve restore restrict
    retain return reuse reveal reverse revise round route run sample save say scale scan schedule search seek
    select send separate serve set settle shift shorten show shuffle sign simplify skip solve sort spell split
    spread stamp start state step stop store strike strip subtract suggest sum summarise support suppress swap
    switch take tell test tie tighten time total trace track transform translate transpose trim try turn unify
    unite unlink unpack update use validate verify visit wait walk warn watch weigh widen withdraw work wrap
    write yield
    """.split()  # noqa: SIM905 - a list literal would have a line a word
)
_PREDICATES = frozenset({"is", "has", "have", "can", "may", "must", "needs", "holds", "lies", "are", "does", "should"})
MOST_PARAMETERS = 8


@dataclass
class Counts:
    """What is counted over some files, and where it is missed."""

    functions: int = 0
    named_by_verb: int = 0
    described: int = 0
    described_by_verb: int = 0
    wide: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add the counts of another file."""
        self.functions += other.functions
        self.named_by_verb += other.named_by_verb
        self.described += other.described
        self.described_by_verb += other.described_by_verb
        self.wide += other.wide
        self.missed += other.missed


def find_functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a module but those that Python names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("__"):
            yield node


def is_named_by_verb(name: str) -> bool:
    """Return whether a function's name begins with a verb or asks a question."""
    first = name.strip("_").split("_")[0]
    return first in VERBS or first in _PREDICATES


def is_described_by_verb(docstring: str) -> bool:
    """Return whether a docstring begins with a verb in the imperative."""
    found = re.match(r"\W*([A-Za-z]+)", docstring)
    return bool(found) and found[1].lower() in VERBS


def count_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many parameters callers may pass, ``self`` and ``cls`` aside."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def count_file(path: Path) -> Counts:
    """Return the counts of one file."""
    counts = Counts()
    for node in find_functions(ast.parse(path.read_text("utf-8"))):
        where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        counts.functions += 1
        counts.named_by_verb += (named := is_named_by_verb(node.name))
        if not named:
            counts.missed.append(f"{where}: no verb in the name")
        if docstring := ast.get_docstring(node):
            counts.described += 1
            counts.described_by_verb += (spoken := is_described_by_verb(docstring))
            if not spoken:
                counts.missed.append(f"{where}: {docstring.splitlines()[0]}")
        if (n := count_parameters(node)) > MOST_PARAMETERS:
            counts.wide += 1
            counts.missed.append(f"{where}: {n} parameters")
    return counts


def count_package(paths: list[Path] | None = None) -> Counts:
    """Return the counts of some files; of the whole package where none are given."""
    total = Counts()
    for path in paths or sorted((ROOT / "matcher").rglob("*.py")):
        total.add(count_file(path))
    return total


def main() -> int:
    """Print the counts, and with files what is missed in them."""
    paths = [found.resolve() for name in sys.argv[1:] for found in _expand(Path(name))]
    counts = count_package(paths)
    if paths:
        print("\n".join(counts.missed))
    print(f"functions: {counts.functions}; named by a verb: {counts.named_by_verb / max(counts.functions, 1):.0%}")
    print(
        f"docstrings: {counts.described}; begin with a verb: {counts.described_by_verb / max(counts.described, 1):.0%}"
    )
    print(f"functions of more than {MOST_PARAMETERS} parameters: {counts.wide}")
    return 0


def _expand(path: Path) -> list[Path]:
    """Return the Python files below a folder; a file is itself."""
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


if __name__ == "__main__":
    sys.exit(main())
