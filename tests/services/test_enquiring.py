"""The log of the enquiry desk: what is written down, what stays open, and what the follow-up report says of it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from incident_app.domain.base import Model
from incident_app.domain.document import IssuedDocument
from incident_app.domain.enquiry import Enquiry, EnquiryNote
from incident_app.domain.errors import BadInput, NotFound, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, KeyDestroyed
from incident_app.domain.sealing import SealBroken
from incident_app.domain.work import Work
from incident_app.services import enquiring
from incident_app.services.enquiring import (
    checks_of,
    daily_counts,
    enquiries_of,
    keep_promise,
    log_enquiry,
    notes_of,
)
from incident_app.services.identifying import check_identity
from incident_app.services.reporting import send_final_report, send_follow_up
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.desk_stories import WITH_HER_PHONE, kaoruko
from tests.services.stories import by, events_of, open_case, refused, reported

SAID = {"channel": "phone", "topic": "what_leaked", "answer": "general"}


def taken(work: Work, incident: Incident, **changes: Any) -> Enquiry:
    """A call that was answered with what everybody may know."""
    return log_enquiry(work, incident, **{"taken_at": work.now, **SAID, **changes})


def test_a_call_is_on_record_with_whom_it_was_about(work_of: WorkOf) -> None:
    """Identity comes from the check itself: nobody can write down that one was passed."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        she = kaoruko(work, incident)
        before = events_of(work, incident)
        check = check_identity(work, incident, WITH_HER_PHONE)
        call = taken(work, incident, answer="own_data", check_id=check.id, language="vi")
        work.session.expire_all()
        (row,) = enquiries_of(work, incident)
        assert row is call and row.check is not None
        assert (row.check.individual_id, row.language, row.is_open) == (she.id, "vi", False)
        assert events_of(work, incident) == before, "the timeline is about the case, not about callers"


def test_what_leaked_of_somebody_is_told_only_after_a_check_that_was_passed(work_of: WorkOf) -> None:
    """Not without a check, not after one that failed, and not of a protected person."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        failed = check_identity(work, incident, WITH_HER_PHONE).id
        kaoruko(work, incident, holds=["protected"])
        protected = check_identity(work, incident, WITH_HER_PHONE).id
        for check_id in (None, failed, protected):
            with refused(work, BadInput) as refusal:
                taken(work, incident, answer="own_data", check_id=check_id)
            assert refusal.value.field == "answer"
            taken(work, incident, answer="referred", check_id=check_id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"topic": ""}, "topic"),
        ({"language": "tlh"}, "language"),
        ({"answer": "own data"}, "answer"),
        ({"promise": "money"}, "promise"),
        ({"note": "あ" * 301}, "note"),
    ],
)
@only_on_sqlite
def test_a_slip_names_its_field(work_of: WorkOf, wrong: dict[str, str], field: str) -> None:
    """The form shows it there, with the caller still on the line."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            taken(work, incident, **wrong)
        assert refusal.value.field == field


def test_a_call_cannot_be_taken_tomorrow(work_of: WorkOf) -> None:
    """It may be written down late, never early."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput):
            taken(work, incident, taken_at=by(work, TANAKA, minutes=1).now)


def test_only_the_contractors_people_write_in_the_log(work_of: WorkOf) -> None:
    """甲's officer and auditor read it without the notes."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        call = taken(work, incident, note="夕方に在宅", promise="call_back")
        for member in (YAMADA, ITO):
            reader = by(work, member)
            assert enquiries_of(reader, incident) == [call]
            for act in (
                lambda reader=reader: taken(reader, incident),
                lambda reader=reader: keep_promise(reader, incident, call.id),
                lambda reader=reader: notes_of(reader, incident, [call]),
            ):
                with refused(work, NotPermitted):
                    act()


def test_a_promise_is_open_until_it_was_kept(work_of: WorkOf) -> None:
    """Whoever was promised a call back waits for it; a kept promise is kept once."""
    with work_of(TANAKA) as work:
        incident, other = open_case(work), open_case(work, title="別の事案")
        quiet, waiting = taken(work, incident), taken(work, incident, promise="call_back")
        assert enquiries_of(work, incident, only_open=True) == [waiting]
        for where, call in ((incident, quiet), (other, waiting)):
            with refused(work, NotFound):
                keep_promise(work, where, call.id)
        keep_promise(by(work, SUZUKI, hours=1), incident, waiting.id)
        work.session.flush()
        work.session.expire_all()
        assert waiting.done is not None and not waiting.is_open
        assert enquiries_of(work, incident, only_open=True) == []
        with refused(work, NotFound):
            keep_promise(work, incident, waiting.id)


