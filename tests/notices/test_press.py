"""Many letters in one file for the printer."""

import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from incident_app.notices.catalogue import catalogue
from incident_app.notices.fields import fill
from incident_app.notices.press import LETTERS_PER_FILE, letters_pdf
from incident_app.notices.render import Rendered, render
from tests.notices.sheets import full_sheet


def a_letter(name: str) -> Rendered:
    sheet = full_sheet()
    sheet["individual"]["name"] = name
    template = catalogue()["individual_notice"]
    return render(template, fill(template, sheet), header="")


def test_every_letter_begins_a_new_page_and_counts_its_own() -> None:
    """Letters are folded by machine: a page of two persons would be a new leak."""
    letters = [a_letter("見本　一子"), a_letter("例示　二郎"), a_letter("架空　三葉")]

    with pikepdf.open(BytesIO(letters_pdf(letters, title="通知")[0])) as pdf:
        assert len(pdf.pages) == 6
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo.Title) == "通知"
        assert str(pdf.Root.Lang) == "ja"


def test_each_letter_holds_its_own_person_only(tmp_path: Path) -> None:
    """Page by page: who stands on it, and which page of the letter it says it is."""
    file = tmp_path / "run.pdf"
    file.write_bytes(letters_pdf([a_letter("見本　一子"), a_letter("例示　二郎")], title="通知")[0])
    pages = subprocess.run(
        ["pdftotext", "-raw", file, "-"], check=True, capture_output=True, text=True
    ).stdout.split("\f")

    assert ["一子" in page for page in pages] == [True, False, False, False, False]
    assert ["二郎" in page for page in pages] == [False, False, True, False, False]
    assert ["1 / 2ページ" in page for page in pages] == [True, False, True, False, False]
    assert ["2 / 2ページ" in page for page in pages] == [False, True, False, True, False]


@pytest.mark.parametrize("count", [0, LETTERS_PER_FILE + 1])
def test_a_file_holds_between_one_and_fifty_letters(count: int) -> None:
    """Memory grows with every letter in a file; nothing to print is a mistake of the caller."""
    with pytest.raises(ValueError, match="letters"):
        letters_pdf([a_letter("見本　一子")] * count, title="通知")
