"""Holds worked off: who decides what, what it changes, and numbers that always add up."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from incident_app.domain.errors import BadInput, NotFound, NotPermitted, Refused
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import (
    HOLDS,
    REFERENCE,
    Hold,
    Individual,
    IndividualMark,
    find_by_mark,
    on_record,
)
from incident_app.domain.notice import DELIVERY_STATES, Delivery, PrintRun
from incident_app.domain.work import Work
from incident_app.services.census import (
    STATES,
    census_of,
    find_individual,
    loose_letters,
    people_held,
    state_of,
)
from incident_app.services.correcting import (
    correct_address,
    correct_email,
    decide_printed_name,
    print_in_kana,
)
from incident_app.services.holding import (
    DECIDED,
    WAYS,
    decide_hold,
    earlier_ones,
    is_protected,
    merge_into,
    open_kinds,
)
from incident_app.services.instructing import withdraw_instruction
from incident_app.services.notifying import start_deliveries
from incident_app.services.protecting import flag_protected
from tests.builders import a_bare_incident, a_delivery, a_notice, an_individual, an_item, who_is
from tests.cast import ITO, MINATO, OGAWA, SATO, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import (
    approved,
    by,
    events_of,
    everything,
    instructed,
    item_of,
    last_line,
    refused,
)

ADDRESS = {
    "postal_code": "１００‐０００１",
    "address": "架空県架空市港2-2\n港荘3号",
    "source": "resident_record",
}


def letter_in_state(work: Work, incident: Incident, person: Individual, state: str) -> Delivery:
    return a_delivery(work, a_notice(work, incident), person, an_item(work, incident), state=state)


@only_on_sqlite
@pytest.mark.parametrize(
    ("kind", "way", "who", "outcome"),
    [
        ("protected", "told_by_client", YAMADA, "told_by_client"),
        ("protected", "not_protected", YAMADA, ""),
        ("deceased", "to_family", TANAKA, ""),
        ("deceased", "not_deceased", TANAKA, ""),
        ("deceased", "not_to_be_told", YAMADA, "not_to_be_told"),
        ("do_not_contact", "may_be_contacted", TANAKA, ""),
        ("do_not_contact", "not_to_be_told", YAMADA, "not_to_be_told"),
        ("maybe_same", "two_persons", TANAKA, ""),
    ],
)
def test_each_decision_is_settled_by_those_whose_it_is(
    work_of: WorkOf, kind: str, way: str, who: CastMember, outcome: str
) -> None:
    """Whether somebody is told at all is 甲's; everybody else is refused and nothing changes."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=[kind])
        for other in (it for it in (TANAKA, YAMADA, ITO, OGAWA) if it is not who):
            if WAYS[kind][way] == "client" or other is not TANAKA:
                with refused(work, NotPermitted):
                    decide_hold(by(work, other), incident, person, kind, way)
        decide_hold(by(work, who), incident, person, kind, way)
        assert open_kinds(person) == [] and person.outcome == outcome
        (hold,) = person.holds
        assert (hold.way, hold.settled_at is not None) == (way, True)
        assert last_line(work, incident).facts == {"individual": person.id, "hold": kind, "way": way}
        with refused(work, NotFound):
            decide_hold(by(work, who), incident, person, kind, way)


@only_on_sqlite
@pytest.mark.parametrize(
    ("kind", "way"),
    [("gaiji", "printed_as"), ("protected", "to_family"), ("nothing", "x"), ("maybe_same", "same_person")],
)
def test_a_hold_is_not_settled_by_a_word_that_does_not_mend_it(work_of: WorkOf, kind: str, way: str) -> None:
    """A missing glyph is still missing when somebody merely says that it is not."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=HOLDS)
        with refused(work, BadInput):
            decide_hold(work, incident, person, kind, way)


@only_on_sqlite
def test_the_letter_of_somebody_who_died_goes_to_the_family(work_of: WorkOf) -> None:
    """No letter speaks to the dead."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=["deceased"])
        decide_hold(work, incident, person, "deceased", "to_family")
        assert who_is(person).guardian == "ご遺族"


