"""Composed lines are what WeasyPrint draws: the same glyphs at the same places."""

import random
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from incident_app.notices.composing import Composer, Type, _signs_of, _taken_apart, draw_line
from incident_app.notices.stamping import PersonalLine, new_stream
from tests.notices.test_press import press, somebody

FAMILIES = (
    "勅使河原",
    "髙﨑",
    "𠮷田",
    "渡邉",
    "ヱビス",
    "カタギリ",
    "さくら",
    "佐々木",
    "Maria",
    "de Souza",
    "O",
)
GIVEN = ("𠮷子", "龍之介", "メゾン", "いろは", "ゾーイ", "Anna", "Tavares", "WAVE", "ノ", "ー子")
FIGURES = (
    "2番3-405号",
    "22",
    "1-2-3",
    "K7M2-Q9XD-00AV",
    "AV-TA-LT",
    "７",
    "（２階）",
    "101",
    "A棟 101",
    "3F",
    "",
)
SIGNS = st.text("漢𠮷々〇ヱカぇー　 （）0179-－AVToy", min_size=1, max_size=14)


@cache
def lines() -> list[PersonalLine]:
    """The personal lines of a letter's first page, in three sizes and two faces."""
    kind = press()._kind_of(somebody(1))
    assert kind is not None
    found = [part for plate in kind.plates for group in plate.personal for part in group]
    return [part for part in found if isinstance(part, PersonalLine)]


def drawn(line: PersonalLine, text: str) -> tuple[list[str], list[int]]:
    commands = draw_line(new_stream({}), line, text)
    assert commands is not None
    return _taken_apart(commands.rpartition(b"\n")[2])


@cache
def trained(line: PersonalLine) -> Type:
    """Type that has seen some hundred names and addresses."""
    known, dice = Type(), random.Random(1)  # noqa: S311 - the same at every run
    for _ in range(600):
        text = (
            dice.choice(FAMILIES) + dice.choice(("　", " ", "")) + dice.choice(GIVEN) + dice.choice(FIGURES)
        )
        signs = _signs_of(text)
        fonts: dict[object, object] = {}
        commands = draw_line(new_stream(fonts), line, text)
        if signs is not None and commands is not None:
            known.learn(signs, commands, fonts)
    return known


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_composed_line_is_the_one_that_weasyprint_draws(data: st.DataObject) -> None:
    """Japanese and Latin figures, kana, kerned capitals, in any order: what is composed is exact, or is not composed."""
    line = lines()[data.draw(st.integers(0, len(lines()) - 1))]
    parts = st.lists(st.sampled_from((*FAMILIES, *GIVEN, *FIGURES, " ", "　")), min_size=1, max_size=5)
    text = data.draw(st.one_of(parts.map("".join), SIGNS).map(str.strip).filter(bool))
    signs = _signs_of(text)
    found = trained(line).set(signs) if signs is not None else None
    assume(found is not None and found[1] < line.room - 1)
    assert found is not None
    assert _taken_apart(f"<{found[0]}>".encode()) == drawn(line, text)


@pytest.mark.parametrize(
    "text", ["髙﨑　𠮷子", "佐藤 2番3-405号", "整理番号 K7M2-Q9XD-00AV", "カタギリ　メゾン"]
)
def test_what_letters_are_made_of_is_composed_the_second_time(text: str) -> None:
    """Or else the test above would show nothing, and the press would be slow."""
    known = trained(lines()[0])
    signs = _signs_of(text)
    assert signs is not None
    fonts: dict[object, object] = {}
    commands = draw_line(new_stream(fonts), lines()[0], text)
    assert commands is not None
    known.learn(signs, commands, fonts)
    assert known.set(signs) is not None


def test_figures_have_another_glyph_among_latin_letters() -> None:
    """The fonts draw them so: whoever took them for the same would print 2026 in two widths."""
    glyphs, _ = drawn(lines()[0], "2漢A2")
    assert glyphs[0] != glyphs[3]


@pytest.mark.parametrize("text", ["葛󠄀城", "Ａ１", "見本（A1）", "か\u3099"])
def test_what_depends_on_more_than_its_neighbour_is_left_to_weasyprint(text: str) -> None:
    """Variants of an ideograph, full-width Latin, brackets around Latin, marks that are put on top."""
    assert _signs_of(text) is None


def test_a_line_that_is_too_wide_is_refused_composed_or_drawn() -> None:
    """Its letter is laid out, and wraps."""
    line = next(line for line in lines() if line.room < 300)
    values = [""] * (line.field + 1)
    composer = Composer({}, {})
    for length in (3, 3, 40, 40):
        values[line.field] = "漢" * length
        assert (composer.line(line, values) is None) == (length > 3)


def test_a_sign_that_changes_its_glyph_is_never_composed_again() -> None:
    """Should a font ever do that, it costs time and not a name."""
    known, fonts = Type(), {"key": _Font()}
    known.learn("ab", b"/FACE 9 Tf\n[<00010002>] TJ", fonts)
    assert known.set("ab") is not None
    known.learn("ab", b"/FACE 9 Tf\n[<00010003>] TJ", fonts)
    assert known.set("ab") is None
    known.learn("ab", b"/FACE 9 Tf\n[<00010003>] TJ", fonts)
    assert known.set("ab") is None


class _Font:
    hash = "FACE"
    widths = dict.fromkeys(range(9), 1000)
