"""What notices there are: notice_templates/article16/<name>/, read and checked once.

The grammar of a folder is on one page, notice_templates/README.md. A folder with a mistake is refused at
start-up: a notice that breaks in the night of an incident is worse than an installation that does not start.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError

from incident_app.assets import asset_dir
from incident_app.domain.errors import Refused
from incident_app.notices import parts

ADDRESSEES = ("client", "contractor", "counterpart", "individual", "public", "authority")
CHANNELS = ("document", "letter", "email", "page")
KINDS = ("text", "list", "table", "fact")


class TemplateMistake(Refused):
    """A template folder cannot be used; knows the file, the line if there is one, and what is wrong."""

    def __init__(self, file: Path, line: int | None, ja: str, en: str) -> None:
        place = f"{file.parent.name}/{file.name}" + (f":{line}" if line else "")
        super().__init__(f"{place}: {ja}", f"{place}: {en}")
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a notice needs to be told."""

    name: str
    label: str
    label_en: str
    source: str
    """Where the sheet has it: a dotted path such as "incident.number"."""
    required: bool = True
    kind: str = "text"
    """text, list (of texts), table (of rows), or fact (state, text and as-of time)."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """A table's columns: the key in the sheet's rows, and the heading."""


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of notice: its folder, whom it addresses and the fields that it asks for."""

    name: str
    title: str
    title_en: str
    clause: str
    addressed_to: str
    channels: tuple[str, ...]
    fields: Mapping[str, Field]
    folder: Path

    def fields_used(self) -> set[str]:
        """Return the names of the fields that the texts really print, layouts included."""
        return set(parts.names_used(self.folder))


@cache
def catalogue() -> Mapping[str, Template]:
    """Return every template by name. Raises TemplateMistake for the first folder that cannot be used."""
    return read_catalogue(asset_dir("notice_templates"))


def read_catalogue(root: Path) -> Mapping[str, Template]:
    """Read the templates below `root`, which also holds _layout/. Raises TemplateMistake."""
    shared = _fields(root / "_layout" / "fields.toml", _toml(root / "_layout" / "fields.toml"))
    folders = sorted(path for path in (root / "article16").iterdir() if path.is_dir())
    return {folder.name: _template(folder, shared) for folder in folders}


def _template(folder: Path, shared: Mapping[str, Field]) -> Template:
    file = folder / "notice.toml"
    for name in parts.FILES:
        if not (folder / name).is_file():
            raise TemplateMistake(folder / name, None, "ファイルがありません。", "this file is missing.")
    table = _toml(file)
    words = ("title", "title_en", "clause", "addressed_to")
    _only(file, table, {*words, "channels", "fields"})
    title, title_en, clause, addressed_to = (_text(file, table, word) for word in words)
    _among(file, [addressed_to], ADDRESSEES)
    channels = table.get("channels", [])
    _among(file, channels, CHANNELS)
    own = _fields(file, table)
    fields = _exactly_the_used(folder, own, shared)
    return Template(folder.name, title, title_en, clause, addressed_to, tuple(channels), fields, folder)


def _fields(file: Path, table: Mapping[str, Any]) -> dict[str, Field]:
    return {name: _field(file, name, entry) for name, entry in table.get("fields", {}).items()}


def _field(file: Path, name: str, entry: Mapping[str, Any]) -> Field:
    _only(file, entry, {"label", "label_en", "from", "required", "kind", "columns"})
    if name in parts.GIVEN:
        line = _line_of(file, f"fields.{name}")
        raise TemplateMistake(file, line, f"「{name}」は予約語です。", f'"{name}" is a reserved word.')
    kind = entry.get("kind", "text")
    _among(file, [kind], KINDS)
    if (kind == "table") != ("columns" in entry):
        line = _line_of(file, f"fields.{name}")
        ja, en = "表（table）だけが columns を持ちます。", "a table, and only a table, has columns."
        raise TemplateMistake(file, line, f"{name}: {ja}", f"{name}: {en}")
    label, label_en, source = (_text(file, entry, word) for word in ("label", "label_en", "from"))
    required, columns = entry.get("required", True), entry.get("columns", {})
    if not isinstance(required, bool):
        line = _line_of(file, f"fields.{name}")
        ja, en = "required は true か false です。", "required is true or false."
        raise TemplateMistake(file, line, f"{name}: {ja}", f"{name}: {en}")
    return Field(name, label, label_en, source, required, kind, columns)


def _exactly_the_used(
    folder: Path, own: Mapping[str, Field], shared: Mapping[str, Field]
) -> dict[str, Field]:
    """Return the declared fields, after making sure that the texts print these and no others."""
    try:
        used = parts.names_used(folder)
    except TemplateSyntaxError as error:
        file = Path(error.filename or folder)
        raise TemplateMistake(
            file, error.lineno, "テンプレートの文法の誤りです。", f"syntax error: {error.message}"
        ) from error
    except TemplateNotFound as error:
        ja, en = f"「{error.name}」がありません。", f'draws in "{error.name}", which does not exist.'
        raise TemplateMistake(folder / parts.LETTER, None, ja, en) from error
    for name, (file, line) in used.items():
        if name not in own and name not in shared:
            ja, en = f"宣言のない項目「{name}」を使っています。", f'asks for "{name}", which is not declared.'
            raise TemplateMistake(file, line, ja, en)
    for name in own:
        if name not in used:
            file = folder / "notice.toml"
            ja, en = f"項目「{name}」はどこにも使われていません。", f'"{name}" is declared but never used.'
            raise TemplateMistake(file, _line_of(file, f"fields.{name}"), ja, en)
    return {name: own.get(name) or shared[name] for name in used}


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TemplateMistake(file, None, "ファイルがありません。", "this file is missing.") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise TemplateMistake(file, line, "TOMLとして読めません。", f"not TOML: {error}") from error


def _text(file: Path, table: Mapping[str, Any], word: str) -> str:
    value = table.get(word)
    if isinstance(value, str) and value:
        return value
    raise TemplateMistake(file, None, f"「{word}」がありません。", f'"{word}" is missing.')


def _only(file: Path, table: Mapping[str, Any], known: set[str]) -> None:
    for word in table:
        if word not in known:
            raise TemplateMistake(
                file, _line_of(file, word), f"知らない項目「{word}」です。", f'unknown key "{word}".'
            )


def _among(file: Path, words: Iterable[str], known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            choice = "・".join(known)
            ja, en = f"「{word}」は選べません（{choice}）。", f'"{word}" is not one of {choice}.'
            raise TemplateMistake(file, _line_of(file, word), ja, en)


def _line_of(file: Path, word: str) -> int | None:
    """Return the first line that speaks of `word`; tomllib itself does not keep lines."""
    spoken = re.compile(rf"(?<![\w.]){re.escape(word)}(?!\w)")
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if spoken.search(line)), None)