def test_nothing_more_goes_to_somebody_who_is_done_with(work_of: WorkOf) -> None:
    """甲's word ends every other hold, and what waits in the queue."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=["do_not_contact", "no_address"])
        letter = letter_in_state(work, incident, person, "queued")
        decide_hold(by(work, YAMADA), incident, person, "do_not_contact", "not_to_be_told")
        work.session.refresh(letter)
        assert letter.state == "stopped" and open_kinds(person) == []
        assert state_of(work, incident, person) == "not_to_be_told"


def test_the_officer_names_protected_people_by_either_number(work_of: WorkOf) -> None:
    """甲 knows its own numbers, and a caller reads one from a letter; what has not gone out stops."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        people = [an_individual(work, incident, f"000000000{n}") for n in range(4)]
        letters = [letter_in_state(work, incident, person, "queued") for person in people]
        typed = f" ０００００００００１ \n{people[2].code.lower()}\n\n999\n0000000001"
        flagged = flag_protected(by(work, YAMADA), incident, typed)
        assert (flagged.found, flagged.already, flagged.stopped) == (2, 0, 2)
        assert list(flagged.missing) == ["999"] and "999" not in repr(flagged)
        for letter in letters:
            work.session.refresh(letter)
        assert [letter.state for letter in letters] == ["queued", "stopped", "stopped", "queued"]
        assert last_line(work, incident).facts == {"found": 2, "newly": 2, "missing": 1}
        assert [is_protected(person) for person in people] == [False, True, True, False]
        assert people[1].holds[0].raised_by_id == by(work, YAMADA).actor.person_id
        again = flag_protected(by(work, YAMADA), incident, "0000000001")
        assert (again.found, again.already, again.stopped) == (1, 1, 0)
        assert work.session.scalar(select(func.count()).select_from(Hold)) == 2


def test_numbers_are_sought_in_this_case_alone(work_of: WorkOf) -> None:
    """Another case's individual is neither found nor flagged, by either number."""
    with work_of(TANAKA) as work:
        other = an_individual(work, a_bare_incident(work), "0000000001")
        incident = a_bare_incident(work, "I-2026-0002")
        an_individual(work, incident, "0000000002")
        flagged = flag_protected(by(work, YAMADA), incident, f"0000000001\n{other.code}")
        assert flagged.found == 0 and len(flagged.missing) == 2 and not is_protected(other)


@only_on_sqlite
def test_only_the_officer_protects_and_nobody_of_the_contractor_lifts_it(work_of: WorkOf) -> None:
    """The flag comes from 甲 only, and with it goes every hand of 乙."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=["deceased", "gaiji", "maybe_same"])
        for other in (TANAKA, SATO, ITO):
            with refused(work, NotPermitted):
                flag_protected(by(work, other), incident, "0000000001")
        flag_protected(by(work, YAMADA), incident, "0000000001")
        for act in (
            lambda: decide_hold(work, incident, person, "protected", "not_protected"),
            lambda: decide_hold(work, incident, person, "protected", "told_by_client"),
            lambda: decide_hold(work, incident, person, "deceased", "to_family"),
            lambda: correct_address(work, incident, person, **ADDRESS),
            lambda: correct_email(work, incident, person, "", source="the_person"),
            lambda: decide_printed_name(work, incident, person, "架空"),
            lambda: print_in_kana(work, incident, person),
            lambda: merge_into(work, incident, person, None),
        ):
            with refused(work, NotPermitted):
                act()


@only_on_sqlite
def test_an_empty_or_endless_paste_is_refused(work_of: WorkOf) -> None:
    """Nothing typed is a slip; a whole city is not a list of protected people."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        an_individual(work, incident)
        for typed in (" \n\n", "\n".join(map(str, range(20_001)))):
            with refused(work, BadInput):
                flag_protected(work, incident, typed)


