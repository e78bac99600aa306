"""甲's instruction over HTTP: several items without JavaScript, mistakes beside their field, once and only once."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from incident_app.domain.incident import Incident
from incident_app.domain.instruction import Instruction, InstructionItem
from tests.cast import AOBA, ITO, KIMURA, OGAWA, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf
from tests.services.stories import instructed, open_case, reported
from tests.web.conftest import ClientOf, Visitor

LETTER_ITEM = {
    "kind-1": "notify_individuals",
    "what-1": "本人に書面で通知すること",
    "means-1": "letter",
    "in_whose_name-1": "contractor",
}


def case_of(
    work_of: WorkOf, make: Callable[..., Incident] = reported, member: CastMember = TANAKA, **changes: Any
) -> str:
    with work_of(member) as work:
        return str(make(work, **changes).number)


def form_of(number: str) -> str:
    return f"/incidents/{number}/instructions/new"


def issue(client: Visitor, number: str, **fields: Any) -> TestResponse:
    return client.send(form_of(number), f"/incidents/{number}/instructions", **fields)


def page_of(answer: TestResponse) -> str:
    return unescape(answer.text)


def test_the_officer_orders_several_things_on_one_page(client_of: ClientOf, work_of: WorkOf) -> None:
    """A real instruction has several items; rows left empty are no items."""
    number = case_of(work_of)
    answer = issue(
        client_of(YAMADA),
        number,
        **LETTER_ITEM,
        **{
            "kind-3": "investigate",
            "what-3": "原因を調べること",
            "by_when-3": "2026-12-03T17:00",
            "in_whose_name-3": "contractor",
        },
        how_to_report="電話で",
    )
    assert answer.status_code == 303
    with work_of(YAMADA) as work:
        items = work.session.scalars(select(InstructionItem).order_by(InstructionItem.number)).all()
        assert [(item.number, item.kind, item.means) for item in items] == [
            (1, "notify_individuals", ["letter"]),
            (2, "investigate", []),
        ]
        assert items[1].due_at is not None and items[1].due_at.isoformat() == "2026-12-03T08:00:00+00:00"
        assert items[0].instruction.how_to_report == "電話で"


def test_one_more_item_keeps_what_was_typed_and_orders_nothing(client_of: ClientOf, work_of: WorkOf) -> None:
    """Without JavaScript a button of the form itself adds a row; nobody is bound by pressing it."""
    number = case_of(work_of)
    answer = issue(
        client_of(YAMADA),
        number,
        **LETTER_ITEM,
        **{"kind-2": "other", "what-2": "二つ目", "kind-3": "other", "what-3": "三つ目"},
        add="investigate",
    )
    page = page_of(answer)
    assert answer.status_code == 200
    assert "本人に書面で通知すること" in page and "三つ目" in page
    assert 'name="what-4"' in page and "二次被害の有無を調査し" in page, "first words for what was asked for"
    with work_of(YAMADA) as work:
        assert work.session.scalar(select(func.count()).select_from(Instruction)) == 0


def test_a_link_can_open_the_form_with_first_words_for_a_notice(client_of: ClientOf, work_of: WorkOf) -> None:
    """An officer at seven in the morning starts from words that cover what a notice must say."""
    number = case_of(work_of)
    page = page_of(client_of(YAMADA).get(f"{form_of(number)}?add=notify_individuals"))
    assert "対象となる本人全員に" in page
    assert 'value="2026-12-07T17:00"' in page, "a week from today in Japan"
    assert len(re.findall(r'name="means-1" value="\w+" checked', page)) == 2


def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """The wrong date is in the second item, so that is where the page says so."""
    number = case_of(work_of)
    answer = issue(
        client_of(YAMADA),
        number,
        **LETTER_ITEM,
        **{"kind-2": "report", "what-2": "毎日報告", "by_when-2": "明日"},
    )
    page = page_of(answer)
    assert answer.status_code == 422
    assert 'id="wrong-by_when-2"' in page and "毎日報告" in page and "明日" in page


def test_an_item_without_its_kind_is_not_silently_dropped(client_of: ClientOf, work_of: WorkOf) -> None:
    """Words that an officer wrote are an order or a mistake, never nothing."""
    number = case_of(work_of)
    answer = issue(
        client_of(YAMADA), number, **{"what-2": "持出しを止めること", "in_whose_name-2": "contractor"}
    )
    assert answer.status_code == 422
    assert 'id="wrong-kind-1"' in page_of(answer)


def test_the_same_form_twice_is_one_instruction(client_of: ClientOf, work_of: WorkOf) -> None:
    """A second press of the button must not order everything twice."""
    number = case_of(work_of)
    officer = client_of(YAMADA)
    once = {"once": "0123456789abcdef", **LETTER_ITEM}
    places = [issue(officer, number, **once).headers["Location"] for _ in range(2)]
    assert places == [f"/incidents/{number}"] * 2
    with work_of(YAMADA) as work:
        assert work.session.scalar(select(func.count()).select_from(Instruction)) == 1


def test_nobody_but_the_client_officer_instructs(client_of: ClientOf, work_of: WorkOf) -> None:
    """Instructions bind 乙 only when they come from 甲."""
    number = case_of(work_of)
    for member in (TANAKA, SUZUKI, ITO):
        assert issue(client_of(member), number, **LETTER_ITEM).status_code == 403
    assert client_of(KIMURA).get(form_of(number)).status_code == 404, "another town's officer sees nothing"


def test_a_case_of_another_client_does_not_exist(client_of: ClientOf, work_of: WorkOf) -> None:
    """Out of scope is 404 for every page of the resource."""
    number = case_of(work_of, open_case, OGAWA, contract=AOBA)
    officer = client_of(YAMADA)
    for page in (
        "new",
        "transcript/new",
        "request",
        "1",
        "1/amendment",
        "1/withdrawal",
        "items/1/fulfilment",
    ):
        assert officer.get(f"/incidents/{number}/instructions/{page}").status_code == 404


def test_an_instruction_by_phone_is_written_down_and_confirmed(client_of: ClientOf, work_of: WorkOf) -> None:
    """It binds at once; that it was 乙 who wrote it stays visible until 甲 confirms."""
    number = case_of(work_of)
    base = f"/incidents/{number}/instructions"
    answer = client_of(TANAKA).send(
        f"{base}/transcript/new",
        f"{base}/transcript",
        **LETTER_ITEM,
        given_by="保険年金課 山田",
        given_at="2026-11-30T01:45",
        channel="phone",
    )
    assert answer.status_code == 303
    officer = client_of(YAMADA)
    assert f"{base}/1/confirmation" in page_of(officer.get(f"{base}/1"))
    assert officer.send(f"{base}/1", f"{base}/1/confirmation").status_code == 303
    with work_of(YAMADA) as work:
        instruction = work.session.scalars(select(Instruction)).one()
        assert instruction.transcribed and instruction.confirmed_at is not None
        assert instruction.given_by == "保険年金課 山田"


def test_an_amendment_ends_some_items_and_adds_others(client_of: ClientOf, work_of: WorkOf) -> None:
    """What was begun under the items that stay must not be disturbed."""
    number = case_of(work_of, instructed)
    base = f"/incidents/{number}/instructions"
    answer = client_of(YAMADA).send(
        f"{base}/1/amendment",
        f"{base}/1/amendment",
        end="1",
        reason="郵送に加えて掲示も要するため",
        **{
            "kind-1": "substitute_notice",
            "what-1": "ホームページに掲示すること",
            "in_whose_name-1": "contractor",
        },
    )
    assert answer.status_code == 303
    with work_of(YAMADA) as work:
        incident = work.session.scalars(select(Incident)).one()
        assert [(item.number, item.kind) for item in incident.items_in_force] == [(2, "substitute_notice")]


def test_an_amendment_of_what_somebody_else_just_changed_is_refused(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """Two officers with the same page open: the second looks again, and keeps what was typed."""
    number = case_of(work_of, instructed)
    url = f"/incidents/{number}/instructions/1/amendment"
    new_item = {"kind-1": "other", "what-1": "窓口を設けること", "in_whose_name-1": "contractor"}
    assert client_of(YAMADA).send(url, url, **new_item).status_code == 303
    stale = client_of(YAMADA).send(url, url, seen="1", **new_item)
    assert stale.status_code == 409
    assert "窓口を設けること" in page_of(stale)


def test_a_withdrawal_needs_its_reason(client_of: ClientOf, work_of: WorkOf) -> None:
    """The reason is what an auditor asks for first."""
    number = case_of(work_of, instructed)
    url = f"/incidents/{number}/instructions/1/withdrawal"
    officer = client_of(YAMADA)
    refused = officer.send(url, url, reason=" ")
    assert refused.status_code == 409 and "理由を書いてください" in page_of(refused)
    assert officer.send(url, url, reason="回収できたため").status_code == 303
    assert "回収できたため" in page_of(officer.get(f"/incidents/{number}/instructions/1"))


def test_the_contractor_reports_an_item_fulfilled(client_of: ClientOf, work_of: WorkOf) -> None:
    """Closing asks for it, so the page must lead there from the instruction."""
    number = case_of(work_of, instructed)
    with work_of(TANAKA) as work:
        item_id = work.session.scalars(select(InstructionItem.id)).one()
    url = f"/incidents/{number}/instructions/items/{item_id}/fulfilment"
    worker = client_of(SUZUKI)
    assert url in page_of(worker.get(f"/incidents/{number}/instructions/1"))
    assert worker.send(url, url, note="987通を発送した").status_code == 303
    assert "987通を発送した" in page_of(worker.get(f"/incidents/{number}/instructions/1"))


def test_the_contractor_asks_for_instruction(client_of: ClientOf, work_of: WorkOf) -> None:
    """Without 甲's word no individual can be told, so asking must be easy."""
    number = case_of(work_of)
    url = f"/incidents/{number}/instructions/request"
    answer = client_of(TANAKA).send(url, url, text=" ")
    assert answer.status_code == 422 and 'id="wrong-text"' in page_of(answer)
    assert client_of(TANAKA).send(url, url, text="通知の方法を指示ください").status_code == 303
