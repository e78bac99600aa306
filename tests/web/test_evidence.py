"""Evidence files, over HTTP."""

import hashlib
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from incident_app.services.finding import find_incident
from incident_app.web.evidence import media_type, plain_name
from tests.builders import an_incident
from tests.cast import ITO, KIMURA, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.web.conftest import ClientOf, Visitor

PHOTO = b"\x89PNG\r\n\x1a\n" + b"the empty bag"


@pytest.fixture
def number(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return str(an_incident(work).number)


def add(client: Visitor, number: str, data: bytes = PHOTO, name: str = "鞄の写真.png") -> TestResponse:
    base = f"/incidents/{number}/evidence"
    return client.send(f"{base}/new", base, file=(BytesIO(data), name), note="空の鞄")


def only_file(work_of: WorkOf, number: str) -> int:
    with work_of(TANAKA) as work:
        (file,) = find_incident(work, number).evidence
        return file.id


def test_a_file_comes_back_byte_for_byte_and_never_inside_a_page(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Evidence must be what it was; and a hostile file must not run in anybody's browser."""
    assert add(client_of(SUZUKI), number).status_code == 303
    url = f"/incidents/{number}/evidence/{only_file(work_of, number)}"
    answer = client_of(YAMADA).get(url)
    assert answer.data == PHOTO and answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert hashlib.sha256(PHOTO).hexdigest() in client_of(YAMADA).read(f"/incidents/{number}")
    answer.close()


def test_a_file_belongs_to_its_case(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Neither another client nor another case's address leads to it."""
    add(client_of(TANAKA), number)
    with work_of(TANAKA) as work:
        other = an_incident(work).number
    file = only_file(work_of, number)
    assert client_of(KIMURA).get(f"/incidents/{number}/evidence/{file}").status_code == 404
    assert client_of(TANAKA).get(f"/incidents/{other}/evidence/{file}").status_code == 404


def test_no_file_an_empty_one_and_the_same_one_again_are_refused(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Each is a mistake that is cheaper to hear about now than in court."""
    client = client_of(TANAKA)
    base = f"/incidents/{number}/evidence"
    missing = client.send(f"{base}/new", base, note="空の鞄")
    assert missing.status_code == 422 and "空の鞄" in missing.text and 'id="wrong-file"' in missing.text
    assert add(client, number, b"").status_code == 422
    assert add(client, number).status_code == 303
    assert add(client, number).status_code == 422
    only_file(work_of, number)


def test_an_auditor_adds_nothing(client_of: ClientOf, number: str) -> None:
    """Whoever examines the case leaves no trace in it."""
    assert add(client_of(ITO), number).status_code == 403


def test_a_file_above_the_limit_is_refused_with_the_limit(
    client_of: ClientOf, app: Flask, work_of: WorkOf, number: str
) -> None:
    """413 says how much is possible, instead of failing somewhere inside."""
    too_much = b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    # Plain bytes: the test client spools a large form into a file that it never closes.
    answer = client_of(TANAKA).http.post(
        f"/incidents/{number}/evidence", data=too_much, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413 and "1 MB" in answer.text
    with work_of(TANAKA) as work:
        assert find_incident(work, number).evidence == []


def test_a_file_is_what_its_first_bytes_say() -> None:
    """A name is a claim: a page that calls itself a photo is handed out as bytes."""
    assert media_type(b"<script>") == "application/octet-stream"
    assert media_type(b"%PDF-1.7") == "application/pdf"


def test_a_name_keeps_no_folder_and_no_control_character() -> None:
    """Names come from other machines and end on ours."""
    assert plain_name("C:\\Users\\tanaka\\写真.png") == "写真.png"
    assert plain_name("../../etc/passwd\r\n") == "passwd"
    assert plain_name("a/") == "file"
