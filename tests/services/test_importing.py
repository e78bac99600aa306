"""A list of affected individuals put on record: whole or not at all, each person once, and nothing of it lost."""

import hashlib
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.errors import BadInput, NotPermitted, Overtaken
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, KeyDestroyed, seal_of
from incident_app.domain.individual import (
    HOLDS,
    REFERENCE,
    AffectedList,
    Hold,
    Individual,
    IndividualMark,
    Particulars,
    find_by_mark,
    on_record,
)
from incident_app.domain.sealed_file import read_sealed
from incident_app.roster.refusals import RosterRefused
from incident_app.services import importing
from incident_app.services.importing import import_list
from incident_app.services.listing import LOST_AFTER, file_of_list, place_of_list, receive_list
from incident_app.services.progress import count_individuals
from incident_app.services.reconciling import reconcile
from incident_app.services.registering import who_mark
from tests.builders import who_is
from tests.cast import SATO, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.roster.city_export import (
    ADDRESS,
    BUILDING,
    HEADINGS,
    ITEMS,
    NAME,
    a_resident,
    city_export,
    written,
)
from tests.services.stories import events_of, last_line, reported


class Office:
    """Where lists of one incident arrive and are imported by 田中."""

    def __init__(self, work_of: WorkOf, folder: Path) -> None:
        self.work_of, self.folder = work_of, folder
        with work_of(TANAKA) as work:
            self.incident_id = reported(work).id

    def receive(self, data: bytes) -> int:
        with self.work_of(TANAKA) as work:
            incident = work.session.get_one(Incident, self.incident_id)
            return receive_list(work, incident, self.folder, BytesIO(data), 1 << 30).id

    def put_on_record(self, list_id: int, told: Callable[[int], None] = lambda rows: None) -> int:
        return import_list(lambda: self.work_of(TANAKA), list_id, self.folder, told)

    def take(self, *rows: list[str]) -> int:
        return self.put_on_record(self.receive(written(*rows)))

    def people(self) -> dict[str, Particulars]:
        with self.work_of(TANAKA) as work:
            rows = work.session.scalars(select(Individual).where(on_record(self.incident_id)))
            return {who.reference: who for who in map(who_is, rows)}

    def holds(self) -> dict[str, set[str]]:
        with self.work_of(TANAKA) as work:
            rows = work.session.scalars(select(Individual).join(Hold).distinct())
            return {who_is(row).reference: {hold.kind for hold in row.holds} for row in rows}

    def counts(self) -> tuple[int, int, int]:
        """Individuals, holds and marks, seen or not."""
        with self.work_of(TANAKA) as work:
            individuals, holds, marks = (
                work.session.scalar(select(func.count()).select_from(kind)) or 0
                for kind in (Individual, Hold, IndividualMark)
            )
        return individuals, holds, marks

    def last_facts(self) -> dict[str, object]:
        with self.work_of(TANAKA) as work:
            line = last_line(work, work.session.get_one(Incident, self.incident_id))
            assert line.event == "list_imported"
            return line.facts

    def books(self) -> list[object]:
        with self.work_of(TANAKA) as work:
            return [*reconcile(work, work.session.get_one(Incident, self.incident_id), self.folder)]


@pytest.fixture
def office(work_of: WorkOf, tmp_path: Path) -> Office:
    return Office(work_of, tmp_path / "sealed")


@pytest.fixture
def many_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a thousand then takes as many transactions as one of a hundred thousand."""
    monkeypatch.setattr(importing, "AT_ONCE", 100)


EXPORT = city_export(1_000, seed=16)
FIELDS = (
    *(
        "reference",
        "name",
        "kana",
        "birth_date",
        "postal_code",
        "address_lines",
        "address_lines",
        "phone",
        "email",
    ),
    *("items", "guardian"),
)
"""Where the cells of a city's list end up."""


