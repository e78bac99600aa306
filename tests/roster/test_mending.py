from datetime import date

import pytest

from incident_app.roster.mending import (
    birth_date_or_none,
    composed,
    email_or_none,
    has_lost_characters,
    looks_like_a_formula,
    mended_kana,
    mended_postal_code,
    separate_items,
)


@pytest.mark.parametrize(
    "name",
    [
        "\ufa19田",  # compatibility ideograph: NFC would make it U+795E
        "\ufa11\ufa12\U0002f800",
        "髙橋　﨑",
        "葛\U000e0100城",  # with the variation that the bearer uses
        "𠮷田",
        "ﾀﾅｶ　ＡＢＣ",
        "見本　①㈱",
    ],
)
def test_a_name_is_never_rewritten(name: str) -> None:
    """A letter that spells its reader's name wrongly is the second thing gone wrong."""
    assert composed(name) == name


def test_a_name_is_only_trimmed_and_composed() -> None:
    """Macintosh exports hold カ + ゛ for ガ: the same character, which fonts would print as two."""
    assert composed("\u3000カ\u3099ス \ufa19　") == "ガス \ufa19"


@pytest.mark.parametrize(
    "name", ["〓本", "見?", "\ue000本", "\U000f0000", "見\ufffd", "見\n本", "\u202e見本"]
)
def test_a_lost_character_is_noticed(name: str) -> None:
    """〓 or a box on an envelope tells the reader that nobody looked."""
    assert has_lost_characters(name)


@pytest.mark.parametrize("name", ["見本　花子", "\ufa19𠮷\U000e0100", "ｱ-1", "Ａ・B’s"])
def test_an_uncommon_character_is_not_a_lost_one(name: str) -> None:
    """Holding every rare name would teach people to click holds away."""
    assert not has_lost_characters(name)


@pytest.mark.parametrize("text", ["=1+1", "+81", "-", "@SUM(A1)", "#N/A", "#REF!", "#NAME?"])
def test_what_a_spreadsheet_computed_or_could_not_is_no_name(text: str) -> None:
    """A letter addressed to #N/A shows that nobody looked."""
    assert looks_like_a_formula(text)


@pytest.mark.parametrize("text", ["", "見本　花子", "1-2-3", "#5号室", "Smith-Jones", "O=K"])
def test_signs_within_a_name_or_address_make_no_formula(text: str) -> None:
    """Foreign names and house numbers hold hyphens."""
    assert not looks_like_a_formula(text)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("010-0012", "010-0012"),
        ("0100012", "010-0012"),
        ("〒010-0012 ", "010-0012"),
        ("０１０－００１２", "010-0012"),
        ("010−0012", "010-0012"),
        ("010‐0012", "010-0012"),
        ("010ー0012", "010-0012"),
        ("100012", "010-0012"),
        ("10010", "001-0010"),
        ("", ""),
        ("不明", ""),
        ("014-01", ""),
        ("01401", ""),
        ("010-00123", ""),
        ("01-00012", ""),
        ("010-0012-3", ""),
    ],
)
def test_a_postal_code_is_mended_only_where_it_is_certain(cell: str, code: str) -> None:
    """Zeros lost in a spreadsheet come back; codes of before 1998 and noise do not become addresses."""
    assert mended_postal_code(cell) == code


@pytest.mark.parametrize(
    ("cell", "kana"),
    [("ﾐﾎﾝ ｻﾞｸﾛ", "ミホン　ザクロ"), ("ミホン　　パー", "ミホン　パー"), (" みほん ", "みほん"), ("", "")],
)
def test_kana_are_written_in_full_width(cell: str, kana: str) -> None:
    """Kana sort and search only when they are all of one kind."""
    assert mended_kana(cell) == kana


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("昭和56年3月4日", date(1981, 3, 4)),
        ("昭和５６年　３月　４日", date(1981, 3, 4)),
        ("S56.3.4", date(1981, 3, 4)),
        ("s56/03/04", date(1981, 3, 4)),
        ("昭56.3.4", date(1981, 3, 4)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("R7.1.2", date(2025, 1, 2)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("大正15年12月24日", date(1926, 12, 24)),
        ("明治45年7月29日", date(1912, 7, 29)),
        ("1981-03-04", date(1981, 3, 4)),
        ("1981年3月4日", date(1981, 3, 4)),
        ("19810304", date(1981, 3, 4)),
        ("29649", date(1981, 3, 4)),
        ("昭和56年2月30日", None),
        ("昭和56年", None),
        ("1981", None),
        ("81/3/4", None),
        ("平成0年1月1日", None),
        ("昭和9999年1月1日", None),
        ("不詳", None),
        ("", None),
    ],
)
def test_birth_dates_are_read_in_both_calendars(cell: str, day: date | None) -> None:
    """By them minors are told from adults; what is not certain is left out, not guessed."""
    assert birth_date_or_none(cell) == day


@pytest.mark.parametrize("address", ["a.b+c@mail.example.jp", " resident1@example.jp "])
def test_a_mail_address_is_taken_as_it_stands(address: str) -> None:
    """Only blanks around it go."""
    assert email_or_none(address) == address.strip()


@pytest.mark.parametrize(
    "cell",
    ["", "なし", "user＠example.jp", "user@@example.jp", "user@example", "a b@example.jp", "a..b@example.jp",
     "a@example.jp\nb@example.jp", "a@-x.jp", "a@b.1", "x" * 65 + "@example.jp", "@example.jp"],
)  # fmt: skip
def test_what_is_no_mail_address_is_not_made_into_one(cell: str) -> None:
    """A guessed address belongs to a stranger, who would read of somebody else's leak."""
    assert email_or_none(cell) is None


def test_items_are_told_apart() -> None:
    """Each letter names exactly what leaked of this person."""
    assert separate_items("氏名・住所、税額, 氏名\n口座情報；") == ("氏名", "住所", "税額", "口座情報")
