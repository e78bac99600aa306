"""第16条, told as the clause tells it: one incident, three people, real mail, real letters.

The chapters follow the clause. Everything is done over HTTP, as the people do it in their browsers;
mail goes through a real SMTP server; the list is a city's export in CP932.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import sessionmaker

from incident_app.app import create_app
from incident_app.config import read_settings
from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.notice import Delivery
from incident_app.domain.timeline import entries_of, verify
from incident_app.mail.catcher import MailServer
from incident_app.workers.deliver import Courier
from tests.builders import who_is
from tests.cast import KIMURA, PASSWORD, SUZUKI, TANAKA, YAMADA, CastMember
from tests.clock import TestClock
from tests.conftest import MASTER_KEY
from tests.roster.city_export import CityExport, city_export
from tests.web.conftest import Visitor

USB = "USBメモリの紛失"


@dataclass
class PostOffice:
    """A real SMTP server's other side: keeps what arrives."""

    letters: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content or b""
        self.letters.append(content if isinstance(content, bytes) else content.encode())
        return "250 kept"

    def to(self, address: str) -> list[str]:
        """Return subject and text of each mail to an address."""
        parsed = [message_from_bytes(raw, policy=policy.default) for raw in self.letters]
        return [f"{mail['subject']}\n{mail.get_content()}" for mail in parsed if mail["to"] == address]


@dataclass
class Stage:
    """Where the story plays: the application, its people, its worker and its database."""

    app: Flask
    clock: TestClock
    sessions: "sessionmaker[Database]"
    courier: Courier
    post: PostOffice
    number: str = ""

    def person(self, member: CastMember) -> "Person":
        visitor = Visitor(self.app.test_client())
        visitor.send("/sign-in", "/sign-in", login=member.login, password=PASSWORD)
        return Person(self, visitor)

    def later(self, **by: float) -> None:
        self.clock.advance(**by)
        self.courier.round()


@dataclass
class Person:
    """Somebody at a browser, inside the case."""

    stage: Stage
    visitor: Visitor

    def path(self, rest: str = "") -> str:
        return f"/incidents/{self.stage.number}{rest}"

    def sees(self) -> str:
        return self.visitor.read(self.path())

    def does(self, page: str, to: str, **fields: Any) -> str:
        """Fill in the form of a page and send it; it must be taken. Returns where it led."""
        answer = self.visitor.send(self.path(page), self.path(to), **fields)
        assert answer.status_code == 303, re.sub(r"\s+", " ", answer.text)[:3000]
        return answer.location

    def is_refused(self, page: str, to: str, why: str, **fields: Any) -> None:
        """The same, but it must be refused with these words."""
        answer = self.visitor.send(self.path(page), self.path(to), **fields)
        assert answer.status_code in (403, 409, 422), answer.status_code
        assert why in answer.text

    def tries(self, to: str, why: str, **fields: Any) -> None:
        """Send a form that the page does not offer; it must be refused with these words."""
        unseen = self.visitor.hidden(self.path("/measures/new"), self.path("/measures"))
        answer = self.visitor.post(self.path(to), **unseen | fields)
        assert answer.status_code in (403, 409), answer.status_code
        assert why in answer.text


@pytest.fixture
def stage(
    database_url: str, tmp_path: Path, clock: TestClock, sessions: "sessionmaker[Database]"
) -> Iterator[Stage]:
    post = PostOffice()
    with MailServer(post, "127.0.0.1", 0) as server:
        settings = read_settings(
            {
                "INCIDENT_DATABASE": database_url,
                "INCIDENT_DATA": str(tmp_path / "data"),
                "INCIDENT_SECRET": "s" * 32,
                "INCIDENT_MASTER_KEY": MASTER_KEY,
                "INCIDENT_SENDER": "incident@contractor.example.jp",
                "INCIDENT_SMTP_PORT": str(server.port),
            }
        )
        app = create_app(settings, clock)
        yield Stage(app, clock, sessions, Courier(sessions, clock, settings), post)
        app.extensions["desk"].sessions.kw["bind"].dispose()