@only_on_sqlite
def test_a_protected_person_stays_hidden_after_being_told(work_of: WorkOf) -> None:
    """The hold is settled, the danger is not; only 甲's "not protected after all" ends it."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        told = an_individual(work, incident, holds=["protected"])
        freed = an_individual(work, incident, "0000000002", holds=["protected"])
        decide_hold(work, incident, told, "protected", "told_by_client")
        decide_hold(work, incident, freed, "protected", "not_protected")
        assert is_protected(told) and not is_protected(freed)


def test_a_letter_printed_before_the_flag_is_named_until_its_run_is_posted(work_of: WorkOf) -> None:
    """Paper does not stop by itself: somebody has to take the sheet out of the pile."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident)
        letter = letter_in_state(work, incident, person, "printed")
        run = PrintRun(notice_id=letter.notice_id, number=3, planned_at=work.now, printed_at=work.now)
        work.session.add(run)
        work.session.flush()
        letter.print_run_id, letter.sequence = run.id, 17
        work.session.flush()
        assert loose_letters(work, incident) == []
        flag_protected(work, incident, "0000000001")
        (loose,) = loose_letters(work, incident)
        assert (loose.run, loose.sequence, loose.code) == (3, 17, person.code)
        run.posted_at = work.now
        assert loose_letters(work, incident) == []


def test_the_same_person_becomes_one_row_with_all_items(work_of: WorkOf) -> None:
    """One person, one letter; and 甲 can still name the person by the number of the row that is gone."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        first = an_individual(work, incident, "0000000001", items=("氏名",))
        second = an_individual(
            work, incident, "0000000002", items=("氏名", "税額"), email="a@example.jp", holds=["maybe_same"]
        )
        stranger = an_individual(work, incident, "0000000003", name="架空 花子")
        assert earlier_ones(work, incident, second) == [first]
        gone = second.id
        with refused(work, BadInput):
            merge_into(work, incident, second, stranger.id)
        assert merge_into(work, incident, second, first.id) is first
        assert who_is(first).items == ("氏名", "税額") and who_is(first).email == "a@example.jp"
        assert first.has_email and work.session.get(Individual, gone) is None
        count = select(func.count()).select_from
        assert work.session.scalar(count(Hold)) == 0
        assert work.session.scalar(count(IndividualMark).where(IndividualMark.individual_id == gone)) == 0
        mark = seal_of(work.session, incident.id).mark(REFERENCE, "0000000002")
        assert find_by_mark(work.session, incident.id, mark) == [first]
        facts = last_line(work, incident).facts
        assert facts == {"individual": gone, "hold": "maybe_same", "way": "same_person", "into": first.id}


def test_what_is_true_of_the_person_survives_the_merging(work_of: WorkOf) -> None:
    """The row that says "died" may be the later one; the first row's letter must wait as well."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        first = an_individual(work, incident, "0000000001")
        second = an_individual(work, incident, "0000000002", holds=["maybe_same", "deceased", "zip_missing"])
        letter = letter_in_state(work, incident, first, "queued")
        merge_into(work, incident, second, first.id)
        work.session.flush()
        work.session.expire_all()
        assert open_kinds(first) == ["deceased"] and letter.state == "stopped"


@only_on_sqlite
def test_a_row_with_deliveries_is_not_merged(work_of: WorkOf) -> None:
    """What was started is on record and must stay countable."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        first = an_individual(work, incident, "0000000001")
        second = an_individual(work, incident, "0000000002", holds=["maybe_same"])
        letter_in_state(work, incident, second, "stopped")
        with refused(work, BadInput):
            merge_into(work, incident, second, first.id)


@only_on_sqlite
def test_a_name_that_cannot_be_printed_gets_a_printed_form(work_of: WorkOf) -> None:
    """The list's own form stays as it came; what cannot be printed either is refused by code point."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, name="架空\ue000 太郎", holds=["gaiji", "too_long"])
        for hopeless in ("", "架空\ue001", "〓空", "架" * 101):
            with refused(work, BadInput):
                decide_printed_name(work, incident, person, hopeless)
        decide_printed_name(work, incident, person, "架空 太郎")
        assert who_is(person).name == "架空\ue000 太郎" and who_is(person).name_on_paper == "架空 太郎"
        assert open_kinds(person) == [] and {hold.way for hold in person.holds} == {"printed_as"}
        assert "架空" not in str([entry.sealed_text for entry in [last_line(work, incident)]])


