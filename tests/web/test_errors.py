"""What every page keeps to: signing in, language, once-only forms, refusals without a trace, strict headers."""

import pytest
from flask import Flask

from incident_app.services.finding import incidents_of
from tests.builders import an_incident
from tests.cast import KIMURA, MINATO, PASSWORD, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.web.conftest import ClientOf, Visitor

CASE = {
    "contract": MINATO.number,
    "title": "誤送付",
    "detected_at": "2026-11-30T01:30",
    "kinds": "leak",
    "information": "personal",
    "then": "report",
}


def test_the_same_form_twice_opens_one_incident(client_of: ClientOf, work_of: WorkOf) -> None:
    """A thumb presses twice at night; both presses lead to the one incident."""
    client = client_of(TANAKA)
    form = client.hidden("/incidents/new", "/incidents") | CASE
    first, second = client.post("/incidents", **form), client.post("/incidents", **form)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    with work_of(TANAKA) as work:
        assert len(incidents_of(work)) == 1


def test_a_form_sent_by_somebody_else_shows_nothing_of_the_first(client_of: ClientOf) -> None:
    """The key of a form is no key to another person's case."""
    client = client_of(TANAKA)
    form = client.hidden("/incidents/new", "/incidents") | CASE
    client.post("/incidents", **form)
    other = client_of(KIMURA)
    answer = other.post(
        "/sign-out", csrf_token=other.hidden("/", "/sign-out")["csrf_token"], once=form["once"]
    )
    assert answer.location == "/sign-in"
    stolen = client_of(KIMURA)
    token = stolen.hidden("/", "/sign-out")
    answer = stolen.post("/incidents", **form | token)
    assert answer.location == "/"