@pytest.fixture
def export(database_url: str) -> CityExport:
    """A thousand persons; on PostgreSQL, which keeps the same promises, a hundred."""
    return city_export(1000 if database_url.startswith("sqlite") else 100, seed=16)


def test_article_16(stage: Stage, export: CityExport) -> None:
    """From two in the morning to the last prevention measure."""
    tanaka, suzuki, yamada = stage.person(TANAKA), stage.person(SUZUKI), stage.person(YAMADA)

    the_leak_is_reported_promptly(stage, tanaka)
    the_damage_is_contained_without_waiting(stage, tanaka, suzuki)
    the_client_receives_the_report_and_instructs(stage, tanaka, yamada)
    each_party_decides_what_the_law_asks(stage, tanaka, suzuki, yamada)
    the_report_is_followed_up(stage, tanaka, yamada)
    the_individuals_are_notified_under_the_instruction(stage, tanaka, suzuki, yamada, export)
    those_who_cannot_be_reached_can_easily_know(stage, tanaka, suzuki, yamada)
    the_case_is_published_after_consultation(stage, tanaka, yamada)
    the_case_is_closed_when_nothing_is_left(stage, tanaka, yamada)
    the_record_proves_it(stage, yamada)


def the_leak_is_reported_promptly(stage: Stage, tanaka: Person) -> None:
    """乙は…漏えい等があった場合は…内容、数量、発生場所、発生状況等を甲に速やかに報告し (第1項)."""
    stage.clock.advance(minutes=30)
    fields = {
        "contract": "MN-2026-001",
        "title": USB,
        "detected_at": "2026-11-30T01:30",
        "kinds": ["loss", "suspected"],
        "information": "personal",
        "circumstances_state": "known",
        "circumstances_text": "帰宅途中に鞄ごと紛失した。",
        "then": "report",
    }
    answer = tanaka.visitor.send("/incidents/new", "/incidents", **fields)
    assert answer.status_code == 303, answer.text
    stage.number = answer.location.rsplit("/", 1)[-1].split("#")[0]

    page = tanaka.sees()
    assert USB in page
    assert "報告済み" in page

    tanaka.does(
        "/calls/new",
        "/calls",
        called_at="2026-11-30T02:20",
        channel="phone",
        ours="田中 一郎",
        theirs="山田 美咲",
        note="紛失の第一報を口頭で伝えた。",
    )
    stage.later(minutes=1)
    [mail] = stage.post.to("yamada@example.jp")
    assert "第一報" in mail
    assert "調査中" in mail, "what is not known is said to be so"


def the_damage_is_contained_without_waiting(stage: Stage, tanaka: Person, suzuki: Person) -> None:
    """速やかに被害を最小限にするための措置を講ずる (第2項前段)."""
    suzuki.does(
        "/measures/new", "/measures", text="アカウントを停止した。", taken_at="", taken_by="鈴木 花子"
    )
    tanaka.does("/measures/new", "/measures", text="警察に遺失届を出した。", taken_at="", taken_by="")
    tanaka.does("", "/containment")
    assert "措置完了" in suzuki.sees()


def the_client_receives_the_report_and_instructs(stage: Stage, tanaka: Person, yamada: Person) -> None:
    """その指示に従わなければならない (第1項)."""
    tanaka.tries("/notices/set-aside", "通知を不要とする甲の指示がありません")
    stage.later(hours=6)
    yamada.does("", "/reports/1/receipt")
    with stage.sessions() as session:
        incident = the_case(stage, session)
        assert incident.client_known_at is not None
        assert incident.client_known_at.isoformat() == "2026-11-29T17:20:00+00:00", "the call was first"

    yamada.does(
        "/instructions/new",
        "/instructions",
        **{
            "kind-1": "notify_individuals",
            "what-1": "対象者全員に通知すること。",
            "to_whom-1": "名簿の対象者",
            "by_when-1": "2026-12-20T17:00",
            "means-1": ["letter", "email"],
            "in_whose_name-1": "contractor",
        },
    )
    stage.later(minutes=1)
    assert any("指示" in mail for mail in stage.post.to("tanaka@example.jp"))


