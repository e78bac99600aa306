"""Notices to individuals over HTTP: the text, both approvals, deliveries in numbers that add up."""

from html import unescape

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from incident_app.domain.notice import Delivery, Notice, Posting
from incident_app.services.finding import find_incident
from tests.builders import an_individual
from tests.cast import KIMURA, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import LETTERS, POSTING, approved, drafted, instructed, reported
from tests.services.stories import TEXT as WHOLE
from tests.web.conftest import ClientOf

TEXT = {
    "kind": "individual_notice",
    "in_whose_name": "contractor",
    "what_happened": "USBメモリを紛失しました。",
    "requests": "不審な電話にご注意ください。\n書類を捨てないでください。",
}


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case in which 甲 has ordered letters and a posting."""
    with work_of(TANAKA) as work:
        return str(instructed(work, LETTERS, POSTING).number)


def words_of(answer: TestResponse) -> str:
    return unescape(answer.text)


def people(work_of: WorkOf, number: str, *holds: list[str]) -> None:
    """One individual for each list of holds."""
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        for count, held in enumerate(holds):
            an_individual(work, incident, f"{count:010d}", holds=held)


def an_approved_text(work_of: WorkOf, number: str, kind: str = "individual_notice") -> str:
    with work_of(TANAKA) as work:
        notice = approved(work, find_incident(work, number), kind)
        return f"/incidents/{number}/notices/{notice.number}"


def test_the_draft_begins_with_what_the_case_says(client_of: ClientOf, work_of: WorkOf) -> None:
    """What happened, cause and measures were written once; nobody types them again at night."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        incident.cause, number = "持出しの手続を経ずに持ち出した。", incident.number
    page = unescape(client_of(TANAKA).read(f"/incidents/{number}/notices/new"))
    assert "持出しの手続を経ずに持ち出した。" in page
    assert "令和8年11月30日、個人情報に関する事故が判明しました。" in page
    assert "架空市からみなと情報サービス株式会社が受託した業務" in page