@only_on_sqlite
def test_a_form_without_its_key_is_refused_with_everything_typed(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """Without the key nobody could tell a second press from a second incident."""
    client = client_of(TANAKA)
    form = client.hidden("/incidents/new", "/incidents") | CASE | {"once": ""}
    answer = client.post("/incidents", **form)
    assert answer.status_code == 422 and "誤送付" in answer.text
    with work_of(TANAKA) as work:
        assert incidents_of(work) == []


@only_on_sqlite
def test_a_form_from_another_site_is_refused_and_nothing_is_lost(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """Without the token it may be forged; with an old one it is a person whose words must not be lost."""
    client = client_of(TANAKA)
    form = client.hidden("/incidents/new", "/incidents") | CASE | {"csrf_token": "forged"}
    answer = client.post("/incidents", **form)
    assert answer.status_code == 422 and "誤送付" in answer.text
    with work_of(TANAKA) as work:
        assert incidents_of(work) == []


@only_on_sqlite
@pytest.mark.parametrize(
    ("login", "password"), [("tanaka", "incorrect horse"), ("nobody", PASSWORD), ("", "")]
)
def test_a_wrong_address_and_a_wrong_password_sound_alike(app: Flask, login: str, password: str) -> None:
    """Whoever guesses learns not even which accounts exist; the password is never shown again."""
    visitor = Visitor(app.test_client())
    answer = visitor.send("/sign-in", "/sign-in", login=login, password=password)
    assert answer.status_code == 422 and "メールアドレス又はパスワードが違います" in answer.text
    assert not password or password not in answer.text
    assert visitor.get("/").status_code == 303


@only_on_sqlite
def test_every_page_asks_to_sign_in_and_leads_back(app: Flask) -> None:
    """Whoever follows the link in a mail ends where the mail pointed; never on somebody else's site."""
    visitor = Visitor(app.test_client())
    asked = visitor.get("/incidents/new?from=mail")
    assert asked.status_code == 303 and "/sign-in?next=" in asked.location
    entered = visitor.send(
        asked.location, "/sign-in", login=TANAKA.login, password=PASSWORD, next="/incidents/new?from=mail"
    )
    assert entered.location == "/incidents/new?from=mail"
    elsewhere = Visitor(app.test_client())
    fields = {"login": TANAKA.login, "password": PASSWORD, "next": "//evil.example"}
    assert elsewhere.send("/sign-in", "/sign-in", **fields).location == "/"


@only_on_sqlite
def test_signing_out_ends_it(client_of: ClientOf) -> None:
    """A shared machine must not keep a case open."""
    client = client_of(YAMADA)
    client.send("/", "/sign-out")
    assert client.get("/").status_code == 303


@only_on_sqlite
def test_the_language_is_switched_and_stays(client_of: ClientOf) -> None:
    """Japanese first; English on request, refusals included; and the switch leads nowhere else."""
    client = client_of(YAMADA)
    assert '<html lang="ja">' in client.read("/")
    assert client.get("/language/en?next=/incidents/new").location == "/incidents/new"
    assert '<html lang="en">' in client.read("/")
    assert "Only a responsible person or worker" in client.get("/incidents/new").text
    assert client.get("/language/ja?next=//evil.example").location == "/"
    assert client.get("/language/tlh").status_code == 404


@only_on_sqlite
def test_a_wrong_address_and_a_foreign_case_look_the_same(client_of: ClientOf, work_of: WorkOf) -> None:
    """Out of scope is 404: nobody can find out by trying whether a case exists."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    client = client_of(KIMURA)
    foreign, nothing = client.get(f"/incidents/{number}"), client.get("/incidents/2026-999-99")
    assert foreign.status_code == nothing.status_code == 404
    assert foreign.text.replace(number, "") == nothing.text.replace("2026-999-99", "")
    assert client.get("/no/such/page").status_code == 404


@only_on_sqlite
def test_every_answer_is_kept_out_of_caches_and_runs_no_foreign_code(client_of: ClientOf) -> None:
    """The pages hold a case; nothing of it stays in a browser's cache, and nothing is loaded from elsewhere."""
    headers = client_of(TANAKA).get("/").headers
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


@only_on_sqlite
def test_a_form_that_was_refused_can_be_sent_again(client_of: ClientOf, work_of: WorkOf) -> None:
    """A refusal must not use up the form: the second try, with the mistake put right, counts."""
    client = client_of(TANAKA)
    form = client.hidden("/incidents/new", "/incidents") | CASE
    assert client.post("/incidents", **form | {"title": ""}).status_code == 422
    assert client.post("/incidents", **form).status_code == 303
    with work_of(TANAKA) as work:
        assert len(incidents_of(work)) == 1


def test_whoever_saw_an_older_state_looks_again(client_of: ClientOf, work_of: WorkOf) -> None:
    """Two people at one case: the slower one is told, and nothing is done twice."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    page, action = f"/incidents/{number}", f"/incidents/{number}/containment"
    tanaka, sato = client_of(TANAKA), client_of(SATO)
    late = sato.hidden(page, action)
    assert tanaka.send(page, action).status_code == 303
    assert tanaka.send(page, f"{action}/resumption").status_code == 303
    answer = sato.post(action, **late)
    assert answer.status_code == 409 and "ほかの人が先に" in answer.text


@only_on_sqlite
def test_a_step_that_a_role_does_not_carry_is_refused_in_words(client_of: ClientOf, work_of: WorkOf) -> None:
    """Whoever may see a case but not act says so to the right person when told why."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    suzuki = client_of(SUZUKI)
    hidden = suzuki.hidden(f"/incidents/{number}/measures/new", f"/incidents/{number}/measures")
    answer = suzuki.post(f"/incidents/{number}/containment", **hidden)
    assert answer.status_code == 403 and "役割" in answer.text


@only_on_sqlite
def test_too_large_a_file_is_refused_in_words(client_of: ClientOf, work_of: WorkOf) -> None:
    """A photograph of twenty megabytes must not end in a blank page."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    answer = client_of(YAMADA).http.post(
        f"/incidents/{number}/evidence",
        data=b"x" * (1024 * 1024 + 1),
        content_type="multipart/form-data; boundary=photo",
    )
    assert answer.status_code == 413 and "1 MB" in answer.text