@only_on_sqlite
def test_kana_stand_in_brackets_for_a_name_without_glyphs(work_of: WorkOf) -> None:
    """One button; and where the list has no kana, a person must decide."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, name="\ue000", kana="ｶｸｳ ﾀﾛｳ", holds=["gaiji"])
        print_in_kana(work, incident, person)
        assert who_is(person).name_on_paper == "（カクウ\u3000タロウ）" and open_kinds(person) == []
        bare = an_individual(work, incident, "0000000002", name="\ue000", holds=["gaiji"])
        with refused(work, BadInput):
            print_in_kana(work, incident, bare)


@only_on_sqlite
def test_a_printed_name_does_not_hide_that_the_address_cannot_be_printed(work_of: WorkOf) -> None:
    """The hold is about both; the address is corrected first, and then the list's own name will do."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, address_lines=("架空県\ue000町1",), holds=["gaiji"])
        with refused(work, BadInput):
            decide_printed_name(work, incident, person, "架空 太郎")
        correct_address(work, incident, person, **ADDRESS)
        decide_printed_name(work, incident, person, "架空 太郎")
        assert open_kinds(person) == [] and who_is(person).printed_name == ""


def test_a_corrected_address_is_mended_as_the_lists_are(work_of: WorkOf) -> None:
    """Digits in full width are what people type; the record names the fields and the source, never values."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, address_lines=(), holds=["no_address", "zip_missing"])
        assert correct_address(work, incident, person, **ADDRESS) is False
        assert who_is(person).postal_code == "100-0001"
        assert who_is(person).address_lines == ("架空県架空市港2-2", "港荘3号")
        assert open_kinds(person) == []
        assert events_of(work, incident)[-3:] == ["individual_corrected", "hold_settled", "hold_settled"]


@only_on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        {"postal_code": "12"},
        {"address": " \n"},
        {"source": "gossip"},
        {"address": "\ue000"},
        {"address": "架" * 201},
    ],
)
def test_an_address_that_no_letter_finds_is_refused(work_of: WorkOf, change: dict[str, str]) -> None:
    """Each mistake is said beside its field, and nothing is kept."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=["no_address"])
        with refused(work, BadInput) as refusal:
            correct_address(work, incident, person, **{**ADDRESS, **change})
        assert refusal.value.field == next(iter(change))


def test_a_letter_that_came_back_is_sent_again_once(work_of: WorkOf) -> None:
    """After 甲's new address: a second copy under the same item, and after that the substitute measure."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident)
        first = letter_in_state(work, incident, person, "returned")
        assert people_held(work, incident, "returned") == [person]
        assert correct_address(work, incident, person, **ADDRESS) is True
        work.session.flush()
        second = work.session.scalars(select(Delivery).where(Delivery.copy == 2)).one()
        assert (second.state, second.item_id, second.channel) == ("queued", first.item_id, "letter")
        assert people_held(work, incident, "returned") == []
        second.state = "returned"
        assert correct_address(work, incident, person, **ADDRESS) is False


@only_on_sqlite
def test_nothing_is_sent_again_under_an_instruction_that_ended(work_of: WorkOf) -> None:
    """The address is right now; whether it is used is for 甲's next instruction."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        person = an_individual(work, incident)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        work.session.scalars(select(Delivery)).one().state = "returned"
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[-1], "見合わせる")
        assert correct_address(work, incident, person, **ADDRESS) is False


@only_on_sqlite
def test_a_hold_also_keeps_a_letter_from_being_sent_again(work_of: WorkOf) -> None:
    """Somebody died meanwhile: the right address does not help."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, holds=["deceased"])
        letter_in_state(work, incident, person, "returned")
        assert correct_address(work, incident, person, **ADDRESS) is False


def test_a_mail_address_can_be_put_right_and_taken_away(work_of: WorkOf) -> None:
    """A guess could reach a stranger; what waits for an address that is gone must not go out."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        person = an_individual(work, incident, email="old@example.jp")
        mail = a_delivery(work, a_notice(work, incident), person, an_item(work, incident), channel="email")
        for email, source in (("no address", "the_person"), ("a@example.jp", "gossip")):
            with refused(work, BadInput):
                correct_email(work, incident, person, email, source=source)
        correct_email(work, incident, person, "new@example.jp", source="the_person")
        assert who_is(person).email == "new@example.jp" and person.has_email
        correct_email(work, incident, person, "", source="the_person")
        work.session.refresh(mail)
        assert who_is(person).email is None and not person.has_email and mail.state == "stopped"


