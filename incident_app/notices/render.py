"""From a template and its filled fields to a subject, a plain text and a page; from a page to a PDF."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from incident_app.domain.errors import Refused
from incident_app.notices.catalogue import Template
from incident_app.notices.fields import Filled
from incident_app.notices.fonts import refuse_missing_glyphs, typefaces
from incident_app.notices.parts import EMAIL, LETTER, SUBJECT, environment, path_in_root

if TYPE_CHECKING:
    from weasyprint import Document

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n{3,}")
print_lock = Lock()  # Pango's font map, which all documents share, serves one thread at a time


class OutsideRequest(Refused):
    """A page asked for a file or an address: a document carries everything that it shows."""

    def __init__(self) -> None:
        super().__init__(
            "文書が外部のファイル又はアドレスを読もうとしたため、印刷を中止しました。",
            "The page asked for an outside file or address, so nothing was printed.",
        )


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in words: its subject (one line), its plain text, and its page, complete in itself."""

    subject: str
    text: str
    html: str


def render(template: Template, filled: Filled, *, header: str) -> Rendered:
    """Write the notice.

    `header` is the handling mark at the top of every page and text, such as 取扱注意 or 下書き;
    empty for none.
    """
    return Rendered(*render_mail(template, filled, header=header), _writer(template, filled, header)(LETTER))


def render_mail(template: Template, filled: Filled, *, header: str) -> tuple[str, str]:
    """Write subject and text alone, for those who get no page."""
    written = _writer(template, filled, header)
    return _one_line(written(SUBJECT)), _tidy(written(EMAIL))


def _writer(template: Template, filled: Filled, header: str) -> Callable[[str], str]:
    env = environment(template.folder.parent.parent)
    given = {"title": template.title, "clause": template.clause, "header": header}

    def written(file: str) -> str:
        return env.get_template(path_in_root(template.folder, file)).render({**filled.values, **given})

    return written


def to_pdf(html: str, *, title: str) -> bytes:
    """Print the page as tagged PDF (PDF/UA-1) with our own fonts and nothing from outside.

    Raises GlyphMissing for a character that no face has, OutsideRequest for a page that asks for a file.
    """
    with print_lock:
        return written_pdf(laid_out(html), title)


def laid_out(html: str) -> "Document":
    """Lay out one page of HTML. Raises what `to_pdf` raises."""
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    refuse_missing_glyphs(html)
    configuration, rules = typefaces()
    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    try:
        return HTML(string=html, url_fetcher=nothing).render(
            configuration, stylesheets=[rules], pdf_variant="pdf/ua-1"
        )
    except FatalURLFetchingError:
        raise OutsideRequest from None


def written_pdf(document: "Document", title: str) -> bytes:
    """Return the laid-out document as PDF/UA-1 under this title."""
    document.metadata.title = title
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return pdf


def _one_line(subject: str) -> str:
    """A line break in a value must never begin a new mail header."""
    return _CONTROLS.sub(" ", subject).strip()


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"
