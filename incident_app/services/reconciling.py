"""Do the books add up? Persons, deliveries, print runs and the relay's answers are held against each other.

What does not is named by row, run or number, never by person. Looking changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, exists, func, select

from incident_app.domain.incident import Incident
from incident_app.domain.individual import AffectedList, Individual, on_record
from incident_app.domain.instruction import EMAIL, LETTER, Instruction, InstructionItem
from incident_app.domain.notice import (
    BOUNCED,
    INDIVIDUAL,
    POSTED,
    PRINTED,
    RETURNED,
    SENDING,
    SENT,
    STOPPED,
    UNSENT,
    Delivery,
    Notice,
)
from incident_app.domain.timeline import TimelineEntry, entries_of, record
from incident_app.domain.words import Words
from incident_app.domain.work import Work
from incident_app.services.mailing import UNUSABLE
from incident_app.services.progress import count_individuals, progress_of_notice
from incident_app.services.reconciling_runs import check_runs
from incident_app.services.reconciling_seals import check_seals

CHECKED = "books_checked"
MOST_NAMED = 30

DELIVERY = Words("送付", "delivery")
RUN = Words("印刷", "print run")
ROW = Words("対象者の行", "individual's row")
LIST = Words("名簿", "list")
TEXT = Words("文案", "text")
FOLDER = Words("保管場所", "folder")

RULES: dict[str, tuple[Words, Words]] = {
    "list_count": (
        LIST,
        Words("取込時の記録と行の数が違う", "holds other rows than were recorded at import"),
    ),
    "states_do_not_add_up": (
        TEXT,
        Words("状態ごとの人数の合計が、登録人数と違う", "its states do not add up to all persons on record"),
    ),
    "delivery_to_nobody": (DELIVERY, Words("相手が名簿にいない", "to somebody who is not on record")),
    "delivery_not_ordered": (
        DELIVERY,
        Words("根拠となるこの事案の指示事項がない", "no item of this case orders it"),
    ),
    "delivery_not_stopped": (
        DELIVERY,
        Words("効力を失った指示事項のまま待っている", "still waits under an item that has ended"),
    ),
    "two_at_once": (
        DELIVERY,
        Words("同じ人に同じ通知が同じ方法で二つある", "one person has the same notice twice by one channel"),
    ),
    "state_of_other_channel": (
        DELIVERY,
        Words("状態が送付の方法と合わない", "its state belongs to another channel"),
    ),
    "no_answer": (
        DELIVERY,
        Words(
            "送信済又は不達なのに、サーバーの応答又は本文のハッシュ値がない",
            "sent or bounced without the relay's answer or the digest of its text",
        ),
    ),
    "run_not_recorded": (RUN, Words("経過記録の内容と違う", "differs from what the timeline says of it")),
    "run_count": (RUN, Words("通数又は枚数が明細と違う", "letters or sheets differ from its manifest")),
    "run_sequence": (RUN, Words("連番が重複し、又は抜けている", "a sequence number is missing or doubled")),
    "run_letter": (RUN, Words("明細と送付の台帳が合わない", "its manifest and the deliveries differ")),
    "run_posting": (
        RUN,
        Words("投函の記録と送付の状態が合わない", "posted, but not its letters, or the reverse"),
    ),
    "run_file": (RUN, Words("封をしたファイルがないか、中身が違う", "its sealed file is missing or altered")),
    "seal_broken": (ROW, Words("封をした個人情報が開けない", "its sealed data does not open")),
    "mark_missing": (ROW, Words("検索用の印が合わない", "is not found by its marks")),
    "mark_of_nobody": (ROW, Words("名簿にいない人の検索用の印がある", "not on record, but has a mark")),
    "left_in_row": (ROW, Words("消去後にデータが残っている", "holds data after the destruction")),
    "left_in_folder": (FOLDER, Words("消去後にファイルが残っている", "holds files after the destruction")),
}
"""What each rule is about, and what it says when it is broken."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that does not hold, with the rows that break it."""

    rule: str
    rows: tuple[str, ...]

    def said_in(self, language: str) -> str:
        """Return the finding in words ("ja" or "en"), naming the first rows."""
        about, what = (words.said_in(language) for words in RULES[self.rule])
        named, more = ", ".join(self.rows[:MOST_NAMED]), len(self.rows) - MOST_NAMED
        rest = (f" and {more} more" if language == "en" else f" ほか{more}件") if more > 0 else ""
        return f"{about} {named}{rest}: {what}"


def reconcile(work: Work, incident: Incident, folder: Path, *, everything: bool = True) -> list[Finding]:
    """Hold the books of a case against each other; returns the rules that are broken, nothing when all add up.

    `folder` holds the sealed files. Without `everything` some hundred rows are opened instead of all, and files are
    looked for but not read: quick enough for a page.
    """
    broken: dict[str, list[str]] = {}
    for rule, row in (
        *_lists(work, incident),
        *_deliveries(work, incident),
        *_totals(work, incident),
        *check_runs(work, incident, folder, everything=everything),
        *check_seals(work, incident, folder, everything=everything),
    ):
        broken.setdefault(rule, []).append(row)
    return [Finding(rule, tuple(rows)) for rule, rows in broken.items()]