def test_those_held_are_listed_page_by_page(work_of: WorkOf) -> None:
    """Thousands of rows are worked off fifty at a time, from the last row number on."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        people = [an_individual(work, incident, f"{n:010d}", holds=["gaiji"]) for n in range(51)]
        an_individual(work, incident, "9", holds=["deceased"])
        first = people_held(work, incident, "gaiji")
        assert first == people[:50] and people_held(work, incident, "gaiji", first[-1].id) == people[50:]


@only_on_sqlite
def test_an_individual_of_another_case_is_not_there(work_of: WorkOf) -> None:
    """A row number says nothing about somebody else's case."""
    with work_of(TANAKA) as work:
        other = an_individual(work, a_bare_incident(work))
        with pytest.raises(NotFound):
            find_individual(work, a_bare_incident(work, "I-2026-0002", MINATO), other.id)


@only_on_sqlite
@pytest.mark.parametrize("seed", range(2))
def test_everybody_is_in_exactly_one_state_whatever_is_done(work_of: WorkOf, seed: int) -> None:
    """After any sequence of ways the states add up to everybody, and each one's own state says the same."""
    chance = random.Random(seed)  # noqa: S311 - a walk to be repeated, not a secret
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        notice, item = a_notice(work, incident), an_item(work, incident)
        for number in range(8):
            person = an_individual(
                work, incident, f"{number:010d}", holds=chance.sample(HOLDS, chance.choice((0, 1, 2)))
            )
            if chance.random() < 0.5:
                a_delivery(work, notice, person, item, state=chance.choice(DELIVERY_STATES))
        changed = 0
        for _ in range(60):
            before = everything(work.session)
            with suppress(Refused):
                chance.choice(_ACTS)(work, incident, chance)
            work.session.expire_all()
            changed += everything(work.session) != before
            census = census_of(work, incident)
            people = work.session.scalars(select(Individual).where(on_record(incident.id))).all()
            assert census.everyone == len(people)
            each = [state_of(work, incident, person) for person in people]
            assert {state: each.count(state) for state in STATES if state in each} == census.states
        assert changed >= 10, "a walk that goes nowhere proves nothing"


def _anybody(work: Work, incident: Incident, chance: random.Random) -> Individual:
    people = work.session.scalars(select(Individual).where(on_record(incident.id)).order_by(Individual.id))
    return chance.choice(list(people))


def _decide(work: Work, incident: Incident, chance: random.Random) -> None:
    person = _anybody(work, incident, chance)
    kind = chance.choice(open_kinds(person) or list(WAYS))
    way = chance.choice(list(WAYS[kind] if chance.random() < 0.9 else DECIDED))
    decide_hold(by(work, chance.choice((TANAKA, YAMADA))), incident, person, kind, way)


def _merge(work: Work, incident: Incident, chance: random.Random) -> None:
    person = _anybody(work, incident, chance)
    merge_into(work, incident, person, _anybody(work, incident, chance).id)


def _flag(work: Work, incident: Incident, chance: random.Random) -> None:
    flag_protected(by(work, YAMADA), incident, who_is(_anybody(work, incident, chance)).reference)


def _correct(work: Work, incident: Incident, chance: random.Random) -> None:
    correct_address(work, incident, _anybody(work, incident, chance), **ADDRESS)


def _name(work: Work, incident: Incident, chance: random.Random) -> None:
    decide_printed_name(work, incident, _anybody(work, incident, chance), "架空 次郎")


def _mail(work: Work, incident: Incident, chance: random.Random) -> None:
    correct_email(
        work,
        incident,
        _anybody(work, incident, chance),
        chance.choice(("", "a@example.jp")),
        source="the_person",
    )


_ACTS: tuple[Callable[[Work, Incident, random.Random], None], ...] = (
    _decide,
    _decide,
    _merge,
    _flag,
    _correct,
    _name,
    _mail,
)
