"""Settings: what an installation may choose, and how a slip is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from incident_app.config import BadSetting, read_settings

MAKE_SECRET = """
import sys
from pathlib import Path
from incident_app.config import read_settings

sys.stdin.read(1)
print(read_settings({"INCIDENT_DATA": sys.argv[1]}).secret)
"""


def test_without_a_word_everything_stays_on_this_machine(tmp_path: Path) -> None:
    """Nobody is reachable from outside, and no mail leaves, before somebody says so."""
    settings = read_settings({"INCIDENT_DATA": str(tmp_path / "var")})
    assert settings.host == settings.smtp_host == "127.0.0.1"
    assert settings.database == f"sqlite:///{tmp_path / 'var' / 'incident.db'}"
    assert settings.base_url == "http://127.0.0.1:8016"
    assert not settings.demo
    assert settings.mail_folder.parent == settings.evidence_folder.parent == tmp_path / "var"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INCIDENT_PORT", "many"),
        ("INCIDENT_PORT", "-1"),
        ("INCIDENT_PORT", "²"),
        ("INCIDENT_PORT", "0"),
        ("INCIDENT_PORT", "65536"),
        ("INCIDENT_SMTP_PORT", ""),
        ("INCIDENT_SMTP_PORT", "99999"),
        ("INCIDENT_UPLOAD_LIMIT", "20 MB"),
        ("INCIDENT_SMTP_TLS", "ssl"),
        ("INCIDENT_SMTP_PASSWORD_FILE", "/nowhere/at/all"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    """In both languages, at the start and not at night."""
    with pytest.raises(BadSetting) as refusal:
        read_settings({"INCIDENT_DATA": str(tmp_path), "INCIDENT_SECRET": "s", name: value})
    ja, en = str(refusal.value).split(" / ", 1)
    assert name in ja and name in en
    assert not ja.isascii() and en.replace(value, "").isascii()


def test_a_password_is_read_from_its_file_and_shown_nowhere(tmp_path: Path) -> None:
    """A file can be kept from those who may list processes and their environment."""
    file = tmp_path / "password"
    file.write_text("s3cret\n", encoding="utf-8")
    settings = read_settings({"INCIDENT_DATA": str(tmp_path), "INCIDENT_SMTP_PASSWORD_FILE": str(file)})
    assert settings.smtp_password == "s3cret"
    assert "s3cret" not in repr(settings) and settings.secret not in repr(settings)


def test_the_secret_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """Who reads it signs in as anybody."""
    secret = read_settings({"INCIDENT_DATA": str(tmp_path)}).secret
    assert len(bytes.fromhex(secret)) == 32
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert read_settings({"INCIDENT_DATA": str(tmp_path)}).secret == secret
    assert sorted(file.name for file in tmp_path.iterdir()) == ["master.key", "secret"], (
        "nothing is left lying about"
    )


def test_processes_that_start_together_have_one_secret(tmp_path: Path) -> None:
    """Otherwise the cookies of one would be strangers to the other."""
    command = [sys.executable, "-c", MAKE_SECRET, str(tmp_path / "var")]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("!")
        process.stdin.flush()
    secrets = {process.communicate(timeout=30)[0].strip() for process in started}
    assert len(secrets) == 1
    assert (tmp_path / "var" / "secret").read_text(encoding="ascii") in secrets
