"""What may be seen of an affected individual where the whole is not needed."""

import re
from collections.abc import Sequence

from incident_app.domain.individual import Particulars

HIDDEN = "＊＊＊"
_MAILBOX = re.compile(r"[^\s<>@:;,\"]+@")


def masked_name(name: str) -> str:
    """Return the first character and as many stars as there are more."""
    return name[:1] + "＊" * len(name[1:])


def masked_address(lines: Sequence[str]) -> str:
    """Return the beginning of the first line, enough to see whether the column is the right one."""
    return f"{lines[0][:4]}＊＊＊" if lines else ""


def masked_mail(text: str) -> str:
    """Return a text in which every mail address has lost its name before the @."""
    return _MAILBOX.sub("＊＊＊@", text)


def masked(particulars: Particulars) -> Particulars:
    """Return somebody as those see them who only need to recognise a row."""
    return particulars._replace(
        reference=HIDDEN,
        name=masked_name(particulars.name),
        kana=masked_name(particulars.kana),
        birth_date=None,
        postal_code=HIDDEN if particulars.postal_code else "",
        address_lines=(masked_address(particulars.address_lines),) if particulars.address_lines else (),
        phone=HIDDEN if particulars.phone else "",
        email=masked_mail(particulars.email) if particulars.email else None,
        guardian=masked_name(particulars.guardian) if particulars.guardian else None,
        printed_name=masked_name(particulars.printed_name),
    )


def hidden(particulars: Particulars) -> Particulars:
    """Return a protected person as everybody sees them: that there is somebody, and nothing more."""
    return particulars._replace(
        reference=HIDDEN,
        name=HIDDEN,
        kana="",
        birth_date=None,
        postal_code="",
        address_lines=(HIDDEN,),
        phone="",
        email=None,
        guardian=None,
        printed_name="",
    )
