"""Letters for many persons, in PDF files that a printer takes whole."""

from collections.abc import Sequence

from incident_app.notices.render import Rendered, laid_out, print_lock, written_pdf

LETTERS_PER_FILE = 50
"""WeasyPrint's memory grows by about one megabyte per letter; more letters in a file save no time."""


def letters_pdf(letters: Sequence[Rendered], *, title: str) -> tuple[bytes, list[int]]:
    """Return one PDF in which every letter begins a new page and counts its own, and the pages of each letter.

    Raises ValueError for no letters or more than LETTERS_PER_FILE, and what `render.to_pdf` raises.
    """
    if not 1 <= len(letters) <= LETTERS_PER_FILE:
        raise ValueError(f"a file holds 1 to {LETTERS_PER_FILE} letters, not {len(letters)}")
    with print_lock:
        documents = [laid_out(letter.html) for letter in letters]
        pages = [page for document in documents for page in document.pages]
        pdf = written_pdf(documents[0].copy(pages), title)
    return pdf, [len(document.pages) for document in documents]