def each_party_decides_what_the_law_asks(
    stage: Stage, tanaka: Person, suzuki: Person, yamada: Person
) -> None:
    """Act Art 26 and 68: 900 persons are too few for 乙 and enough for 甲, and each has its own clock."""
    answers = (
        "sensitive",
        "ordinance_sensitive",
        "property_damage",
        "unlawful_purpose",
        "my_number",
        "eu_residents",
    )
    suzuki.does(
        "/triage/facts",
        "/triage/facts",
        **{**dict.fromkeys(answers, "no"), "database": "yes", "personal": "yes", "persons_low": "900"},
    )
    tanaka.does(
        "/triage/decision",
        "/triage/decisions",
        **{"party": "contractor", "reportable": "no", "days": "30", "reason": "1,000人を超えないため"},
        known_at="2026-11-30T01:30",
    )
    yamada.does(
        "/triage/decision",
        "/triage/decisions",
        **{"party": "client", "reportable": "yes", "days": "30", "reason": "100人を超えるため"},
        known_at="2026-11-30T02:20",
    )
    assert "2026-12-04" in tanaka.sees() and "2027-01-04" in tanaka.sees(), "甲's dates are seen by both"
    yamada.does("/statutory-reports", "/statutory-reports", kind="preliminary")
    yamada.does("/statutory-reports", "/statutory-reports/filing", version="1", filed_at="2026-11-30T08:30")


def the_report_is_followed_up(stage: Stage, tanaka: Person, yamada: Person) -> None:
    """A follow-up shows what changed since the last version, and why."""
    tanaka.does(
        "/facts/new?fact=quantity",
        "/facts",
        fact="quantity",
        state="estimated",
        text="",
        low="900",
        high="1000",
    )
    tanaka.is_refused(
        "/reports/new?kind=follow_up_report",
        "/reports",
        "変わった理由",
        reason="",
        request="",
        next_report="",
    )
    tanaka.does(
        "/reports/new?kind=follow_up_report",
        "/reports",
        reason="名簿の控えと照合した。",
        request="",
        next_report="",
    )
    stage.later(minutes=1)
    latest = stage.post.to("yamada@example.jp")[-1]
    assert "900" in latest
    assert "名簿の控えと照合した。" in latest
    yamada.does("", "/reports/2/receipt")


def the_individuals_are_notified_under_the_instruction(
    stage: Stage, tanaka: Person, suzuki: Person, yamada: Person, export: CityExport
) -> None:
    """前項の指示に基づいて、当該漏えい等に係る事実関係を…本人に通知し (第2項後段)."""
    preview = suzuki.does("/roster/new", "/roster", file=(io.BytesIO(export.data), "対象者一覧.csv"))
    page = suzuki.visitor.read(preview)
    assert f"{export.persons:,}" in page
    posted = suzuki.visitor.send(preview, f"{preview}/import")
    assert posted.status_code == 303
    with stage.sessions() as session:
        assert len(list(session.scalars(select(Individual)))) == export.persons

    where = suzuki.does("/notices/new", "/notices", **the_text("individual_notice"))
    assert where.endswith("/notices/1")
    suzuki.does("/notices/1", "/notices/1/submission")
    yamada.does("/notices/1", "/notices/1/text-approval")
    item = str(the_item(stage, "notify_individuals"))
    suzuki.is_refused("/notices/1/start", "/notices/1/start", "別の人", item=item)
    tanaka.does("/notices/1/start", "/notices/1/start", item=item)

    stage.later(minutes=1)
    with stage.sessions() as session:
        deliveries = list(session.scalars(select(Delivery)))
        mailed = [d for d in deliveries if d.channel == "email"]
        assert {d.state for d in mailed} == {"sent"}
        assert {d.state for d in deliveries if d.channel == "letter"} == {"printed"}
        for delivery in mailed[:20]:
            individual = who_is(delivery.individual)
            [mail] = stage.post.to(individual.email or "")
            assert individual.name.split("　")[0] in mail
            for item_name in individual.items:
                assert item_name in mail, "each person is told of that person's items"
        runs = sorted({d.print_run_id for d in deliveries if d.print_run_id})
        letters = sum(d.channel == "letter" for d in deliveries)

    pages = 0
    for run in range(1, len(runs) + 1):
        answer = tanaka.visitor.get(tanaka.path(f"/notices/1/runs/{run}.pdf"))
        assert answer.mimetype == "application/pdf"
        with pikepdf.open(io.BytesIO(answer.data)) as pdf:
            pages += len(pdf.pages)
        tanaka.does("/notices/1", f"/notices/1/runs/{run}/posting")
    assert pages >= letters > 0
    assert yamada.visitor.get(yamada.path("/notices/1/runs/1.pdf")).status_code == 403, "names stay with 乙"


