import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_app.roster.persons import Gathering, Person, gather_persons
from incident_app.roster.reading import RosterRefused, read_roster
from incident_app.roster.reasons import FAULTS, REASONS
from tests.roster.city_export import HEADINGS, Cells, a_resident, city_export, written

TODAY = date(2026, 6, 1)


def gathered(*rows: Cells, on: date = TODAY, headings: Cells | None = None) -> Gathering:
    return gather_persons(read_roster(written(*rows, encoding="utf-8", headings=headings)), on)


def only(gathering: Gathering) -> Person:
    (person,) = gathering.persons
    return person


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig"])
@pytest.mark.parametrize(("rows", "seed"), [(1000, 1), (1000, 2), (3000, 3), (5000, 4)])
def test_an_export_is_accounted_for_to_the_last_row(rows: int, seed: int, encoding: str) -> None:
    """甲 must be able to reconcile: so many rows, so many persons, so many of each fault."""
    export = city_export(rows, seed, encoding)

    found = gather_persons(read_roster(export.data), TODAY)

    assert (found.rows, len(found.persons), found.rejected) == (rows, export.persons, export.rejected)
    assert found.faults == export.faults
    assert set(found.faults) == set(FAULTS)


def test_a_thousand_rows_take_well_under_a_second() -> None:
    """The officer waits at the screen for the preview."""
    data = city_export(1000, 5).data
    began = time.perf_counter()

    gather_persons(read_roster(data), TODAY)

    assert time.perf_counter() - began < 1


def test_a_person_is_what_the_row_says() -> None:
    """Nothing is lost on the way, and nothing is held without a reason."""
    row = a_resident(7, 方書="メゾン見本101号", 漏えい項目="氏名・税額")

    found = gathered(row)

    assert only(found) == Person(
        reference="00000007",
        name="見本　花子",
        kana="ミホン　ハナコ",
        birth_date=date(1981, 3, 4),
        postal_code="010-0012",
        address_lines=("秋田県秋田市見本町1番2号", "メゾン見本101号"),
        email="resident7@example.jp",
        items=("氏名", "税額"),
        holds=frozenset(),
        guardian=None,
        lines=(2,),
    )
    assert found.reports == ()


def test_a_person_who_stands_there_twice_gets_one_letter_with_all_items() -> None:
    """Two letters that each tell half would be worse than one."""
    found = gathered(
        a_resident(1, 漏えい項目="氏名・住所", メールアドレス=""),
        a_resident(2),
        a_resident(1, 漏えい項目="住所・税額"),
    )

    person = found.persons[0]
    assert len(found.persons) == 2
    assert person.items == ("氏名", "住所", "税額")
    assert person.lines == (2, 4)
    assert person.email == "resident1@example.jp"
    assert [(report.line, report.verdict, report.codes) for report in found.reports] == [
        (4, "duplicate", ("same_person",))
    ]


def test_news_of_a_death_counts_wherever_it_stands() -> None:
    """A letter to the dead because the first of two rows did not know is not to be excused."""
    assert only(gathered(a_resident(1), a_resident(1, 備考="故人"))).holds == {"deceased"}


def test_two_people_under_one_number_are_not_merged() -> None:
    """One of them would never be told. The second row is rejected, visibly, for somebody to mend."""
    found = gathered(a_resident(1), a_resident(1, 氏名="別人　太郎"), a_resident(1, 生年月日="S57.3.4"))

    assert only(found).items == ("氏名", "住所")
    assert found.rejected == 2
    assert {report.codes for report in found.reports} == {("number_of_another",)}


def test_an_address_that_changes_between_rows_is_pointed_out() -> None:
    """A letter to the former address tells the new tenant of the leak."""
    found = gathered(a_resident(1), a_resident(1, 住所="別の町3番"))

    assert only(found).address_lines == ("秋田県秋田市見本町1番2号",)
    assert found.reports[0].codes == ("same_person", "other_address")


def test_without_numbers_only_equal_persons_are_merged() -> None:
    """Father and son may share name and house; the same words in every cell are the same person."""
    found = gathered(
        a_resident(1, 宛名番号="", メールアドレス=""),
        a_resident(2, 宛名番号="", メールアドレス="", 生年月日="H18.3.4"),
        a_resident(3, 宛名番号="", メールアドレス="", 漏えい項目="税額"),
    )

    assert [person.items for person in found.persons] == [("氏名", "住所", "税額"), ("氏名", "住所")]
    assert all(person.reference.startswith("#") for person in found.persons)


@pytest.mark.parametrize(
    ("changes", "hold"),
    [
        ({"郵便番号": ""}, "zip_missing"),
        ({"氏名": "〓本　花子"}, "gaiji"),
        ({"住所": "秋田市\ue001町1番"}, "gaiji"),
        ({"備考": "保護者：〓本　太郎"}, "gaiji"),
        ({"住所": "", "方書": "見本荘"}, "no_address"),
        ({"備考": "令和7年1月死亡"}, "deceased"),
        ({"生年月日": "H30.5.6"}, "minor"),
        ({"生年月日": "", "備考": "保護者：見本　太郎"}, "minor"),
        ({"氏名": "株式会社見本商事", "生年月日": ""}, "organisation"),
    ],
)
def test_no_letter_goes_out_by_itself_where_somebody_must_look(changes: dict[str, str], hold: str) -> None:
    """Each hold is a letter that would hurt, mislead or not arrive; the person stays on the list."""
    found = gathered(a_resident(1, **changes))

    assert only(found).holds == {hold}
    assert found.reports[0].verdict == "held"


