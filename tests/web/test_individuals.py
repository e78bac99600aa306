"""Who is on the list, over HTTP: numbers that add up, data that stays masked, and each way on for those who are held."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.individual import HOLDS, Individual
from incident_app.domain.notice import Delivery
from incident_app.services.finding import find_incident
from incident_app.services.holding import WAYS
from incident_app.services.notifying import start_deliveries
from tests.builders import an_individual, who_is
from tests.cast import ITO, OGAWA, SATO, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import LETTERS, approved, by, instructed, item_of
from tests.web.conftest import ClientOf

KAORUKO: Mapping[str, Any] = {
    "name": "架空 薫子",
    "kana": "カクウ　カオルコ",
    "postal_code": "100-0001",
    "address_lines": ("架空県架空市港1-1", "港荘"),
    "email": "kaoruko@example.jp",
}
_NUMBERS = re.compile(r'<td class="n">([0-9,]+)</td>')


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case in which 甲 has ordered letters."""
    with work_of(TANAKA) as work:
        return str(instructed(work, LETTERS).number)


def somebody(work_of: WorkOf, number: str, *holds: str, **changes: Any) -> int:
    """One on the list; returns the row number."""
    with work_of(TANAKA) as work:
        reference = f"{changes.pop('reference', 1):010d}"
        incident = find_incident(work, number)
        return an_individual(work, incident, reference, holds=holds, **{**KAORUKO, **changes}).id


def page_of(number: str, *more: object) -> str:
    return "/".join(map(str, (f"/incidents/{number}/individuals", *more)))


def words_of(client_of: ClientOf, who: CastMember, url: str) -> str:
    return unescape(client_of(who).read(url))