def those_who_cannot_be_reached_can_easily_know(
    stage: Stage, tanaka: Person, suzuki: Person, yamada: Person
) -> None:
    """又は本人が容易に知り得る状態にする等の措置を講ずる (第2項後段)."""
    tanaka.tries("/notices/conclusion", "まだ通知が届いていない本人")
    suzuki.does("/notices/new?kind=substitute_notice", "/notices", **the_text("substitute_notice"))
    suzuki.does("/notices/2", "/notices/2/submission")
    yamada.does("/notices/2", "/notices/2/text-approval")
    yamada.does(
        "/instructions/1/amendment",
        "/instructions/1/amendment",
        **{
            "kind-1": "substitute_notice",
            "what-1": "通知が届かない対象者のため、ホームページに掲示すること。",
            "in_whose_name-1": "contractor",
            "reason": "届かない対象者がいるため",
        },
    )
    item = str(the_item(stage, "substitute_notice"))
    tanaka.does(
        "/notices/2/posting",
        "/notices/2/posting",
        item=item,
        place="市ホームページ お知らせ",
        from_on="2026-11-30",
        until_on="2027-03-31",
    )
    tanaka.does("", "/notices/conclusion")
    for done in (the_item(stage, "notify_individuals"), item):
        tanaka.does(
            f"/instructions/items/{done}/fulfilment",
            f"/instructions/items/{done}/fulfilment",
            note="実施した。",
        )


def the_case_is_published_after_consultation(stage: Stage, tanaka: Person, yamada: Person) -> None:
    """甲との協議の上…可能な限り…公表に努めなければならない (第3項)."""
    words = {
        "what_happened": "USBメモリを紛失しました。",
        "place": "市ホームページ",
        "cause": "持出し手順の不遵守",
    }
    tanaka.does("/consultations/new", "/consultations", proposal="publish", points="時期と表現")
    tanaka.tries("/publications", "協議の記録がありません", consultation="1", **words)
    yamada.does(
        "/consultations/1/answer", "/consultations/1/answer", outcome="publish", answer="通知の後とする。"
    )
    tanaka.does("/publications/new", "/publications", consultation="1", **words)
    tanaka.does(
        "/prevention/new",
        "/prevention",
        text="持出しの都度、二人で確認する。",
        responsible="田中",
        due_on="2026-12-31",
    )


def the_case_is_closed_when_nothing_is_left(stage: Stage, tanaka: Person, yamada: Person) -> None:
    """甲 is owed the duties, so 甲 closes; until the final report it cannot."""
    yamada.tries("/closure", "最終報がまだ甲に送られていません")
    tanaka.does(
        "/description",
        "/description",
        concerns_personal="1",
        cause="持出し手順が守られなかった。",
        secondary_damage="確認されていない。",
    )
    tanaka.does("/reports/new?kind=final_report", "/reports", reason="調査が終わったため。")
    stage.later(days=1)
    yamada.tries("/closure", "法令上の報告で、提出も判断もされていないものがあります")
    yamada.does("/statutory-reports", "/statutory-reports", kind="final")
    yamada.does("/statutory-reports", "/statutory-reports/filing", version="2", filed_at="2026-11-30T09:00")
    yamada.does("", "/reports/3/receipt")
    yamada.does("", "/closure")
    assert "終結" in yamada.sees()
    assert "再開" in tanaka.sees()


