"""The demonstration's mail page."""

from dataclasses import replace
from email.message import EmailMessage

from flask import Flask

from incident_app.mail.folder import MailFolder
from tests.cast import TANAKA
from tests.web.conftest import ClientOf


def keep(app: Flask, subject: str) -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "incident@example.jp", "taro@example.jp", subject
    message["Date"] = "Mon, 30 Nov 2026 02:00:00 +0900"
    message.set_content("<b>お詫び</b>\n本文です。")
    return MailFolder(app.extensions["desk"].settings.mail_folder).keep(message.as_bytes())


def test_every_message_can_be_read_where_nothing_leaves_the_machine(app: Flask, client_of: ClientOf) -> None:
    """Somebody who tries the program sees what the individuals would get."""
    keep(app, "一通目")
    name = keep(app, "二通目")
    client = client_of(TANAKA)
    index = client.get("/mail").text
    assert index.index("二通目") < index.index("一通目"), "newest first"
    page = client.get(f"/mail/{name}").text
    assert "本文です。" in page and "2026-11-30 02:00" in page
    assert "<b>お詫び" not in page, "a mail's words are words, whatever they hold"


def test_a_message_that_is_not_there_is_not_found(app: Flask, client_of: ClientOf) -> None:
    """Names come from the address, so they must never become paths."""
    for name in ("999999.eml", "..%2fsecret"):
        assert client_of(TANAKA).get(f"/mail/{name}").status_code == 404


def test_a_real_installation_has_no_mail_page(app: Flask, client_of: ClientOf) -> None:
    """There the mails are real and belong to nobody who happens to be signed in."""
    desk = app.extensions["desk"]
    app.extensions["desk"] = replace(desk, settings=replace(desk.settings, demo=False))
    assert client_of(TANAKA).get("/mail").status_code == 404
    assert client_of(TANAKA).get("/mail/000001.eml").status_code == 404
