"""Japanese first: whatever a page can say in English has its Japanese words."""

import re
import tomllib
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
WORDS = ROOT / "incident_app" / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
PLACE = re.compile(r"%\((\w+)\)s")


def said_on_pages() -> set[str]:
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"][
        "mappings"
    ]
    found = extract_from_dir(
        ROOT, method_map=[(mapping["pattern"], mapping["method"]) for mapping in mappings]
    )
    return {message[2] for message in found if isinstance(message[2], str)}


def test_every_word_on_a_page_has_its_japanese() -> None:
    """A gap would show English to somebody at two in the morning."""
    with WORDS.open("rb") as file:
        known = {message.id: message.string for message in read_po(file, locale="ja") if message.id}

    said = said_on_pages()
    assert len(said) > 300
    assert sorted(word for word in said if not known.get(word)) == []
    assert sorted(word for word in known if word not in said) == [], "and none is kept for nothing"


def test_numbers_and_names_stand_in_both_languages() -> None:
    """A placeholder that got lost would swallow a date or a count."""
    with WORDS.open("rb") as file:
        pairs = [(str(m.id), str(m.string)) for m in read_po(file, locale="ja") if m.id]

    assert [english for english, ja in pairs if set(PLACE.findall(english)) != set(PLACE.findall(ja))] == []
