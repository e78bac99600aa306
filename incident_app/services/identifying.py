"""Is the caller whom they say they are? What they say is compared with what is on record: it fits, or it does not.

Nothing of what is stored is shown before all of it fits; what was said is not kept.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from incident_app.domain.destruction import keeps_data
from incident_app.domain.enquiry import BIRTH_DATE, CODE, KANA, PHONE_END, POSTAL_CODE, IdentityCheck
from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import Individual, Particulars, bare_name, find_by_mark, on_record
from incident_app.domain.notice import Delivery, Notice
from incident_app.domain.reference import read_code
from incident_app.domain.sealing import Seal
from incident_app.domain.work import Work
from incident_app.roster.mending import birth_date_or_none, mended_postal_code
from incident_app.services.holding import is_protected
from incident_app.services.importing import refuse_outsiders
from incident_app.services.registering import who_mark

HOLDS_FOR = timedelta(hours=2)
"""A check stands for one conversation."""


@dataclass(frozen=True, slots=True, repr=False)
class Caller:
    """What a caller says, as it was typed; empty where they were not asked."""

    code: str = ""
    kana: str = ""
    birth_date: str = ""
    postal_code: str = ""
    phone_end: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class _Said:
    """The same, read."""

    code: str | None
    kana: str
    birth_date: date | None
    postal_code: str
    phone_end: str

    @property
    def facts(self) -> list[str]:
        """What was said at all, by name."""
        said = {
            KANA: self.kana,
            BIRTH_DATE: self.birth_date,
            POSTAL_CODE: self.postal_code,
            CODE: self.code,
            PHONE_END: self.phone_end,
        }
        return [name for name, value in said.items() if value]

    def fits(self, code: str, on_list: Particulars) -> bool:
        """Tell whether every single thing that was said is what stands on record."""
        stands = {
            KANA: bare_name(on_list.kana or on_list.name) == self.kana,
            BIRTH_DATE: on_list.birth_date == self.birth_date,
            POSTAL_CODE: on_list.postal_code == self.postal_code,
            CODE: code == self.code,
            PHONE_END: _digits(on_list.phone).endswith(self.phone_end),
        }
        return all(stands[name] for name in self.facts)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Somebody who passed the check."""

    individual: Individual
    particulars: Particulars | None
    """None: protected. 甲's section speaks with them, and the desk says nothing."""
    deliveries: Sequence[Delivery]


def check_identity(work: Work, incident: Incident, caller: Caller) -> IdentityCheck:
    """Compare what a caller says with the record, and note that it was compared.

    Two facts are needed, one of which finds somebody: the 整理番号; or name and date of birth, which others know too, and
    then a third. Raises BadInput for too little, or for what cannot be read: neither tells who is on record.
    """
    refuse_outsiders(work, incident)
    said = _read(caller)
    check = IdentityCheck(
        incident_id=incident.id,
        checked_at=work.now,
        checked_by_id=work.actor.person_id,
        facts=said.facts,
        individual_id=_whom_it_fits(work, incident, said),
    )
    work.session.add(check)
    work.session.flush()
    return check


def find_check(work: Work, incident: Incident, check_id: int) -> IdentityCheck:
    """Return a check of this conversation. Raises NotFound for somebody else's, and for one that is long past."""
    refuse_outsiders(work, incident)
    check = work.session.get(IdentityCheck, check_id)
    mine = check is not None and (check.incident_id, check.checked_by_id) == (
        incident.id,
        work.actor.person_id,
    )
    if check is None or not mine or check.checked_at < work.now - HOLDS_FOR:
        raise NotFound(
            "この本人確認は使えません。もう一度確認してください。",
            "This identity check cannot be used. Please check again.",
        )
    return check


def recognised(work: Work, incident: Incident, check: IdentityCheck) -> Recognised | None:
    """Return whom a passed check is about; None when nothing fitted, or the data is no more."""
    if check.individual_id is None or not keeps_data(work.session, incident.id):
        return None
    individual = work.session.get(Individual, check.individual_id)
    if individual is None:
        return None
    if is_protected(individual):
        return Recognised(individual, None, [])
    # By its notices: there a delivery is found without looking through all of them.
    notices = select(Notice.id).where(Notice.incident_id == incident.id)
    sent = select(Delivery).where(Delivery.notice_id.in_(notices), Delivery.individual_id == individual.id)
    return Recognised(
        individual,
        individual.particulars(seal_of(work.session, incident.id)),
        list(work.session.scalars(sent.order_by(Delivery.id))),
    )


def _read(caller: Caller) -> _Said:
    code = read_code(caller.code)
    if caller.code and code is None:
        raise BadInput(
            "code",
            "整理番号が読み違えられています。もう一度確かめてください。",
            "This is not one of our numbers; a sign was misread. Look again.",
        )
    born = birth_date_or_none(caller.birth_date)
    if caller.birth_date and born is None:
        raise BadInput(
            "birth_date",
            "生年月日は「昭和56年3月4日」「1981-03-04」のように入力してください。",
            "Enter the date of birth like 1981-03-04.",
        )
    postal_code = mended_postal_code(caller.postal_code)
    if caller.postal_code and not postal_code:
        raise BadInput("postal_code", "郵便番号は7桁です。", "A postal code has seven digits.")
    phone_end = _digits(caller.phone_end)
    if caller.phone_end and not re.fullmatch("[0-9]{4}", phone_end):
        raise BadInput("phone_end", "電話番号の下4桁を入力してください。", "Enter the last four digits.")
    said = _Said(code, bare_name(caller.kana), born, postal_code, phone_end)
    _refuse_too_little(said)
    return said


def _refuse_too_little(said: _Said) -> None:
    found_by_name = bool(said.kana and said.birth_date)
    least = 2 if said.code else 3
    if not (said.code or found_by_name) or len(said.facts) < least:
        raise BadInput(
            "code",
            "整理番号ともう一つ、又は氏名・生年月日ともう一つを聞いて入力してください。",
            "Ask for the reference and one thing more, or for name, date of birth and one thing more.",
        )


def _whom_it_fits(work: Work, incident: Incident, said: _Said) -> int | None:
    if not keeps_data(work.session, incident.id):
        return None
    seal = seal_of(work.session, incident.id)
    fitting = [
        individual.id
        for individual in _candidates(work, incident, seal, said)
        if said.fits(individual.code, individual.particulars(seal))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _candidates(work: Work, incident: Incident, seal: Seal, said: _Said) -> list[Individual]:
    if said.code:
        by_code = select(Individual).where(Individual.code == said.code, on_record(incident.id))
        return list(work.session.scalars(by_code))
    return find_by_mark(work.session, incident.id, who_mark(seal, said.kana, said.birth_date))


def _digits(number: str) -> str:
    return re.sub("[^0-9]", "", unicodedata.normalize("NFKC", number))
