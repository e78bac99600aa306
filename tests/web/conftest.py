"""People at their browsers: they sign in at the real page and send the real forms."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from incident_app.app import create_app
from incident_app.config import Settings, read_settings
from tests.cast import PASSWORD, CastMember
from tests.clock import TestClock
from tests.conftest import MASTER_KEY

_FORM = re.compile(r"<form[^>]*\baction=\"([^\"]+)\".*?</form>", re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(frozen=True)
class Visitor:
    """One person's browser."""

    http: FlaskClient

    def get(self, url: str) -> TestResponse:
        return self.http.get(url)

    def read(self, url: str) -> str:
        """Return a page that must be there."""
        answer = self.http.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return answer.text

    def post(self, url: str, **fields: Any) -> TestResponse:
        """Send words without having looked at the page."""
        return self.http.post(url, data=fields)

    def send(self, page_url: str, post_url: str, **fields: Any) -> TestResponse:
        """Open a page, fill in its form to `post_url` and send it."""
        return self.http.post(post_url, data=self.hidden(page_url, post_url) | fields)

    def hidden(self, page_url: str, post_url: str) -> dict[str, str]:
        """Return what the page's form to `post_url` carries unseen."""
        return hidden_in(self.read(page_url), post_url)


def hidden_in(page: str, post_url: str) -> dict[str, str]:
    """Return the hidden fields of the form to `post_url` on a page."""
    for form in _FORM.finditer(page):
        if unescape(form[1]) == post_url:
            return {name: unescape(value) for name, value in _HIDDEN.findall(form[0])}
    raise AssertionError(f"no form to {post_url} on this page")


ClientOf = Callable[[CastMember], Visitor]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return read_settings(
        {
            "INCIDENT_DATABASE": database_url,
            "INCIDENT_DATA": str(tmp_path / "data"),
            "INCIDENT_SECRET": "s" * 32,
            "INCIDENT_MASTER_KEY": MASTER_KEY,
            "INCIDENT_DEMO": "1",
            "INCIDENT_UPLOAD_LIMIT": str(1024 * 1024),
        }
    )


@pytest.fixture
def app(settings: Settings, clock: TestClock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    yield app
    app.extensions["desk"].sessions.kw["bind"].dispose()


@pytest.fixture
def client_of(app: Flask) -> ClientOf:
    """Sit one member of the cast down at a browser of their own: `client_of(TANAKA)`."""

    def client_of(member: CastMember) -> Visitor:
        visitor = Visitor(app.test_client())
        answer = visitor.send("/sign-in", "/sign-in", login=member.login, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor

    return client_of
