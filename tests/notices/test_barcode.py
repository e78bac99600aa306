"""The customer barcode: the examples of the post's manual, and how the bars come onto the sheet."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.notices import barcode
from incident_app.notices.barcode import bars, check_code, customer_barcode, house_number, size_of
from incident_app.notices.rectangles import outlines
from incident_app.notices.render import laid_out
from incident_app.notices.stamping import _drawn, as_bytes

VECTORS = [
    ("1000013", "1-3-2-503", "9"),
    ("0140113", "60-1", "CC8"),
    ("0600906", "4-6", "9"),
    ("2730102", "3-20-5B604", "0"),
    ("0270203", "21-480", "CC5"),
    ("0800831", "7-28", "CC7"),
    ("6500046", "9-7-6A1-1", "5"),
    ("0640804", "29-1524-23-2-", "3"),
]


@pytest.mark.parametrize(("postal_code", "number", "check"), VECTORS)
def test_the_check_code_is_the_one_that_the_manual_prints(postal_code: str, number: str, check: str) -> None:
    """A sorting machine throws out what does not add up."""
    codes = [*postal_code, *barcode._codes(number)]
    assert len(codes) == 20 and check_code(codes) == check
    made = bars(postal_code, number)
    assert len(made) == 67 and made[:2] == "13" and made[-2:] == "31"
    assert made[-5:-2] == barcode._BARS[check]


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("霞が関1丁目3番2号　郵便プラザ503室", "1-3-2-503"),
        ("霞が関１－３－２　郵便プラザ５０３", "1-3-2-503"),
        ("緑町3丁目30-8　郵便ビル403号", "3-30-8-403"),
        ("堀見内　南田茂木　添60-1", "60-1"),
        ("台東5-6-3　ABCビル10F", "5-6-3-10"),
        ("北六条東4丁目　郵便センター6号館", "4-6"),
        ("龍岡町下條南割　韮崎400", "400"),
        ("右京塚　東3丁目-20-5　郵便・A&bコーポB604号", "3-20-5B604"),
        ("河辺町十一丁目六番地一号　郵便タワー601", "11-6-1-601"),
        ("大字津軽石第二十一地割大淵川480", "21-480"),
        ("中田出井町四丁六番十九号", "4-6-19"),
        ("稲田町南七線　西28", "7-28"),
        ("宮田町6丁目7-14　ABCビル2F", "6-7-14-2"),
        ("港島中町9丁目7-6　郵便シティA棟1F1号", "9-7-6A1-1"),
        ("青野町綾部6-7　LプラザB106", "6-7LB106"),
        ("新田塚3丁目80-25　J1ビル2-B", "3-80-25J1-2B"),
        ("南四条西29丁目1524-23　第2郵便ハウス501", "29-1524-23-2-501"),
    ],
)
def test_the_house_number_is_taken_out_as_in_the_manual_s_examples(address: str, number: str) -> None:
    """Kanji numerals, floors, letters, points, buildings: a machine reads what is left."""
    assert house_number(address) == number
    assert house_number("架空県架空市" + address) == number, "whether or not the town stands before it"


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("中央区八丁堀1-2-3", "1-2-3"),
        ("港区麻布十番1-2", "1-2"),
        ("千代田区三番町6", "6"),
        ("千代田区3番町6", "6"),
        ("札幌市北区北24条西5丁目1-1", "5-1-1"),
        ("水戸市三の丸1-5-48", "1-5-48"),
        ("架空市見本町十二番地の三", "12-3"),
        ("架空市見本町百五番二号", "105-2"),
        ("架空市見本町", ""),
        ("", ""),
    ],
)
def test_a_number_in_the_name_of_a_town_is_none_of_the_house(address: str, number: str) -> None:
    """The postal code says the town already; a number too many sends the letter to another door."""
    assert house_number(address) == number


def test_a_long_number_is_cut_and_a_letter_at_the_end_keeps_its_control_code() -> None:
    """Thirteen codes and no more; a letter takes two."""
    assert "".join(barcode._codes("29-1524-23-2-501")) == "29-1524-23-2-"
    assert barcode._codes("12-34-56-7-8A") == [*"12-34-56-7-8", "CC1"]
    assert barcode._codes("1Z") == ["1", "CC3", "5", *["CC4"] * 10]


@pytest.mark.parametrize("postal_code", ["", "100-000", "100-0000", "060-0800", "１００-００１３"])
def test_an_address_without_a_town_s_own_code_gets_no_barcode(postal_code: str) -> None:
    """A code that may stand for all other towns of a city leads nowhere."""
    assert customer_barcode(postal_code, "1-3-2") is None
    assert customer_barcode("100-0013", "霞が関1-3-2-503") == bars("1000013", "1-3-2-503")


@given(st.from_regex("[0-9]{7}", fullmatch=True), st.text("0123456789-ABCXYZ", max_size=20))
def test_every_barcode_has_its_67_bars_and_adds_up(postal_code: str, number: str) -> None:
    """Whatever stands in a list."""
    codes = [*postal_code, *barcode._codes(number)]
    whole = [*codes, check_code(codes)]
    assert sum(map(barcode._CODES.index, whole)) % 19 == 0
    assert re.fullmatch("[1-4]{67}", bars(postal_code, number))


@given(st.text(max_size=40))
def test_any_address_gives_digits_letters_and_hyphens_alone(address: str) -> None:
    """Two hyphens never stand together, and none at the ends."""
    number = house_number(address)
    assert re.fullmatch("[0-9A-Z-]*", number) and "--" not in number and number.strip("-") == number


@pytest.mark.parametrize(("points", "width"), [(8, 63.84), (10, 79.80), (11.5, 91.77)])
def test_the_width_is_the_one_that_the_manual_gives(points: float, width: float) -> None:
    """In mm, for three sizes."""
    assert size_of(points)[0] == pytest.approx(width)


def test_bars_have_the_measures_of_the_manual() -> None:
    """At 10 points: long 3.6 mm, timing 1.2, each bar 0.6, a step of 1.2."""
    drawn = list(barcode.rectangles("1234"))
    assert drawn == [(0, 0, 6, 36), (12, 0, 6, 24), (24, 12, 6, 24), (36, 12, 6, 12)]
    assert barcode.commands("12") == b"0 0 6 36 re\n12 0 6 24 re\nf"


def test_the_press_knows_how_weasyprint_draws_the_bars() -> None:
    """Or else no letter with a barcode could be stamped."""
    made = bars("1000013", "1-3-2-503")
    page = laid_out(f"<div style='width: 8cm'>{barcode.picture(made)}</div>").pages[0]
    commands = b"\n".join(as_bytes(command) for command in _drawn(page, {}).stream)
    assert b"\n".join(outlines(barcode.rectangles(made))) in commands
