from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_app.roster import rows
from incident_app.roster.columns import SPELLINGS
from incident_app.roster.rows import RowReader

TODAY = date(2026, 6, 1)
FIELDS = list(SPELLINGS)
PLACES = {field: place for place, field in enumerate(FIELDS)}
CLEAN = {
    "reference": "0000000001",
    "name": "髙橋　花子",
    "kana": "タカハシ　ハナコ",
    "birth_date": "昭和56年3月4日",
    "postal_code": "010-0012",
    "address": "秋田県秋田市見本町1番2号",
    "building": "",
    "email": "hana.ko@mail.example.jp",
    "items": "氏名・住所",
}


def row(**cells: str) -> list[str]:
    return [(CLEAN | cells).get(field, "") for field in FIELDS]


def reader() -> RowReader:
    return RowReader(PLACES, len(FIELDS), TODAY)


@pytest.mark.parametrize(
    "cells",
    [{}, {"building": "メゾン1101号"}, {"email": "", "kana": ""}, {"name": "ヱイ　々〆"}, {"name": "山\ufa11　太郎"},
     {"address": "京都市下京区烏丸通七条下る１－２　コーポ3"}],
)  # fmt: skip
def test_an_ordinary_row_takes_the_short_way(cells: dict[str, str]) -> None:
    """Half a million rows are read while somebody waits; a pattern too narrow would cost minutes."""
    ordinary = row(**cells)
    name, kana, address, building, email = (
        ordinary[PLACES[field]] for field in ("name", "kana", "address", "building", "email")
    )

    assert rows._is_plain(f"{name}\n{kana}\n{address}\n{building}\n{email}")


NEAR_MISSES = st.sampled_from(
    [" ", "\u3000", "会", "人", "㈱", "〓", "?", "=", "-", "@", "+", "#", "（株）", "カ\u3099", "ﾊﾟ", "\ufa19", "\ue000",
     "ー", "・", ".", "..", "Ａ", "a", "1", "@x.jp", "a@x.jp", "a@-x.jp", "\u200b", "\U000e0100", "長" * 101, "x" * 65]
)  # fmt: skip
ANY = st.lists(NEAR_MISSES | st.sampled_from(["見本", "ミホン", "x@y.example.jp"]), max_size=4).map("".join)


@settings(deadline=None, max_examples=500)
@given(
    st.fixed_dictionaries(
        dict.fromkeys(("name", "kana", "address", "building", "email"), ANY)
        | {"postal_code": st.sampled_from(["0100012", "100012", "", "０１０"])}
        | {"birth_date": st.sampled_from(["H30.5.6", "S56.3.4", ""])}
    )
)
def test_the_short_way_leads_where_the_careful_one_does(cells: dict[str, str]) -> None:
    """Speed must never let a lost character or a firm through: both ways find exactly the same."""
    assert reader().read(row(**cells), broken=False) == reader()._read_with_care((*row(**cells),))


@given(st.from_regex(rows._NAME, fullmatch=True), st.from_regex(rows._ADDRESS, fullmatch=True), st.data())
def test_what_the_pattern_lets_through_has_no_fault(name: str, address: str, data: st.DataObject) -> None:
    """The pattern is tried with what it itself describes."""
    kana = data.draw(st.from_regex(rows._KANA, fullmatch=True))
    email = data.draw(st.from_regex(rows._EMAIL, fullmatch=True))
    cells = row(name=name, kana=kana, address=address, email=email)

    person, bare, codes = reader()._read_with_care((*cells,))

    assert codes == ()
    assert (person.name, person.kana, person.address_lines, person.email) == (
        name,
        kana,
        (address,),
        email or None,
    )
    assert reader().read(cells, broken=False) == (person, bare, codes)


def test_what_is_remembered_of_repeated_cells_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list in which every cell is another must not fill the memory."""
    monkeypatch.setattr(rows, "_REMEMBERED", 3)
    remembered = rows._Remembered(str.upper)

    assert [remembered[letter] for letter in "abcdeabcde"] == list("ABCDEABCDE")
    assert len(remembered) <= 3
