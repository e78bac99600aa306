"""Settings from the environment, and the one clock."""

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Clock = Callable[[], datetime]
Tls = Literal["none", "starttls", "tls"]
_LAST_PORT = 65535
_TLS: dict[str, Tls] = {"none": "none", "starttls": "starttls", "tls": "tls"}


def system_clock() -> datetime:
    """Return this instant, aware, in UTC. The only place where the machine's clock is read."""
    return datetime.now(UTC)


class BadSetting(ValueError):
    """A setting cannot be used; names it and says what it expects."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation can choose. Each field is read from INCIDENT_<NAME>; secrets are not shown."""

    database: str = field(repr=False)
    """SQLAlchemy URL. Default: SQLite in the data folder; `postgresql://…` for several machines."""
    data: Path
    """Folder for evidence files and, by default, the database and the secret."""
    secret: str = field(repr=False)
    """Signs cookies and message ids. Default: made once and kept in the data folder, mode 600."""
    master_key: str = field(repr=False)
    """Wraps the keys that personal data is sealed with; in INCIDENT_MASTER_KEY_FILE. Default: made once and kept in
    the data folder, mode 600. Keep a copy where the database's backups are not: without it they cannot be read."""
    demo: bool
    """Show the mail page and mark every page as a demonstration."""
    host: str
    """Address to listen on."""
    port: int
    """Port to listen on."""
    base_url: str
    """How people reach this installation; written into mails."""
    public_url: str
    """Where everybody, without an account, reaches the page that says whether a notice is genuine; empty: letters and
    mails name no such page."""
    envelope: str
    """Measures of the window envelope and of the barcode that shows through it, such as "win_w=100, barcode=8"; see
    notices/envelope.py. Empty: 長形3号 with a window of 90 x 45 mm, and no barcode."""
    sender: str
    """Address that mails come from."""
    smtp_host: str
    """The mail relay."""
    smtp_port: int
    """The relay's port."""
    smtp_user: str
    """User at the relay; empty for none."""
    smtp_password: str = field(repr=False)
    """Password at the relay; or its file in INCIDENT_SMTP_PASSWORD_FILE."""
    smtp_tls: Tls
    """none, starttls or tls."""
    smtp_connections: int
    """Connections to the relay at the same time, at most."""
    smtp_per_second: int
    """Messages a second that the relay allows; 0 for no limit."""
    printers: int
    """Processes that print beside the courier, which prints too."""
    tagged_runs: bool
    """Print runs are made for readers on a screen too (PDF/UA-1); paper needs no tags."""
    bounces: Path | None
    """Maildir or folder in which mails that came back arrive; None: nobody puts them anywhere."""
    upload_limit: int
    """Largest upload in bytes."""
    list_limit: int
    """Largest list of affected persons in bytes."""

    @property
    def evidence_folder(self) -> Path:
        """Evidence files lie here under their sha256."""
        return self.data / "evidence"

    @property
    def sealed_folder(self) -> Path:
        """Lists and print runs lie here, sealed with their incident's key."""
        return self.data / "sealed"

    @property
    def demo_list(self) -> Path:
        """The demonstration's list of made-up persons, ready to be imported."""
        return self.data / "demo_list.csv"

    @property
    def mail_folder(self) -> Path:
        """The demonstration's mail catcher keeps its messages here."""
        return self.data / "mail"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read INCIDENT_* variables.

    Raises BadSetting for a value that cannot be used.
    """
    env = os.environ if environ is None else environ

    def text(name: str, default: str) -> str:
        return env.get(f"INCIDENT_{name}", default)

    def number(name: str, default: int) -> int:
        value = text(name, str(default))
        if not (value.isascii() and value.isdecimal()):
            raise BadSetting(
                f"INCIDENT_{name} は整数で書いてください（{value!r}）。 / "
                f"INCIDENT_{name} must be a whole number, not {value!r}."
            )
        return int(value)

    def port(name: str, default: int) -> int:
        value = number(name, default)
        if not 1 <= value <= _LAST_PORT:
            raise BadSetting(
                f"INCIDENT_{name} は1から{_LAST_PORT}までにしてください（{value}）。 / "
                f"INCIDENT_{name} must be 1 to {_LAST_PORT}, not {value}."
            )
        return value

    data = Path(text("DATA", "var")).resolve()
    listen, listen_port = text("HOST", "127.0.0.1"), port("PORT", 8016)
    return Settings(
        database=text("DATABASE", f"sqlite:///{data / 'incident.db'}"),
        data=data,
        secret=text("SECRET", "") or _kept_secret(data / "secret"),
        master_key=_secret_value(env, "MASTER_KEY") or _kept_secret(data / "master.key"),
        demo=text("DEMO", "0") == "1",
        host=listen,
        port=listen_port,
        base_url=text("BASE_URL", f"http://{listen}:{listen_port}").rstrip("/"),
        public_url=text("PUBLIC_URL", "").rstrip("/"),
        envelope=text("ENVELOPE", ""),
        sender=text("SENDER", "incident-app@localhost"),
        smtp_host=text("SMTP_HOST", "127.0.0.1"),
        smtp_port=port("SMTP_PORT", 8025),
        smtp_user=text("SMTP_USER", ""),
        smtp_password=_secret_value(env, "SMTP_PASSWORD"),
        smtp_tls=_tls(text("SMTP_TLS", "none")),
        smtp_connections=max(1, number("SMTP_CONNECTIONS", 4)),
        smtp_per_second=number("SMTP_PER_SECOND", 0),
        printers=number("PRINTERS", 1),
        tagged_runs=text("TAGGED_RUNS", "0") == "1",
        bounces=Path(text("BOUNCES", "")).resolve() if text("BOUNCES", "") else None,
        upload_limit=number("UPLOAD_LIMIT", 20 * 1024 * 1024),
        list_limit=number("LIST_LIMIT", 2 * 1024**3),
    )


def _tls(word: str) -> Tls:
    if word not in _TLS:
        raise BadSetting(
            f"INCIDENT_SMTP_TLS は none、starttls、tls のいずれかです（{word!r}）。 / "
            f"INCIDENT_SMTP_TLS must be none, starttls or tls, not {word!r}."
        )
    return _TLS[word]


def _secret_value(env: Mapping[str, str], name: str) -> str:
    path = env.get(f"INCIDENT_{name}_FILE")
    if not path:
        return env.get(f"INCIDENT_{name}", "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise BadSetting(
            f"INCIDENT_{name}_FILE が読めません。 / "
            f"The file of INCIDENT_{name}_FILE cannot be read: {fault.strerror}."
        ) from None


def _kept_secret(path: Path) -> str:
    """Make a secret of the installation once; two processes that start together get the same one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, mine = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex())
            file.flush()
            os.fsync(handle)
        # A link either appears whole or not at all, and the first one stays.
        with suppress(FileExistsError):
            os.link(mine, path)
        Path(mine).unlink()
    return path.read_text(encoding="ascii")
