"""The files of a template folder, the environment that reads them, and the names that they print."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from incident_app.notices import barcode
from incident_app.notices.japanese import both_calendars, honorific, plain, wareki
from incident_app.notices.qr import qr
from incident_app.notices.values import Missing

SUBJECT, EMAIL, LETTER = FILES = ("subject.txt.j2", "email.txt.j2", "letter.html.j2")
GIVEN = ("title", "clause", "header")
"""Names that every template may print without declaring them; see `render.render`."""


@cache
def environment(root: Path) -> SandboxedEnvironment:
    """Return the environment for the templates below `root`.

    Sandboxed, because an office may edit its own wording; strict, because a gap must be seen.
    """
    env = SandboxedEnvironment(
        loader=FileSystemLoader(root),
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        undefined=StrictUndefined,
        finalize=_as_printed,
        auto_reload=False,  # what was checked at start-up is what is printed
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["wareki"] = _unless_missing(wareki)
    env.filters["both_calendars"] = _unless_missing(both_calendars)
    env.filters["honorific"] = _unless_missing(honorific)
    env.filters["qr"] = _unless_missing(qr)
    env.filters["barcode"] = _unless_missing(barcode.picture)
    env.tests["missing"] = lambda value: isinstance(value, Missing)
    return env


def path_in_root(folder: Path, file: str) -> str:
    """Return how the environment calls `file` of a template folder, such as article16/receipt/email.txt.j2."""
    return f"{folder.parent.name}/{folder.name}/{file}"


def names_used(folder: Path) -> dict[str, tuple[Path, int]]:
    """Return each name that the folder's texts print, with the file and line that first ask for it.

    Layouts and macros that a text draws in are read too. Raises TemplateSyntaxError, TemplateNotFound.
    """
    root = folder.parent.parent
    env = environment(root)
    waiting = [path_in_root(folder, file) for file in FILES]
    read: set[str] = set()
    used: dict[str, tuple[Path, int]] = {}
    while waiting:
        path = waiting.pop(0)
        if path in read:
            continue
        read.add(path)
        source, file, _ = env.loader.get_source(env, path)  # type: ignore[union-attr]  # given above
        tree = env.parse(source, filename=file)
        for name, line in _names_in(tree):
            used.setdefault(name, (Path(file or path), line))
        waiting += [name for name in meta.find_referenced_templates(tree) if name]
    return used


def _names_in(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    imported = {node.target for node in tree.find_all(nodes.Import)}
    asked = meta.find_undeclared_variables(tree) - imported - set(GIVEN)
    for node in tree.find_all(nodes.Name):
        if node.name in asked:
            yield node.name, node.lineno


def _as_printed(value: Any) -> Any:
    """Print instants and days as people in Japan write them, in their own time."""
    return plain(value) if isinstance(value, date) else value


def _unless_missing(write: Callable[..., str]) -> Callable[..., Any]:
    """Let a gap, or an optional field left empty, pass through a filter as it is."""
    return lambda value, *words: value if isinstance(value, Missing) or value == "" else write(value, *words)
