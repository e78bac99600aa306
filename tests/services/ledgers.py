"""A case whose notices went out by letter and by e-mail: imported, printed, posted, answered by a relay, one returned."""

from contextlib import nullcontext
from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from incident_app.domain.incident import Incident
from incident_app.domain.instruction import DESTROY, EMAIL, LETTER, NOTIFY
from incident_app.domain.notice import INDIVIDUAL, POSTED, Delivery, PrintRun
from incident_app.domain.work import Work
from incident_app.mail.sending import Outcome
from incident_app.notices.catalogue import catalogue
from incident_app.notices.press import Press
from incident_app.services.importing import import_list
from incident_app.services.instructing import Order
from incident_app.services.listing import receive_list
from incident_app.services.mailing import Ledger, settle
from incident_app.services.notifying import start_deliveries
from incident_app.services.posting import record_posting, record_return
from incident_app.services.printing import claim_run, keep_run, letters_to_plan, plan_run, print_job
from tests.cast import SATO
from tests.services.stories import approved, by, instructed, item_of

BOTH = Order(NOTIFY, "本人に電子メール又は書面で通知すること", means=(LETTER, EMAIL))
ORDER_TO_DESTROY = Order(DESTROY, "対象者の個人情報を消去し、証明書を提出すること")
HEADING = "宛名番号,氏名,郵便番号,住所,メールアドレス,漏えい項目\r\n"


def listed(*mails: str) -> bytes:
    """A list with one person for each address; an empty one is somebody without."""
    rows = (
        f"{number:010d},架空 第{number}子,100-{number:04d},架空県架空市中央{number}-1,{mail},氏名\r\n"
        for number, mail in enumerate(mails, 1)
    )
    return (HEADING + "".join(rows)).encode("cp932")


def imported(work: Work, incident: Incident, data: bytes, folder: Path) -> None:
    """Receive and import a list, all in the one transaction of the test."""
    entry = receive_list(work, incident, folder, BytesIO(data), limit=1 << 20)
    import_list(lambda: nullcontext(work), entry.id, folder)


def sent_out(work: Work, folder: Path) -> Incident:
    """Three letters in one run, posted, the second returned; two mails, one of them refused for good."""
    incident = instructed(work, BOTH)
    imported(work, incident, listed("", "", "", "a@example.jp", "b@example.jp"), folder)
    start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    work.session.flush()
    answers = [Outcome("accepted", 250, "queued"), Outcome("permanent", 550, "no such user")]
    parcels = Ledger(lambda: nullcontext(work), "incident@example.jp").claim(work, 100)
    notices = [parcel for parcel in parcels if parcel.row is Delivery]
    settle(work, list(zip(notices, answers, strict=True)))
    run = print_next_run(work, folder)
    record_posting(work, incident, incident.notices[0], run)
    returned = work.session.scalars(select(Delivery).where(Delivery.sequence == 2)).one()
    assert returned.state == POSTED
    record_return(work, incident, returned.individual.code, "moved")
    work.session.flush()
    return incident


def print_next_run(work: Work, folder: Path) -> PrintRun:
    """Print what waits, as the courier does."""
    waiting = letters_to_plan(work)
    assert waiting is not None
    plan_run(work, *waiting)
    job = claim_run(work)
    assert job is not None
    run = keep_run(work, job, print_job(job, Press(catalogue()[INDIVIDUAL], job.sheet)), folder)
    assert run is not None
    return run
