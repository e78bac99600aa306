"""What may be seen of an affected individual where the whole is not needed."""

import re
from collections.abc import Sequence

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