def the_record_proves_it(stage: Stage, yamada: Person) -> None:
    """Everything was sealed, every document can be read as issued, and nobody else saw any of it."""
    with stage.sessions() as session:
        incident = the_case(stage, session)
        assert verify(session, incident) == []
        sealed = "".join(entry.sealed_text for entry in entries_of(session, incident.id))
        for person in session.scalars(select(Individual).limit(50)):
            assert person.code not in sealed
            email = who_is(person).email
            assert not email or email not in sealed
        documents = list(session.scalars(select(IssuedDocument)))
    kinds = {document.template for document in documents}
    assert kinds == {
        "first_report",
        "follow_up_report",
        "final_report",
        "receipt",
        "instruction_sheet",
        "substitute_notice",
        "publication",
        "statutory_preliminary",
        "statutory_final",
    }
    for document in documents:
        shown = yamada.visitor.read(yamada.path(f"/documents/{document.id}"))
        assert document.timeline_seal in shown or document.template in ("publication", "substitute_notice")
    paper = yamada.visitor.get(yamada.path(f"/documents/{documents[0].id}.pdf"))
    again = yamada.visitor.get(yamada.path(f"/documents/{documents[0].id}.pdf"))
    assert paper.data == again.data, "a reprint never renders anew"
    with pikepdf.open(io.BytesIO(paper.data)) as pdf:
        assert pdf.Root.MarkInfo.Marked, "tagged, for those who listen to it"

    stranger = stage.person(KIMURA)
    assert stranger.visitor.get(stranger.path()).status_code == 404
    assert USB not in stranger.visitor.read("/")


def the_text(kind: str) -> dict[str, str]:
    return {
        "kind": kind,
        "in_whose_name": "contractor",
        "apology": "深くお詫び申し上げます。",
        "what_happened": "11月29日、業務用のUSBメモリを紛失しました。",
        "cause": "持出しの手順が守られなかったためです。",
        "secondary_damage": "現時点で確認されていません。",
        "requests": "不審な電話にご注意ください。",
        "measures": "警察に届け出ました。",
        "desk_name": "お問合せ窓口",
        "desk_phone": "03-0000-0000",
        "desk_hours": "平日9時から17時",
        "official_page": "www.example.jp/oshirase",
        "who": "11月に帳票の印字対象となった方",
        "items": "氏名",
        "how_to_check": "窓口にお電話ください。",
    }


def the_case(stage: Stage, session: Database) -> Incident:
    return session.scalars(select(Incident).where(Incident.number == stage.number)).one()


def the_item(stage: Stage, kind: str) -> int:
    with stage.sessions() as session:
        return session.scalars(select(InstructionItem.id).where(InstructionItem.kind == kind)).one()


def test_two_minutes_are_enough(stage: Stage) -> None:
    """The page that opens a case asks for little: at most eight fields before the first report is out."""
    tanaka = stage.person(TANAKA)
    page = tanaka.visitor.read("/incidents/new")
    visible = page.split("<details")[0]
    legends = len(re.findall(r"<legend", visible))
    single = len(
        re.findall(r'<label class="field"', re.sub(r"<fieldset.*?</fieldset>", "", visible, flags=re.S))
    )

    assert legends + single <= 8

    answer = tanaka.visitor.send(
        "/incidents/new",
        "/incidents",
        contract="MN-2026-001",
        title=USB,
        detected_at="2026-11-30T01:30",
        kinds="suspected",
        information="personal",
        then="report",
    )
    assert answer.status_code == 303, "three facts blank, and the report is out all the same"
    stage.later(minutes=1)
    assert len(stage.post.to("yamada@example.jp")) == 1