@pytest.mark.usefixtures("many_transactions")
def test_a_citys_list_is_on_record_with_exactly_its_counts_and_unseen_before_its_end(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    """Half a list that somebody sees is half of the letters; who is counted twice gets two."""
    list_id = office.receive(EXPORT.data)
    seen, staged = [], []

    def look(_: int) -> None:
        with sessions() as other:
            seen.append(other.scalar(select(func.count()).where(on_record(office.incident_id))))
            staged.append(other.scalar(select(func.count()).select_from(Individual)) or 0)

    assert office.put_on_record(list_id, look) == EXPORT.persons

    assert set(seen) == {0} and len(seen) == 11
    assert staged == sorted(staged) and staged[0] < staged[-1] == EXPORT.persons
    assert len(office.people()) == EXPORT.persons
    held = {kind: EXPORT.faults[kind] for kind in HOLDS if EXPORT.faults.get(kind)}
    assert Counter(kind for kinds in office.holds().values() for kind in kinds) == held
    assert office.counts() == (EXPORT.persons, sum(held.values()), 2 * EXPORT.persons)
    facts = office.last_facts()
    assert (facts["rows"], facts["persons"], facts["rejected"], facts["already_present"]) == (
        *(1_000, EXPORT.persons, EXPORT.rejected),
        0,
    )
    with office.work_of(TANAKA) as work:
        entry = work.session.get_one(AffectedList, list_id)
        assert (entry.rows, entry.persons, entry.faults) == (1_000, EXPORT.persons, EXPORT.faults)
    assert office.books() == []


@pytest.mark.usefixtures("many_transactions")
def test_an_import_that_fails_in_the_middle_leaves_nothing_and_can_be_tried_again(office: Office) -> None:
    """The disk is full, the network goes: whoever tries again begins with nothing."""
    list_id = office.receive(EXPORT.data)

    def full(rows: int) -> None:
        if rows == 500:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        office.put_on_record(list_id, full)

    assert office.counts() == (0, 0, 0)
    assert office.put_on_record(list_id) == EXPORT.persons
    assert office.counts()[0] == EXPORT.persons


@pytest.mark.usefixtures("many_transactions")
def test_a_file_that_turns_out_unreadable_at_its_end_is_refused_whole(office: Office) -> None:
    """What was staged of it is deleted: nobody can tell which persons the rest names."""
    list_id = office.receive(EXPORT.data + b"1,\x85\x40,\r\n")
    staged: list[int] = []

    with pytest.raises(RosterRefused):
        office.put_on_record(list_id, staged.append)

    assert staged and office.counts() == (0, 0, 0)


@pytest.mark.usefixtures("many_transactions")
def test_of_two_who_import_the_same_list_one_is_refused(office: Office) -> None:
    """Two people press the button; the list is taken once. So it is when somebody presses again later."""
    list_id = office.receive(EXPORT.data)
    refusals = []

    def press_too(_: int) -> None:
        with pytest.raises(BadInput) as refusal:
            office.put_on_record(list_id)
        refusals.append(refusal.value.field)

    assert office.put_on_record(list_id, press_too) == EXPORT.persons
    with pytest.raises(BadInput):
        office.put_on_record(list_id)

    assert len(refusals) == 11
    assert office.counts()[0] == len(office.people()) == EXPORT.persons


@pytest.mark.usefixtures("many_transactions")
def test_an_import_that_was_taken_for_lost_does_not_write_into_the_next_one(
    office: Office, clock: TestClock
) -> None:
    """A laptop sleeps in the middle and wakes when a colleague has imported the list: nobody stands there twice."""
    list_id = office.receive(EXPORT.data)

    def sleep(rows: int) -> None:
        if rows == 300:
            clock.advance(seconds=LOST_AFTER.total_seconds() + 1)
            assert office.put_on_record(list_id) == EXPORT.persons

    with pytest.raises(Overtaken):
        office.put_on_record(list_id, sleep)

    assert office.counts()[0] == len(office.people()) == EXPORT.persons
    assert office.books() == []


@pytest.mark.usefixtures("many_transactions")
def test_two_lists_of_one_case_are_imported_one_after_the_other(office: Office) -> None:
    """Whoever stands in both would otherwise be on record twice, and get two letters."""
    first, second = office.receive(EXPORT.data), office.receive(EXPORT.data)
    refused = []

    def press_too(_: int) -> None:
        with pytest.raises(BadInput) as refusal:
            office.put_on_record(second)
        refused.append(refusal)

    assert office.put_on_record(first, press_too) == EXPORT.persons and refused
    assert office.put_on_record(second) == 0
    assert office.counts()[0] == EXPORT.persons and office.books() == []


@pytest.mark.usefixtures("many_transactions")
def test_an_import_that_slept_does_not_go_on_beside_another_list(office: Office, clock: TestClock) -> None:
    """It did not see the persons of the list that was imported meanwhile."""
    first, second = office.receive(EXPORT.data), office.receive(EXPORT.data)

    def sleep(rows: int) -> None:
        if rows == 300:
            clock.advance(seconds=LOST_AFTER.total_seconds() + 1)
            assert office.put_on_record(second) == EXPORT.persons

    with pytest.raises(Overtaken):
        office.put_on_record(first, sleep)

    assert office.counts()[0] == EXPORT.persons and office.books() == []
    assert office.put_on_record(first) == 0


@pytest.mark.usefixtures("many_transactions")
def test_a_slow_import_is_not_taken_for_lost(office: Office, clock: TestClock) -> None:
    """It is lost when it has not written for long, not when it began long ago."""
    list_id = office.receive(EXPORT.data)

    def take_time(_: int) -> None:
        clock.advance(seconds=LOST_AFTER.total_seconds() - 1)
        with pytest.raises(BadInput):
            office.put_on_record(list_id)

    assert office.put_on_record(list_id, take_time) == EXPORT.persons


@pytest.mark.usefixtures("many_transactions")
def test_data_that_is_destroyed_meanwhile_is_not_put_on_record(office: Office) -> None:
    """Rows whose key is gone would be persons whom nobody can tell apart."""
    list_id = office.receive(EXPORT.data)

    def destroy(rows: int) -> None:
        if rows == 500:
            with office.work_of(TANAKA) as work:
                work.session.get_one(IncidentKey, office.incident_id).wrapped = None

    with pytest.raises(KeyDestroyed):
        office.put_on_record(list_id, destroy)

    assert office.counts() == (0, 0, 0)


@pytest.mark.usefixtures("many_transactions")
def test_a_second_list_adds_to_persons_on_record_in_its_last_transaction_only(office: Office) -> None:
    """A corrected list comes as a whole: it names those who stand there already, and says more of some."""
    first = [a_resident(number, メールアドレス="") for number in range(1, 251)]
    assert office.take(*first) == 250
    second = [
        *(a_resident(number, メールアドレス="") for number in range(1, 249)),
        a_resident(249, 漏えい項目="税額", 備考="故人"),
        a_resident(250, 備考="保護者：見本　太郎", 生年月日="平成30年5月6日"),
        a_resident(249, 漏えい項目="口座情報"),
        a_resident(251),
    ]
    before = office.people()

    def nothing_yet(_: int) -> None:
        assert office.people() == before and office.holds() == {}

    assert office.put_on_record(office.receive(written(*second)), nothing_yet) == 1

    people = office.people()
    assert office.last_facts()["already_present"] == 250 and len(people) == 251
    assert people["00000249"].items == ("氏名", "住所", "税額", "口座情報")
    assert people["00000249"].email == "resident249@example.jp"
    assert people["00000250"].guardian == "見本　太郎"
    assert office.holds() == {"00000249": {"deceased"}}
    assert {key: people[key] for key in before if key < "00000249"} == {
        key: who for key, who in before.items() if key < "00000249"
    }
    with office.work_of(TANAKA) as work:
        has_email = {who_is(row).reference: row.has_email for row in work.session.scalars(select(Individual))}
    assert has_email["00000249"] and has_email["00000251"] and not has_email["00000001"]
    assert office.books() == []


@pytest.mark.parametrize("between", [0, 150], ids=["next-row", "another-transaction"])
@pytest.mark.usefixtures("many_transactions")
def test_further_rows_of_a_person_add_items_email_guardian_and_holds(office: Office, between: int) -> None:
    """One person, one letter, and it names everything that leaked of that person."""
    child = {"生年月日": "平成30年5月6日"}
    office.take(
        a_resident(1, メールアドレス="", **child),
        *(a_resident(number) for number in range(100, 100 + between)),
        a_resident(1, 漏えい項目="税額・氏名", 備考="保護者：見本　太郎、送付不要", **child),
        a_resident(1, 漏えい項目="税額", メールアドレス="second@example.jp", **child),
    )

    who = office.people()["00000001"]
    assert who.items == ("氏名", "住所", "税額")
    # The first row's word stands: without a name the letter goes to 保護者.
    assert (who.email, who.guardian) == ("resident1@example.jp", "保護者")
    assert office.holds() == {"00000001": {"do_not_contact"}}
    assert office.counts()[0] == 1 + between


def test_a_list_says_who_is_held(office: Office) -> None:
    """支援措置, 連絡不要, and whoever may stand there twice: nothing goes out before a person has looked."""
    headings = [*HEADINGS, "支援措置"]
    rows = [
        [*a_resident(1), "有"],
        [*a_resident(2, 備考="連絡不要"), "無"],
        [*a_resident(3, 宛名番号=""), ""],
        [*a_resident(4, 宛名番号=""), ""],
        [*a_resident(5, 住所="", 方書=""), ""],
    ]
    office.put_on_record(office.receive(written(*rows, headings=headings)))

    nameless = sorted(key for key in office.people() if key.startswith("#"))
    assert office.holds() == {
        "00000001": {"protected"},
        "00000002": {"do_not_contact"},
        "00000005": {"no_address"},
        nameless[1]: {"maybe_same"},
    }


def test_a_list_without_numbers_is_recognised_when_it_comes_again(office: Office) -> None:
    """Some lists have no 宛名番号 at all: each row is somebody, and the same list brings nobody new."""
    names = ("架空　一郎", "架空　二郎", "架空　三郎")
    rows = [a_resident(number, 宛名番号="", 氏名=name, フリガナ="") for number, name in enumerate(names)]

    assert office.take(*rows) == 3
    assert office.take(*rows, a_resident(9, 宛名番号="", 氏名="架空　四郎", フリガナ="")) == 1

    assert sorted(who.name for who in office.people().values()) == sorted((*names, "架空　四郎"))
    assert office.last_facts()["already_present"] == 3
    assert office.holds() == {} and office.books() == []


def test_everybody_is_found_by_number_and_by_name_with_date_of_birth(office: Office) -> None:
    """The desk types what a caller says: spaces and width do not matter, and nobody else is found."""
    office.take(
        a_resident(1),
        a_resident(2, フリガナ="ﾐﾎﾝ ｼﾞﾛｳ"),
        a_resident(3, 氏名="髙橋　Ａ子", フリガナ="", 生年月日=""),
    )
    born = next(iter(office.people().values())).birth_date

    with office.work_of(TANAKA) as work:
        seal = seal_of(work.session, office.incident_id)

        def found(mark: bytes) -> list[str]:
            return [who_is(row).reference for row in find_by_mark(work.session, office.incident_id, mark)]

        for number in ("00000001", "00000002", "00000003"):
            assert found(seal.mark(REFERENCE, number)) == [number]
        assert found(who_mark(seal, "ミホンハナコ", born)) == ["00000001"]
        assert found(who_mark(seal, "ミホン ジロウ", born)) == ["00000002"]
        assert found(who_mark(seal, "髙橋A子", None)) == ["00000003"]
        assert found(who_mark(seal, "ミホンハナコ", None)) == []


def rubbish(column: int) -> list[str]:
    """A resident in one of whose cells our own separators stand."""
    cells = a_resident(column + 100)
    cells[column] = f"1\x1f2\x1e3{cells[column]}"
    return cells


@only_on_sqlite
def test_separators_of_our_own_in_a_cell_shift_no_column(office: Office) -> None:
    """What is sealed is kept apart by signs that only rubbish holds; it must not move a name into an address."""
    office.take(*map(rubbish, range(len(HEADINGS))))

    people = list(office.people().values())
    assert len(people) == len(HEADINGS)
    usual = Particulars.from_bytes(people[ITEMS].to_bytes())._replace(items=("氏名", "住所"))
    for column, who in enumerate(people):
        told = who._replace(reference="", email=None)
        differs = [field for field in told._fields if getattr(told, field) != getattr(usual, field)]
        assert set(differs) <= {"reference", "email", FIELDS[column]}, HEADINGS[column]
    held = {people[column].reference for column in (NAME, ADDRESS, BUILDING)}
    assert office.holds().keys() >= held, "nothing with a lost sign is printed unseen"
    assert office.books() == []


@only_on_sqlite
def test_the_file_itself_is_kept_sealed_and_comes_back_byte_by_byte(office: Office) -> None:
    """Years later somebody asks what exactly 甲 had sent; its digest stands on the timeline."""
    list_id = office.receive(EXPORT.data)
    office.put_on_record(list_id)

    with office.work_of(TANAKA) as work:
        entry = work.session.get_one(AffectedList, list_id)
        raw = read_sealed(
            file_of_list(office.folder, entry),
            seal_of(work.session, office.incident_id),
            place_of_list(entry),
        )
    assert raw == EXPORT.data
    assert hashlib.sha256(raw).hexdigest() == entry.sha256 == office.last_facts()["sha256"]


def test_only_the_contractors_people_import(office: Office) -> None:
    """甲's officer sees counts; that somebody received a list does not open it to others."""
    list_id = office.receive(written(a_resident(1)))

    with pytest.raises(NotPermitted):
        import_list(lambda: office.work_of(YAMADA), list_id, office.folder)

    assert office.counts() == (0, 0, 0)
    assert import_list(lambda: office.work_of(SATO), list_id, office.folder) == 1
    with office.work_of(TANAKA) as work:
        incident = work.session.get_one(Incident, office.incident_id)
        assert events_of(work, incident).count("list_imported") == count_individuals(work, incident) == 1
