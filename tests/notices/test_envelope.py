"""The envelope: what shows through its window in the worst case, and what is refused before anything is printed."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.notices.envelope import COMMON, Envelope, EnvelopeMistake, read_envelope

ROOMY = "win_w=95, win_h=55, slack_x=20, slack_y=20"


def shows(it: Envelope, x: float, y: float, right: float, down: float) -> bool:
    """Whether a point of the sheet stands before the window when the sheet lies so far to the right and down."""
    left, top = it.from_left, it.from_top
    return left <= x + right <= left + it.win_w and top <= y + down <= top + it.win_h


def test_without_a_word_it_is_the_common_envelope() -> None:
    """The very measures that every letter had before they could be chosen."""
    assert read_envelope("") == COMMON
    assert COMMON.safe == (65, 24) and (COMMON.beside, COMMON.below) == (115, 66)
    assert COMMON.measures == (
        "--window-left: 20mm; --window-top: 18mm; --address-width: 65mm; --address-height: 24mm; "
        "--beside-window: 115mm; --below-window: 66mm; --barcode-width: 0mm;"
    )


@given(st.floats(90, 95), st.floats(45, 55), st.floats(10, 25), st.floats(10, 21))
def test_the_address_always_shows_and_nothing_else_ever_does(
    win_w: float, win_h: float, slack_x: float, slack_y: float
) -> None:
    """However the sheet slides: to every corner of what the envelope leaves it."""
    it = read_envelope(f"win_w={win_w}, win_h={win_h}, slack_x={slack_x}, slack_y={slack_y}")
    width, height = it.safe
    inside = 0.001
    for right, down in product((0, slack_x), (0, slack_y)):
        for x, y in product((inside, width - inside), (inside, height - inside)):
            assert shows(it, it.from_left + x, it.from_top + y, right, down)
        assert not shows(it, it.beside, it.from_top + 1, right, down)
        assert not shows(it, it.from_left + 1, it.below, right, down)


def test_makers_measure_from_the_bottom() -> None:
    """With the flap up: 120 - 45 - 57 = 18."""
    assert read_envelope("from_bottom=57") == COMMON
    assert read_envelope(" env_h = 125 ,from_bottom=57, slack_y=21 ").from_top == 23


def test_a_slack_that_nobody_names_follows_from_the_sizes() -> None:
    """A wider envelope lets the sheet slide further."""
    it = read_envelope("env_w=240, env_h=118, win_w=95")
    assert (it.slack_x, it.slack_y) == (30, 19)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("win_w=", "win_w"),
        ("win_w=wide", "win_w"),
        ("win_w=nan", "win_w"),
        ("win_w=-5", "win_w"),
        ("win_w=1e9", "win_w"),
        ("window=90", "win_w, win_h"),
        ("90x45", "name=number"),
        ("win_w=80", "slack_x"),
        ("win_h=40", "slack_y"),
        ("slack_x=90", "win_w"),
        ("env_w=200", "env_w"),
        ("fold=130", "fold"),
        ("from_left=150", "from_left"),
        ("from_bottom=90", "from_bottom"),
        ("from_left=50", "from_left"),
        ("env_h=200, from_top=90, slack_y=21", "fold"),
        ("barcode=7", "8 to 11.5"),
        ("barcode=12", "8 to 11.5"),
        ("barcode=8", "slack_x"),
        ("win_w=95, slack_x=20, barcode=8", "win_h"),
        (f"{ROOMY}, barcode=10", "slack_x"),
        (f"{ROOMY}, barcode=8, from_left=8", "10 mm"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_what_to_change(words: str, names: str) -> None:
    """At start-up, in both languages."""
    with pytest.raises(EnvelopeMistake) as refusal:
        read_envelope(words)
    assert names in refusal.value.en and not refusal.value.ja.isascii()
    assert refusal.value.en.startswith("INCIDENT_ENVELOPE: ")


def test_a_barcode_does_not_fit_the_common_window_even_at_its_smallest() -> None:
    """67.84 mm with what stays white, and 65 always show."""
    with pytest.raises(EnvelopeMistake, match=r"67\.84"):
        read_envelope("barcode=8")
    assert read_envelope(f"{ROOMY}, barcode=8").barcode == 8


@pytest.mark.parametrize(
    ("lines", "guardian", "fits"), [(1, False, True), (2, False, True), (2, True, True), (4, True, False)]
)
def test_a_barcode_that_would_slip_out_of_sight_is_left_out(lines: int, guardian: bool, fits: bool) -> None:
    """A long address with a guardian leaves no room below it; the letter goes all the same."""
    assert read_envelope(f"{ROOMY}, barcode=8").has_room_for_barcode(lines, guardian=guardian) is fits
    assert not COMMON.has_room_for_barcode(1, guardian=False), "none was asked for"
