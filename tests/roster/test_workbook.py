import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from incident_app.roster import workbook
from incident_app.roster.findings import FirstRow
from incident_app.roster.gathering import gather
from incident_app.roster.reading import open_roster
from incident_app.roster.refusals import RosterRefused
from tests.roster.city_export import HEADINGS, a_resident

TODAY = date(2026, 6, 1)
Sheets = dict[str, list[list[Any]]]


def saved(sheets: Sheets, hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title == hidden:
            sheet.sheet_state = "hidden"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with its first sheet rewritten."""
    part = "xl/worksheets/sheet1.xml"
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def with_value(data: bytes, value: bytes) -> bytes:
    """As if Excel had computed the only formula."""
    return changed(data, lambda xml: xml.replace(b"<v></v>", value).replace(b"<v />", value))


def cells_of(data: bytes, sheet: str | None = None) -> list[tuple[int, list[str] | None, bool]]:
    with open_roster(BytesIO(data), limit=len(data), sheet=sheet) as roster:
        return list(roster.rows())


def refusal_of(data: bytes, sheet: str | None = None) -> RosterRefused:
    with pytest.raises(RosterRefused) as refused:
        cells_of(data, sheet)
    assert refused.value.en.isprintable()
    return refused.value


def test_a_workbook_says_the_same_as_the_file_that_it_was_saved_as() -> None:
    """Offices send whichever is nearer to hand."""
    rows = [[*HEADINGS], a_resident(1), a_resident(2, 住所="町\n1番"), [], a_resident(3, 備考="故人")]
    data = saved({"名簿": rows})

    with open_roster(BytesIO(data), limit=len(data)) as roster:
        assert (roster.format, roster.encoding, len(roster.columns)) == ("xlsx", "utf-8", len(HEADINGS))
        found = list(gather(roster, on=TODAY))

    assert [(f.line, f.codes) for f in found] == [(2, ()), (3, ("newline_in_cell",)), (5, ("deceased",))]
    assert isinstance(found[0], FirstRow)
    assert found[0].person.reference == "00000001"


def test_numbers_and_dates_are_read_as_people_see_them() -> None:
    """A spreadsheet keeps a postal code as a number without its zeros, and a date as a count of days."""
    born = datetime(1981, 3, 4, tzinfo=UTC).replace(tzinfo=None)
    data = saved(
        {"名簿": [["宛名番号", "氏名", "郵便番号", "生年月日", "住所"], [7, "見本", 100012.0, born, "町1"]]}
    )

    with open_roster(BytesIO(data), limit=len(data)) as roster:
        (found,) = gather(roster, on=TODAY)

    assert isinstance(found, FirstRow)
    assert (found.person.reference, found.person.postal_code) == ("7", "010-0012")
    assert (found.person.birth_date, found.codes) == (date(1981, 3, 4), ("zip_lost_zero",))


def test_a_long_sheet_is_read_to_its_last_row_whatever_it_says_of_its_size() -> None:
    """Some programs write a wrong extent; rows behind it are persons too."""
    rows = [["氏名", "住所"], *([f"見本{n}", "町"] for n in range(1_200))]
    data = changed(saved({"名簿": rows}), lambda xml: xml.replace(b'ref="A1:B1201"', b'ref="A1:A2"'))

    read = cells_of(data)

    assert [line for line, _, _ in read] == list(range(2, 1_202))
    assert read[-1][1] == ["見本1199", "町"]


def test_what_stands_beyond_the_headings_is_noticed() -> None:
    """A cell that slipped to the right would otherwise be lost."""
    read = cells_of(saved({"名簿": [["氏名", "住所"], ["見本", "町", "余り"], ["見本", "町"]]}))

    assert [cells is None for _, cells, _ in read] == [True, False]


LISTS: Sheets = {
    "表紙": [["対象者名簿について"]],
    "一": [["氏名", "住所"], ["見本一", "町"]],
    "二": [["氏名", "住所"], ["見本二", "町"]],
}


@pytest.mark.parametrize(("sheet", "name"), [("二", "見本二"), ("2", "見本一"), ("3", "見本二")])
def test_a_sheet_is_chosen_by_name_or_number(sheet: str, name: str) -> None:
    """As people speak of them."""
    ((_, cells, _),) = cells_of(saved(LISTS), sheet)

    assert cells is not None and cells[0] == name


def test_the_only_visible_sheet_with_names_is_read_without_asking() -> None:
    """A title page before it and a hidden old version behind it are common."""
    ((_, cells, _),) = cells_of(saved(LISTS, hidden="一"))

    assert cells is not None and cells[0] == "見本二"


def test_of_several_lists_none_is_guessed() -> None:
    """The wrong one would tell people of a leak that is not theirs."""
    assert "2枚" in refusal_of(saved(LISTS)).ja


@pytest.mark.parametrize("sheet", ["三", "0", "4", "²"])
def test_a_sheet_that_is_not_there_is_refused(sheet: str) -> None:
    """And nothing else is taken for it."""
    assert "3枚" in refusal_of(saved(LISTS), sheet).ja


FORMULA: Sheets = {"名簿": [["氏名", "住所"], ["見本", '=CONCATENATE("町","1")']]}


def test_of_a_formula_the_stored_result_counts() -> None:
    """What the office saw in Excel; nothing is computed here."""
    data = with_value(saved(FORMULA), b"<v>12</v>")

    assert cells_of(data) == [(2, ["見本", "12"], False)]


def test_a_formula_that_gave_an_empty_text_is_an_empty_cell() -> None:
    """=IFERROR(…, "") is in every other office list."""
    data = changed(
        with_value(saved(FORMULA), b"<v></v>"), lambda xml: xml.replace(b'<c r="B2">', b'<c r="B2" t="str">')
    )

    assert cells_of(data) == [(2, ["見本", ""], False)]


def test_a_formula_without_a_stored_result_is_refused_with_its_place() -> None:
    """An address that nobody ever saw must not become an empty one."""
    refusal = refusal_of(saved(FORMULA))

    assert "2行2列目" in refusal.ja and "row 2, column 2" in refusal.en
    assert "CONCATENATE" not in str(refusal)


def test_a_formula_typed_as_text_stays_text() -> None:
    """It is held like any other odd name, and never runs."""
    plain = saved({"名簿": [["氏名", "住所"], ["x", "町"]]})
    data = changed(plain, lambda xml: xml.replace(b">x<", b">=cmd|' /C calc'!A0<"))
    with open_roster(BytesIO(data), limit=len(data)) as roster:
        (found,) = gather(roster, on=TODAY)

    assert "formula" in found.codes


PLAIN: Sheets = {"名簿": [["氏名", "住所"], ["見本", "町"]]}


def bomb(xml: bytes) -> bytes:
    return xml.replace(b"</sheetData>", b"<row/>" * 5_000_000 + b"</sheetData>")


def entities(xml: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + xml[xml.index(b"<worksheet") :]


def endless_text(xml: bytes) -> bytes:
    return xml.replace(b"</sheetData>", bytes(range(97, 123)) * 12_000 + b"</sheetData>")


def far_row(xml: bytes) -> bytes:
    return xml.replace(b'<row r="2"', b'<row r="999999999999"').replace(b'r="A2"', b'r="A999999999999"')


NO_WORKBOOKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip bomb": (lambda: changed(saved(PLAIN), bomb), "大きすぎる"),
    "an endless text": (lambda: changed(saved(PLAIN), endless_text), "大きすぎる"),
    "entities": (lambda: changed(saved(PLAIN), entities), "Excelブック"),
    "UTF-16": (lambda: changed(saved(PLAIN), lambda xml: xml.decode().encode("utf-16")), "Excelブック"),
    "a row beyond all rows": (lambda: changed(saved(PLAIN), far_row), "データの行がありません"),
    "broken XML": (lambda: changed(saved(PLAIN), lambda xml: xml[:-30]), "Excelブック"),
    "no sheet": (lambda: changed(saved(PLAIN), lambda _: b""), "Excelブック"),
    "a cut file": (lambda: saved(PLAIN)[:-200], "Excelブック"),
    "201 columns": (lambda: saved({"名簿": [["氏名", *(f"列{n}" for n in range(200))]]}), "200を超えて"),
    "nothing": (lambda: saved({"名簿": []}), "空です"),
    "headings alone": (lambda: saved({"名簿": [["氏名"]]}), "データの行がありません"),
    "no names": (lambda: saved({"名簿": [["住所"], ["町"]]}), "氏名"),
}


@pytest.mark.parametrize("case", NO_WORKBOOKS)
def test_what_is_no_list_in_a_workbook_is_refused_in_words(case: str) -> None:
    """Quickly, in little memory, and with what to do next."""
    make, what = NO_WORKBOOKS[case]

    assert what in refusal_of(make()).ja


@pytest.mark.parametrize("limit", ["_MOST_PARTS", "_MOST_IN_MEMORY", "_MOST_UNPACKED"])
def test_each_bound_of_a_workbook_is_kept(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts, many texts and many sheets each fill a machine in their own way."""
    monkeypatch.setattr(workbook, limit, 3)

    assert "大きすぎる" in refusal_of(saved(PLAIN)).ja


def test_another_zip_file_is_no_workbook() -> None:
    """A folder of lists, sent as one file, has to be unpacked first."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("名簿.csv", "氏名\n見本\n")

    assert "CSV UTF-8" in refusal_of(out.getvalue()).ja