def test_the_log_is_read_from_its_end_page_by_page(work_of: WorkOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some thousand calls in the first week; the newest come first, and no entry is lost between two pages."""
    monkeypatch.setattr(enquiring, "AT_ONCE", 2)
    with work_of(TANAKA) as work:
        incident = open_case(work)
        calls = [taken(work, incident, topic=topic).id for topic in ("other", "complaint", "other", "other")]
        first = [call.id for call in enquiries_of(work, incident)]
        second = [call.id for call in enquiries_of(work, incident, before=first[-1])]
        assert first + second == calls[::-1]
        assert [call.id for call in enquiries_of(work, incident, topic="complaint")] == [calls[1]]


def test_a_note_is_sealed_for_its_own_entry(work_of: WorkOf) -> None:
    """People write names in spite of all warnings; moved to another entry it does not open."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        one, other = (taken(work, incident, note=f"  {who}様は耳が遠い\n") for who in ("架空", "仮想"))
        work.session.flush()
        assert notes_of(work, incident, [one, other]) == {
            one.id: "架空様は耳が遠い",
            other.id: "仮想様は耳が遠い",
        }
        (sealed, _) = work.session.scalars(select(EnquiryNote.sealed).order_by(EnquiryNote.enquiry_id))
        assert "架空".encode() not in sealed
        work.session.execute(
            update(EnquiryNote).where(EnquiryNote.enquiry_id == other.id).values(sealed=sealed)
        )
        work.session.expire_all()
        with pytest.raises(SealBroken):
            notes_of(work, incident, [other])


def test_notes_go_with_the_key_and_counts_stay(work_of: WorkOf) -> None:
    """After the destruction the log still says how many called, and nobody can read what was noted."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        call = taken(work, incident, note="夕方に在宅")
        work.session.execute(update(IncidentKey).values(wrapped=None, destroyed_at=work.now))
        work.session.expire_all()
        assert notes_of(work, incident, [call]) == {}
        assert [day.count for day in daily_counts(work, incident)] == [1]
        taken(work, incident)
        with refused(work, KeyDestroyed):
            taken(work, incident, note="もう書けない")


@pytest.mark.parametrize("table", ["identity_check", "enquiry", "enquiry_done"])
def test_what_was_written_down_is_never_rewritten(work_of: WorkOf, table: str) -> None:
    """A complaint that disappears, or a failed check that becomes a passed one, would be worth something to somebody."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        check = check_identity(work, incident, WITH_HER_PHONE)
        call = taken(work, incident, promise="to_client", check_id=check.id)
        keep_promise(work, incident, call.id)
        work.session.flush()
        rows = Model.metadata.tables[table]
        key = rows.primary_key.columns.values()[0]
        for act in (update(rows).values({key: key}), delete(rows)):
            with pytest.raises(DatabaseError), work.session.begin_nested():
                work.session.execute(act)


def test_calls_are_counted_by_the_day_in_japan(work_of: WorkOf) -> None:
    """A call at eight in the morning in Japan is one of yesterday in UTC."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        assert daily_counts(work, incident) == []
        for hours in (0, 6, 21.9, 22.1):
            late = by(work, TANAKA, hours=hours)
            taken(late, incident, topic="secondary_damage" if hours == 6 else "other")
        taken(by(work, TANAKA, hours=48), incident, taken_at=work.now)
        first, second = daily_counts(work, incident)
        assert (first.day, first.count, first.secondary) == (date(2026, 11, 30), 4, 1)
        assert (second.day, second.topics, second.secondary) == (date(2026, 12, 1), {"other": 1}, 0)


def test_checks_that_fail_are_counted(work_of: WorkOf) -> None:
    """One wrong date is a slip; two hundred are somebody who tries."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        check_identity(work, incident, WITH_HER_PHONE)
        kaoruko(work, incident)
        check_identity(work, incident, WITH_HER_PHONE)
        check_identity(work, incident, WITH_HER_PHONE)
        assert (checks_of(work, incident).made, checks_of(work, incident).failed) == (3, 1)


def test_the_follow_up_report_tells_of_the_calls_since_the_last_one(work_of: WorkOf) -> None:
    """甲 learns how many called on which day and whether fraud began; a call that was written down late is in the next."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        day, next_day = by(work, TANAKA, hours=10), by(work, TANAKA, hours=34)
        taken(day, incident)
        taken(day, incident, topic="secondary_damage", note="架空 薫子様に不審な電話")
        text_of = papers_of(work)
        send_follow_up(by(work, TANAKA, hours=12), incident, reason="")
        assert "問合せ（累計）：2" in text_of()
        assert "・2026年11月30日／2／1" in text_of() and "薫子" not in text_of()
        taken(next_day, incident, taken_at=day.now)
        taken(next_day, incident, topic="complaint")
        send_follow_up(by(work, TANAKA, hours=36), incident, reason="")
        assert "問合せ（累計）：4" in text_of()
        assert "・2026年11月30日／1／0" in text_of() and "・2026年12月1日／1／0" in text_of()
        send_follow_up(by(work, TANAKA, hours=37), incident, reason="")
        assert "前報以降の問合せ（日／件数／うち不審な連絡）\nなし" in text_of()
        send_final_report(by(work, TANAKA, hours=38), incident)
        assert "問合せ：4" in text_of()


def papers_of(work: Work) -> Any:
    """Return what reads the newest document's text."""

    def newest() -> str:
        texts = select(IssuedDocument.text).order_by(IssuedDocument.id.desc()).limit(1)
        return work.session.scalars(texts).one()

    return newest