def test_a_minors_letter_goes_to_the_guardian_of_the_remarks() -> None:
    """保護者 as the office wrote them, without what follows."""
    person = only(
        gathered(a_resident(1, 生年月日="H30.5.6", 備考="要連絡、保護者：髙橋　\ufa19一、兄も対象"))
    )

    assert person.guardian == "髙橋　\ufa19一"


@pytest.mark.parametrize(
    ("born", "on", "minor"),
    [
        ("H20.6.1", date(2026, 5, 31), True),
        ("H20.6.1", date(2026, 6, 1), False),
        ("H20.2.29", date(2026, 2, 28), True),
        ("H20.2.29", date(2026, 3, 1), False),
    ],
)
def test_people_come_of_age_on_their_eighteenth_birthday(born: str, on: date, minor: bool) -> None:
    """Reckoned on the day that is given, so that a reprint a year later finds the same."""
    assert ("minor" in only(gathered(a_resident(1, 生年月日=born), on=on)).holds) == minor


def test_a_birth_date_that_cannot_be_is_left_out_and_reported() -> None:
    """A date in the future would make everybody a minor."""
    found = gathered(a_resident(1, 生年月日="R9.1.1"), a_resident(2, 生年月日="不詳"))

    assert [person.birth_date for person in found.persons] == [None, None]
    assert found.faults["bad_birth_date"] == 2


def test_mended_rows_are_reported_with_their_line() -> None:
    """What was changed in a city's data is said, row by row."""
    found = gathered(
        a_resident(1),
        a_resident(2, 郵便番号="１０００１２", フリガナ="ﾐﾎﾝ ﾊﾅｺ", メールアドレス="なし", 住所="町\n番"),
    )

    (report,) = found.reports
    assert (report.line, report.verdict) == (3, "mended")
    assert set(report.codes) == {
        "zip_lost_zero",
        "zip_fullwidth",
        "kana_halfwidth",
        "bad_email",
        "newline_in_cell",
    }
    assert found.persons[1].address_lines == ("町", "番")


def test_a_row_without_name_is_rejected_with_its_line() -> None:
    """Nobody can be addressed; and the row must not vanish unseen."""
    found = gathered(a_resident(1, 氏名="　"), a_resident(2))

    assert [(report.line, report.verdict, report.codes) for report in found.reports] == [
        (2, "rejected", ("no_name",))
    ]
    assert found.rejected == 1


def test_a_list_of_names_alone_is_enough_to_begin_with() -> None:
    """On the first night there may be no more; everybody is held, nobody is lost."""
    person = only(gathered(["見本　花子"], headings=["氏名"]))

    assert person.holds == {"no_address"}
    assert person.items == ()


@pytest.mark.parametrize("code", REASONS)
def test_every_code_is_said_in_words(code: str) -> None:
    """A code on a screen at night helps nobody."""
    assert REASONS[code].ja
    assert REASONS[code].en.isascii()


def test_persons_do_not_show_themselves_in_logs() -> None:
    """A traceback in a log must not hold an affected individual's name."""
    assert "花子" not in repr(gathered(a_resident(1)))


CELLS = {
    "宛名番号": st.sampled_from(["1", "2", "3", ""]),
    "氏名": st.sampled_from(["見本　花子", "髙橋　\ufa19一", "", "株式会社見本"]) | st.text(max_size=5),
    "生年月日": st.sampled_from(["", "S56.3.4", "99999", "00000101"])
    | st.text("0123456789年月日.昭令R", max_size=9),
    "郵便番号": st.text("0123456789-－〒", max_size=9),
    "住所": st.text(max_size=8),
    "メールアドレス": st.text("ab@.＠ ", max_size=9),
    "備考": st.sampled_from(["", "故人", "保護者：", "保護者：　、", "保護者:見本"]) | st.text(max_size=5),
}


@settings(deadline=None, max_examples=200)
@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12), st.data())
def test_every_row_ends_in_exactly_one_place(rows: list[dict[str, str]], data: st.DataObject) -> None:
    """First row of a person, further row of a person, or rejected: never two of these, never none."""
    cut = data.draw(st.lists(st.integers(1, len(HEADINGS)), min_size=len(rows), max_size=len(rows)))
    cells = [a_resident(0, **row)[:width] for row, width in zip(rows, cut, strict=True)]
    try:
        roster = read_roster(written(*cells, encoding="utf-8"))
    except RosterRefused:
        return
    found = gather_persons(roster, TODAY)

    first = [person.lines[0] for person in found.persons]
    further = [line for person in found.persons for line in person.lines[1:]]
    rejected = [report.line for report in found.reports if report.verdict == "rejected"]
    assert sorted([*first, *further, *rejected]) == [row.line for row in roster.rows]
    assert sorted(further) == [report.line for report in found.reports if report.verdict == "duplicate"]
    assert len({person.reference for person in found.persons}) == len(found.persons)