def note_result(work: Work, incident: Incident, findings: list[Finding]) -> TimelineEntry | None:
    """Write into the timeline what a full check found; nothing, and None, when the last one found the same."""
    result = [f"{finding.rule} {len(finding.rows)}" for finding in findings]
    last = last_check(work, incident)
    if last is not None and last.facts["findings"] == result:
        return None
    deliveries = select(func.count()).where(Delivery.incident_id == incident.id)
    return record(
        work,
        incident,
        CHECKED,
        findings=result,
        persons=count_individuals(work, incident),
        deliveries=work.session.scalar(deliveries) or 0,
    )


def last_check(work: Work, incident: Incident) -> TimelineEntry | None:
    """Return the newest line about the books: the result has been the same since then."""
    lines = select(TimelineEntry).where(
        TimelineEntry.incident_id == incident.id, TimelineEntry.event == CHECKED
    )
    return work.session.scalars(lines.order_by(TimelineEntry.position.desc()).limit(1)).first()


def _lists(work: Work, incident: Incident) -> Iterator[tuple[str, str]]:
    """Hold each list's rows against the timeline, which nobody can rewrite unseen."""
    said: dict[str, int] = {}
    for entry in entries_of(work.session, incident.id):
        if entry.event == "list_imported":
            facts = entry.facts
            said[facts["sha256"]] = said.get(facts["sha256"], 0) + facts["persons"] - facts["already_present"]
    counted = (
        select(AffectedList.sha256, func.count(Individual.id))
        .outerjoin(Individual, Individual.list_id == AffectedList.id)
        .where(AffectedList.incident_id == incident.id, AffectedList.imported_at.is_not(None))
        .group_by(AffectedList.sha256)
    )
    stored = {row[0]: row[1] for row in work.session.execute(counted)}
    for sha256, count in said.items():
        if stored.get(sha256) != count:
            yield "list_count", sha256[:16]


def _totals(work: Work, incident: Incident) -> Iterator[tuple[str, str]]:
    for notice in incident.notices:
        if notice.kind == INDIVIDUAL and notice.approved_at is not None:
            progress = progress_of_notice(work, incident, notice)
            if sum(progress.states.values()) + sum(progress.left.values()) != progress.everyone:
                yield "states_do_not_add_up", str(notice.number)


def _deliveries(work: Work, incident: Incident) -> Iterator[tuple[str, str]]:
    known = select(Individual.id).where(on_record(incident.id))
    ours = (
        select(InstructionItem.id)
        .join(Instruction, InstructionItem.instruction_id == Instruction.id)
        .where(Instruction.incident_id == incident.id)
    )
    texts = select(Notice.id).where(Notice.incident_id == incident.id)
    standing = [item.id for item in incident.items_in_force]
    answered = Delivery.reply != "", (Delivery.text_sha256.is_not(None)) | (Delivery.reply == UNUSABLE)
    broken: dict[str, ColumnElement[bool]] = {
        "delivery_to_nobody": Delivery.individual_id.not_in(known),
        "delivery_not_ordered": Delivery.item_id.not_in(ours) | Delivery.notice_id.not_in(texts),
        "delivery_not_stopped": Delivery.state.in_(UNSENT) & Delivery.item_id.not_in(standing),
        "two_at_once": Delivery.state.not_in((BOUNCED, RETURNED, STOPPED)) & _has_a_twin(),
        "state_of_other_channel": (
            (Delivery.channel == LETTER) & Delivery.state.in_((SENDING, SENT, BOUNCED))
            | (Delivery.channel == EMAIL) & Delivery.state.in_((PRINTED, POSTED, RETURNED))
        ),
        "no_answer": (Delivery.channel == EMAIL)
        & Delivery.state.in_((SENT, BOUNCED))
        & ~(answered[0] & answered[1]),
    }
    for rule, wrong in broken.items():
        rows = select(Delivery.id).where(Delivery.incident_id == incident.id, wrong).order_by(Delivery.id)
        for row in work.session.scalars(rows):
            yield rule, str(row)


def _has_a_twin() -> ColumnElement[bool]:
    """Return the condition that the same person has the same notice alive twice by one channel."""
    twin = Delivery.__table__.alias("twin")
    return exists(
        select(twin.c.id).where(
            twin.c.notice_id == Delivery.notice_id,
            twin.c.individual_id == Delivery.individual_id,
            twin.c.channel == Delivery.channel,
            twin.c.id != Delivery.id,
            twin.c.state.not_in((BOUNCED, RETURNED, STOPPED)),
        )
    )