def test_the_next_draft_begins_with_the_last_one(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """甲 sends a text back for one sentence; the others stay."""
    with work_of(TANAKA) as work:
        drafted(work, find_incident(work, number))
    page = unescape(client_of(TANAKA).read(f"/incidents/{number}/notices/new"))
    assert "USBメモリを紛失しました。" in page and 'value="お問合せ窓口"' in page


def test_a_look_at_the_text_shows_the_gaps_and_keeps_nothing(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """A gap is shown, never guessed, before 甲 or anybody sees the text."""
    url = f"/incidents/{number}/notices"
    answer = client_of(TANAKA).send(f"{url}/new", url, **TEXT, preview="1")
    page = words_of(answer)
    assert answer.status_code == 200
    assert "見本 花子 様" in page and "・書類を捨てないでください。" in page
    assert "（未記入：原因）" in page and "<li>原因</li>" in page
    with work_of(TANAKA) as work:
        assert work.session.scalar(select(func.count()).select_from(Notice)) == 0


def test_a_draft_without_the_facts_is_refused_with_everything_still_typed(
    client_of: ClientOf, number: str
) -> None:
    """The one thing no notice can leave out."""
    url = f"/incidents/{number}/notices"
    answer = client_of(TANAKA).send(f"{url}/new", url, **TEXT | {"what_happened": " "})
    page = words_of(answer)
    assert answer.status_code == 422
    assert 'id="wrong-what_happened"' in page and "書類を捨てないでください。" in page


def test_a_text_goes_to_the_client_and_comes_back_with_words(client_of: ClientOf, number: str) -> None:
    """甲 answers for what is said to its citizens, so it can ask for other words."""
    url = f"/incidents/{number}/notices"
    place = client_of(TANAKA).send(f"{url}/new", url, **WHOLE | TEXT).headers["Location"]
    assert place == f"{url}/1"
    assert client_of(SUZUKI).send(place, f"{place}/submission").status_code == 303
    officer = client_of(YAMADA)
    assert f"{place}/text-approval" in officer.read(place)
    back = f"{place}/return-to-drafter"
    assert "理由を書いてください" in words_of(officer.send(back, back, reason=""))
    assert officer.send(back, back, reason="原因の記載がない").status_code == 303
    assert "原因の記載がない" in words_of(client_of(TANAKA).get(place))


def test_a_text_with_gaps_is_not_laid_before_the_client(client_of: ClientOf, number: str) -> None:
    """A hundred thousand letters that say （未記入） cannot be called back."""
    url = f"/incidents/{number}/notices"
    place = client_of(TANAKA).send(f"{url}/new", url, **TEXT).headers["Location"]
    refused = client_of(TANAKA).send(place, f"{place}/submission")
    assert refused.status_code == 422 and "未記入の項目があります" in words_of(refused)
    assert "お詫びの文" in words_of(refused) and f"{place}/submission" in client_of(TANAKA).read(place)


def test_only_the_client_approves_the_text(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """乙 may neither see the button nor press it."""
    with work_of(TANAKA) as work:
        drafted(work, find_incident(work, number))
    place = f"/incidents/{number}/notices/1"
    client_of(TANAKA).send(place, f"{place}/submission")
    assert f"{place}/text-approval" not in client_of(TANAKA).read(place)
    unseen = client_of(YAMADA).hidden(place, f"{place}/text-approval")
    contractor = client_of(TANAKA)
    unseen |= {
        "csrf_token": contractor.hidden(f"{place}/return-to-drafter", f"{place}/return-to-drafter")[
            "csrf_token"
        ]
    }
    assert contractor.post(f"{place}/text-approval", **unseen).status_code == 403
    assert client_of(YAMADA).send(place, f"{place}/text-approval").status_code == 303


def test_the_drafter_cannot_send_alone(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Four eyes: the page tells the drafter so, and the form refuses."""
    people(work_of, number, [])
    place = an_approved_text(work_of, number)
    drafter = client_of(TANAKA)
    page = unescape(drafter.read(place))
    assert "起案したあなた以外" in page and f"{place}/start" not in page
    answer = drafter.send(f"{place}/start", f"{place}/start", item="1")
    assert answer.status_code == 409 and "別の人の承認" in words_of(answer)


def test_a_second_person_sees_what_will_happen_and_starts_it(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Before the irreversible step: how many by mail, by letter, and by no way at all."""
    people(work_of, number, [], [], ["no_address"])
    place = an_approved_text(work_of, number)
    second = client_of(SATO)
    assert "<td>0</td><td>2</td><td>1</td><td>0</td>" in second.read(f"{place}/start")
    assert second.send(f"{place}/start", f"{place}/start").status_code == 422, "which instruction?"
    assert second.send(f"{place}/start", f"{place}/start", item="1").status_code == 303
    with work_of(TANAKA) as work:
        assert work.session.scalar(select(func.count()).select_from(Delivery)) == 2


def test_a_notice_that_no_instruction_covers_does_not_go_out(client_of: ClientOf, work_of: WorkOf) -> None:
    """The heart of Article 16(2): 甲の指示に従い."""
    with work_of(TANAKA) as work:
        number = str(reported(work).number)
    place = an_approved_text(work_of, number)
    people(work_of, number, [])
    second = client_of(SATO)
    assert f"/incidents/{number}/instructions/request" in second.read(f"{place}/start")
    assert second.send(f"{place}/start", f"{place}/start", item="1").status_code == 404
    with work_of(TANAKA) as work:
        assert work.session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_a_substitute_notice_is_posted_with_its_place_and_days(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """For those whom no letter reaches: where, from when, until when."""
    place = an_approved_text(work_of, number, "substitute_notice")
    second = client_of(SATO)
    url = f"{place}/posting"
    wrong = second.send(
        url, url, item="2", place="市ホームページ", from_on="2026-12-01", until_on="2026-11-30"
    )
    assert wrong.status_code == 422 and 'id="wrong-until_on"' in wrong.text
    assert second.send(url, url, item="2", place="市ホームページ", from_on="2026-12-01").status_code == 303
    with work_of(TANAKA) as work:
        assert work.session.scalars(select(Posting.place)).one() == "市ホームページ"


def test_the_letter_stands_in_a_frame_that_can_do_nothing(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """The notice's own style is allowed there, and nothing else: no script, no form, no other site."""
    place = an_approved_text(work_of, number)
    letter = client_of(YAMADA).get(f"{place}/letter")
    assert "見本 花子" in letter.text
    policy = letter.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script" not in policy
    assert f'src="{place}/letter"' in client_of(YAMADA).read(place)


def test_notices_of_another_client_do_not_exist(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Out of scope is 404 for every page of the resource, the letters most of all."""
    place = an_approved_text(work_of, number)
    stranger = client_of(KIMURA)
    for page in ("", "/letter", "/start", "/posting", "/return-to-drafter", "/runs/1.pdf"):
        assert stranger.get(f"{place}{page}").status_code == 404
    assert stranger.get(f"/incidents/{number}/notices/new").status_code == 404
