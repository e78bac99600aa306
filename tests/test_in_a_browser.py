"""A real browser at the real pages: what a person on a phone at two in the morning sees and does."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import make_server

from incident_app.app import create_app
from incident_app.config import read_settings
from tests.builders import the_person
from tests.cast import MINATO, PASSWORD, TANAKA
from tests.clock import TestClock
from tests.conftest import only_on_sqlite

PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)


@pytest.fixture
def address(
    database_url: str, sessions: sessionmaker[Session], tmp_path: Path, clock: TestClock
) -> Iterator[str]:
    """Serve the application on a free port. A browser insists on an e-mail address as login."""
    with sessions.begin() as session:
        the_person(session, TANAKA).login = TANAKA.email
    settings = read_settings(
        {"INCIDENT_DATABASE": database_url, "INCIDENT_DATA": str(tmp_path), "INCIDENT_SECRET": "s" * 32}
    )
    app: Flask = create_app(settings, clock)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["desk"].sessions.kw["bind"].dispose()


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "chromium is missing: `./run test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


def sign_in(browser: Browser, address: str, size: dict[str, int], asked: list[str]) -> Page:
    page = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, java_script_enabled=False
    ).new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/sign-in")
    page.fill("[name=login]", TANAKA.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("a[href='/incidents/new']")
    return page


def wider_than_the_screen(page: Page) -> bool:
    box = page.locator("main").bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    return box["x"] + box["width"] > size["width"]


@only_on_sqlite
def test_the_first_report_is_out_with_two_clicks(browser: Browser, address: str) -> None:
    """Without JavaScript, on a small phone, with three facts blank: one page, one button, and 甲 is told."""
    asked: list[str] = []
    page = sign_in(browser, address, PHONE, asked)
    page.goto(f"{address}/incidents/new")
    assert not wider_than_the_screen(page)
    if page.locator("select[name=contract]").count():
        page.select_option("[name=contract]", MINATO.number)
    page.check("[name=circumstances_state][value=known]")
    page.fill("[name=circumstances_text]", "帰宅途中に鞄ごと紛失した。")
    page.fill("[name=title]", "USBメモリの紛失")
    page.click("button[value=report]")

    assert "USBメモリの紛失" in page.inner_text("h1")
    assert "第一報" in page.inner_text("main")
    assert not wider_than_the_screen(page)
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}, "no request leaves the house"


@only_on_sqlite
def test_every_step_that_is_offered_leads_to_a_page(browser: Browser, address: str) -> None:
    """No screen goes nowhere: each link on the incident page opens, on a desk as on a phone."""
    page = sign_in(browser, address, DESK, [])
    page.goto(f"{address}/incidents/new")
    if page.locator("select[name=contract]").count():
        page.select_option("[name=contract]", MINATO.number)
    page.fill("[name=title]", "誤送付")
    page.click("button[value=report]")
    links = {str(link.get_attribute("href")) for link in page.locator("main a").all()}

    for link in sorted(
        link for link in links if link.startswith("/") and not link.endswith(".pdf") and "#" not in link
    ):
        answer = page.goto(f"{address}{link}")
        assert answer is not None
        assert answer.status == 200, link
        assert page.locator("h1").count() == 1, link
