import tracemalloc
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_app.roster.findings import Finding, FirstRow, FurtherRow, Person, RejectedRow
from incident_app.roster.gathering import Gathering, gather
from incident_app.roster.reading import open_roster
from incident_app.roster.reasons import FAULTS, REASONS, verdict_of
from incident_app.roster.refusals import RosterRefused
from tests.roster.city_export import HEADINGS, Cells, a_resident, city_export, written

TODAY = date(2026, 6, 1)


def gathering_of(data: bytes, on: date = TODAY) -> Gathering:
    return gather(open_roster(BytesIO(data), limit=len(data)), on=on)


def gathered(*rows: Cells, on: date = TODAY, headings: Cells | None = None) -> list[Finding]:
    return list(gathering_of(written(*rows, encoding="utf-8", headings=headings), on))


def persons(findings: list[Finding]) -> list[Person]:
    return [finding.person for finding in findings if isinstance(finding, FirstRow)]


def only(findings: list[Finding]) -> Person:
    (person,) = persons(findings)
    return person


@pytest.mark.parametrize(
    ("rows", "seed", "encoding"),
    [
        *((1_000, seed, encoding) for seed in range(1, 6) for encoding in ("cp932", "utf-8-sig")),
        *((100_000, seed, "cp932") for seed in (6, 7)),
    ],
)
def test_an_export_is_accounted_for_to_the_last_row(rows: int, seed: int, encoding: str) -> None:
    """甲 must be able to reconcile: so many rows, so many persons, so many of each fault."""
    export = city_export(rows, seed, encoding)
    found = gathering_of(export.data)

    ordinals = [finding.ordinal for finding in found if isinstance(finding, FirstRow)]

    assert (found.rows, found.persons, found.rejected) == (rows, export.persons, export.rejected)
    assert ordinals == list(range(found.persons))
    assert found.faults == export.faults
    assert set(found.faults) == set(FAULTS)


def test_a_longer_list_takes_only_a_few_dozen_bytes_more_for_each_person() -> None:
    """A city of ten million must go through an ordinary machine, so no person may stay in memory."""
    data = city_export(20_000, 5).data
    tracemalloc.start()
    try:
        list_of = gathering_of(data)
        for _ in list_of:
            pass
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert list_of.persons > 15_000
    assert grown / list_of.persons < 200


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
        phone="018-000-0000",
        email="resident7@example.jp",
        items=("氏名", "税額"),
        holds=frozenset(),
        guardian=None,
    )
    assert found[0].codes == ()


def test_a_person_who_stands_there_twice_gets_one_letter_with_all_items() -> None:
    """Two letters that each tell half would be worse than one."""
    first, other, further = gathered(
        a_resident(1, 漏えい項目="氏名・住所"), a_resident(2), a_resident(1, 漏えい項目="住所・税額")
    )

    assert isinstance(first, FirstRow) and isinstance(other, FirstRow) and isinstance(further, FurtherRow)
    assert (further.line, further.codes, further.ordinal) == (4, ("same_person",), first.ordinal)
    assert further.adds.items == ("住所", "税額")
    assert verdict_of(further.codes) == "duplicate"


def test_a_number_is_the_same_in_wide_digits_and_a_name_with_another_space() -> None:
    """Two systems write one person down in two ways."""
    _, further = gathered(a_resident(1), a_resident(1, 宛名番号="０００００００１ ", 氏名="見本 花子"))

    assert isinstance(further, FurtherRow)


@pytest.mark.parametrize(
    ("changes", "hold"),
    [
        ({"備考": "故人"}, "deceased"),
        ({"備考": "連絡不要"}, "do_not_contact"),
        ({"備考": "支援措置対象"}, "protected"),
        ({"生年月日": "", "備考": "保護者：見本　太郎"}, "minor"),
    ],
)
def test_what_a_further_row_says_about_the_person_counts(changes: dict[str, str], hold: str) -> None:
    """A letter to the dead because the first of two rows did not know is not to be excused."""
    _, further = gathered(a_resident(1), a_resident(1, **changes))

    assert isinstance(further, FurtherRow)
    assert further.adds.holds == {hold}


def test_a_fault_of_a_further_rows_address_holds_nobody() -> None:
    """The letter goes to the address of the first row."""
    _, further = gathered(a_resident(1), a_resident(1, 郵便番号="", 住所=""))

    assert isinstance(further, FurtherRow)
    assert further.adds.holds == frozenset()


def test_two_people_under_one_number_are_not_merged() -> None:
    """One of them would never be told. The second row is rejected, visibly, for somebody to mend."""
    found = gathered(a_resident(1), a_resident(1, 氏名="別人　太郎"), a_resident(1, 生年月日="S57.3.4"))

    assert found[1:] == [RejectedRow(3, ("number_of_another",)), RejectedRow(4, ("number_of_another",))]


def test_an_address_that_changes_between_rows_is_pointed_out() -> None:
    """A letter to the former address tells the new tenant of the leak."""
    found = gathered(a_resident(1), a_resident(1, 住所="別の町3番"))

    assert found[1].codes == ("same_person", "other_address")