def test_everybody_stands_in_one_state_and_the_table_adds_up(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Two reasons to hold somebody do not make two persons of them."""
    for at, holds in enumerate([(), (), ("deceased", "gaiji"), ("no_address",), ("protected",)]):
        somebody(work_of, number, *holds, reference=at)
    page = words_of(client_of, TANAKA, page_of(number))
    table = page[page.index("<tbody>") : page.index("</tfoot>")]
    *states, everybody = map(int, _NUMBERS.findall(table)[:-1])
    assert sum(states) == everybody == 5
    assert page.count("<rect x=") == 4, "held for three reasons, and those who wait"
    assert "文字" in page and "亡くなられた方" in page


@pytest.mark.parametrize(("who", "whole"), [(TANAKA, True), (SATO, True), (YAMADA, False), (ITO, False)])
def test_only_the_contractors_people_see_somebody_whole(
    client_of: ClientOf, work_of: WorkOf, number: str, who: CastMember, whole: bool
) -> None:
    """They have to mend the address; an officer and an auditor recognise a row by its first characters."""
    row = somebody(work_of, number, "no_address")
    lists = words_of(client_of, who, page_of(number) + "?kind=no_address")
    assert "薫子" not in lists and "港荘" not in lists, "lists are masked for everybody"
    page = words_of(client_of, who, page_of(number, row))
    for value in ("架空 薫子", "港荘", "カオルコ", "kaoruko@example.jp"):
        assert (value in page) == whole


@pytest.mark.parametrize("who", [TANAKA, SATO, YAMADA, ITO])
def test_a_protected_person_is_hidden_from_everybody(
    client_of: ClientOf, work_of: WorkOf, number: str, who: CastMember
) -> None:
    """Address and name of somebody who hides are on no page, whoever looks."""
    row = somebody(work_of, number, "protected", "no_address")
    for url in (page_of(number) + "?kind=protected", page_of(number, row), page_of(number)):
        page = words_of(client_of, who, url)
        assert not any(
            value in page for value in ("薫子", "港1-1", "架空県", "カクウ", "100-0001", "kaoruko")
        )


def test_nobody_of_another_contract_sees_that_there_is_a_list(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Foreign things are not found."""
    row = somebody(work_of, number)
    for url in (page_of(number), page_of(number, row), page_of(number, row, "corrections/address")):
        assert client_of(OGAWA).get(url).status_code == 404


def test_a_decision_is_taken_by_the_button_that_only_its_party_has(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Whether the dead are written about is 甲's; the contractor sees no such button."""
    row = somebody(work_of, number, "deceased")
    nobody_is_told = page_of(number, row, "holds/deceased/not_to_be_told")
    assert nobody_is_told not in client_of(TANAKA).read(page_of(number, row))
    officer = client_of(YAMADA)
    assert officer.send(page_of(number, row), nobody_is_told).status_code == 303
    page = words_of(client_of, TANAKA, page_of(number, row))
    assert "解決済み" in page and nobody_is_told not in page
    assert "<form" not in client_of(ITO).read(page_of(number, row)).partition("<main")[2], "an auditor reads"


def test_two_rows_of_one_person_become_one(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """One person, one letter, all that leaked of that person."""
    first = somebody(work_of, number, reference=1, items=("氏名",))
    second = somebody(work_of, number, "maybe_same", reference=2, items=("税額",))
    merge = page_of(number, second, "merge", first)
    assert client_of(TANAKA).send(page_of(number, second), merge).status_code == 303
    assert "氏名、税額" in words_of(client_of, TANAKA, page_of(number, first))
    assert client_of(TANAKA).get(page_of(number, second)).status_code == 404


def test_an_address_is_corrected_with_where_it_comes_from(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """What was typed stays when something is missing; then the hold is gone, and no value is on the timeline."""
    row = somebody(work_of, number, "no_address")
    form, worker = page_of(number, row, "corrections/address"), client_of(TANAKA)
    typed = {"postal_code": "１００－０００２", "address": "架空県架空市岬2-2"}
    refused = worker.send(form, form, **typed)
    assert refused.status_code == 422 and "架空県架空市岬2-2" in unescape(refused.text)
    assert worker.send(form, form, **typed, source="resident_record").status_code == 303
    page = words_of(client_of, TANAKA, page_of(number, row))
    assert "100-0002" in page and "岬2-2" in page and "corrections/address" in page
    assert "岬" not in worker.read(f"/incidents/{number}")


def test_a_name_is_printed_in_kana_where_no_face_has_its_characters(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """The list's own form stands beside it."""
    row = somebody(work_of, number, "gaiji", name="架空 〓子")
    form = page_of(number, row, "corrections/printed-name")
    assert client_of(TANAKA).send(form, form, printed_name="架空 〓子").status_code == 422
    assert client_of(TANAKA).send(form, form, kana="1").status_code == 303
    page = words_of(client_of, TANAKA, page_of(number, row))
    assert "架空 〓子" in page and "（カクウ" in page
    with work_of(TANAKA) as work:
        assert who_is(work.session.get_one(Individual, row)).name == "架空 〓子"


def test_a_mail_address_is_taken_away(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Somebody telephones: that is not my address. A letter goes instead."""
    row = somebody(work_of, number)
    form = page_of(number, row, "corrections/email")
    assert client_of(TANAKA).send(form, form, email="x@", source="the_person").status_code == 422
    assert client_of(TANAKA).send(form, form, email="", source="the_person").status_code == 303
    assert "kaoruko@example.jp" not in words_of(client_of, TANAKA, page_of(number, row))


def test_a_letter_that_came_back_is_sent_again_once_the_address_is_right(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """It stands under those who came back until then, and says so afterwards."""
    row = somebody(work_of, number)
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        work.session.execute(update(Delivery).values(state="returned", reply="moved"))
    returned = page_of(number) + "?kind=returned"
    assert page_of(number, row) in client_of(TANAKA).read(returned)
    form = page_of(number, row, "corrections/address")
    typed = {"postal_code": "100-0002", "address": "架空県架空市岬2-2", "source": "the_person"}
    answer = client_of(TANAKA).send(form, form, **typed)
    assert "もう一度送ります" in words_of(client_of, TANAKA, answer.headers["Location"])
    assert page_of(number, row) not in client_of(TANAKA).read(returned)
    with work_of(TANAKA) as work:
        assert [(d.copy, d.state) for d in work.session.scalars(select(Delivery).order_by(Delivery.id))] == [
            (1, "returned"),
            (2, "queued"),
        ]


def test_an_officer_names_the_protected_and_sees_once_which_numbers_nobody_has(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """The numbers that were not found are on no other page, and not on the timeline."""
    row = somebody(work_of, number, reference=7)
    form, officer = page_of(number, "protected"), client_of(YAMADA)
    assert officer.send(form, form, numbers=" \n").status_code == 422
    page = unescape(officer.send(form, form, numbers="0000000007\n9988776655").text)
    assert "該当：1" in page and "9988776655" in page
    assert "9988776655" not in officer.read(f"/incidents/{number}")
    assert "薫子" not in words_of(client_of, TANAKA, page_of(number, row))
    assert client_of(TANAKA).get(form).status_code == 403


@only_on_sqlite
def test_pages_of_a_long_list_follow_one_another(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Fifty a page, by row number; nobody twice, nobody left out."""
    rows = [somebody(work_of, number, "no_address", reference=at) for at in range(53)]
    worker, url, seen = client_of(TANAKA), page_of(number) + "?kind=no_address", []
    while url:
        page = worker.read(url)
        seen += [int(row) for row in re.findall(r"individuals/(\d+)\"", page)]
        following = re.search(r'href="([^"]*after=[^"]*)"', page)
        url = unescape(following[1]) if following else ""
    assert seen == rows


@pytest.mark.parametrize("more", ["?kind=nothing", "/999999", "/1/corrections/name"])
def test_what_there_is_not_is_not_found(client_of: ClientOf, work_of: WorkOf, number: str, more: str) -> None:
    """Also not by guessing."""
    assert client_of(TANAKA).get(page_of(number) + more).status_code == 404


@pytest.mark.parametrize("kind", HOLDS)
def test_every_kind_of_hold_has_its_page_and_a_way_on(
    client_of: ClientOf, work_of: WorkOf, number: str, kind: str
) -> None:
    """Nobody is held for a reason that nobody can settle."""
    row = somebody(work_of, number, kind)
    assert page_of(number, row) in client_of(TANAKA).read(page_of(number))
    assert page_of(number, row) in client_of(TANAKA).read(page_of(number) + f"?kind={kind}")
    offered = [client_of(who).read(page_of(number, row)) for who in (TANAKA, YAMADA)]
    ways = re.compile(rf'="{page_of(number, row)}/(holds/{kind}|corrections/|merge/)')
    assert set(WAYS[kind]) == {"same_person", "two_persons"} or any(map(ways.search, offered))


def test_a_formula_in_a_name_is_settled_by_the_name_as_it_is_to_be_printed(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """And not by another formula, nor by correcting something else."""
    row = somebody(work_of, number, "formula", name="=HYPERLINK(1)")
    name, address = (page_of(number, row, "corrections", what) for what in ("printed-name", "address"))
    typed = {"postal_code": "100-0002", "address": "架空県架空市岬2-2", "source": "the_person"}
    assert client_of(TANAKA).send(address, address, **typed).status_code == 303
    assert client_of(TANAKA).send(name, name, printed_name="+架空 花子").status_code == 422
    assert "解決済み" not in words_of(client_of, TANAKA, page_of(number, row))
    assert client_of(TANAKA).send(name, name, printed_name="架空 花子").status_code == 303
    assert "解決済み" in words_of(client_of, TANAKA, page_of(number, row))


def test_after_the_key_is_destroyed_the_states_are_left(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Nobody's name, and still whether a notice went out."""
    row = somebody(work_of, number, "no_address")
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        work.session.execute(
            update(IncidentKey)
            .where(IncidentKey.incident_id == incident.id)
            .values(wrapped=None, destroyed_at=work.now)
        )
    for url in (page_of(number), page_of(number, row)):
        page = words_of(client_of, TANAKA, url)
        assert "廃棄・消去" in page and "薫子" not in page


def test_nothing_is_merged_into_a_protected_person(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """The contractor changes nothing of somebody whom 甲 protects."""
    first = somebody(work_of, number, "protected", reference=1, items=("氏名",))
    second = somebody(work_of, number, "maybe_same", reference=2, items=("税額",))
    worker = client_of(TANAKA)
    merge = page_of(number, second, "merge", first)
    assert worker.send(page_of(number, second), merge).status_code == 403
    assert "税額" not in words_of(client_of, TANAKA, page_of(number, first))