def test_without_a_number_whoever_looks_the_same_waits_for_a_person_to_decide() -> None:
    """Twins share kana, date of birth and house; merged by a machine, one of them would never be told."""
    numberless = {"宛名番号": "", "氏名": "見本　花子"}
    first, son, twin, again = gathered(
        a_resident(1, **numberless),
        a_resident(2, **numberless | {"生年月日": "H18.3.4"}),
        a_resident(3, **numberless | {"氏名": "見本　華子"}),
        a_resident(1, **numberless),
    )

    assert isinstance(first, FirstRow) and isinstance(twin, FirstRow) and isinstance(again, FirstRow)
    assert son.codes == ()
    assert twin.codes == again.codes == ("maybe_same",)
    assert twin.looks_like == again.looks_like == first.ordinal
    assert twin.person.holds == {"maybe_same"}
    assert verdict_of(again.codes) == "held"


def test_each_person_without_a_number_gets_a_reference_that_the_same_list_gives_again() -> None:
    """Sent once more, the list must not bring the same persons a second time."""
    rows = [*[a_resident(1, 宛名番号="")] * 3, a_resident(2, 宛名番号="", 住所="町2")]

    once, again = persons(gathered(*rows)), persons(gathered(*rows))

    references = [person.reference for person in once]
    assert len(set(references)) == 4 and all(reference.startswith("#") for reference in references)
    assert references == [person.reference for person in again]


@pytest.mark.parametrize("mark", ["○", "1", "有", "対象", "２", "DV"])
@pytest.mark.parametrize("heading", ["支援措置", "ＤＶ等支援措置", "支援措置対象", "支援対象"])
def test_a_protected_person_is_held_whatever_the_mark(heading: str, mark: str) -> None:
    """A letter to the old address may lead a violent partner to the new one."""
    found = gathered([*a_resident(1), mark], headings=[*HEADINGS, heading])

    assert only(found).holds == {"protected"}


@pytest.mark.parametrize("mark", ["", " ", "0", "無", "なし", "非該当", "－", "×", "ＮＯ"])
def test_a_clear_no_protects_nobody(mark: str) -> None:
    """Holding everybody would hide those who must be held."""
    assert only(gathered([*a_resident(1), mark], headings=[*HEADINGS, "支援措置"])).holds == frozenset()


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
        ({"備考": "送付不要（本人の申出）"}, "do_not_contact"),
        ({"氏名": "=cmd|' /C calc'!A0"}, "formula"),
        ({"住所": "#REF!"}, "formula"),
        ({"氏名": "長" * 300}, "too_long"),
        ({"方書": "長" * 300}, "too_long"),
        ({"氏名": "見本\r花子"}, "gaiji"),
        ({"氏名": "見本\n花子"}, "gaiji"),
    ],
)
def test_no_letter_goes_out_by_itself_where_somebody_must_look(changes: dict[str, str], hold: str) -> None:
    """Each hold is a letter that would hurt, mislead or not arrive; the person stays on the list."""
    found = gathered(a_resident(1, **changes))

    assert only(found).holds == {hold}
    assert verdict_of(found[0].codes) == "held"


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

    assert [person.birth_date for person in persons(found)] == [None, None]
    assert [finding.codes for finding in found] == [("bad_birth_date",)] * 2


def test_mended_rows_are_reported_with_their_line() -> None:
    """What was changed in a city's data is said, row by row."""
    found = gathered(
        a_resident(1),
        a_resident(2, 郵便番号="１０００１２", フリガナ="ﾐﾎﾝ ﾊﾅｺ", メールアドレス="なし", 住所="町\n番"),
    )

    assert found[0].codes == ()
    assert (found[1].line, verdict_of(found[1].codes)) == (3, "mended")
    assert set(found[1].codes) == {
        "zip_lost_zero",
        "zip_fullwidth",
        "kana_halfwidth",
        "bad_email",
        "newline_in_cell",
    }
    assert persons(found)[1].address_lines == ("町", "番")


def test_a_line_break_is_reported_in_whatever_cell_it_stands() -> None:
    """Items written one below the other are still told apart."""
    (found,) = gathered(a_resident(1, 漏えい項目="氏名\n税額"))

    assert found.codes == ("newline_in_cell",)
    assert only([found]).items == ("氏名", "税額")


def test_a_row_without_name_is_rejected_with_its_line() -> None:
    """Nobody can be addressed; and the row must not vanish unseen."""
    found = gathered(a_resident(1, 氏名="　"), a_resident(2))

    assert found[0] == RejectedRow(2, ("no_name",))
    assert verdict_of(found[0].codes) == "rejected"


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
    data_of_list = written(*cells, encoding="utf-8")
    try:
        gathering = gathering_of(data_of_list)
        found = list(gathering)
    except RosterRefused:
        return

    first = [finding for finding in found if isinstance(finding, FirstRow)]
    assert [finding.ordinal for finding in first] == list(range(gathering.persons))
    assert len({finding.person.reference for finding in first}) == gathering.persons
    assert gathering.rejected == sum(isinstance(finding, RejectedRow) for finding in found)
    assert len(found) == gathering.rows == len(list(open_roster(BytesIO(data_of_list), limit=9**9).rows()))
