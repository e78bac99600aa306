"""The sheet that an office prints before it buys envelopes: what it shows is where the window really stands."""

import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf

from incident_app.notices.envelope import COMMON, Envelope, read_envelope
from incident_app.notices.trial_sheet import trial_sheet

POINT = 25.4 / 72


def boxes(folder: Path, it: Envelope) -> dict[str, tuple[float, float, float, float]]:
    """Where each word of the sheet stands, in mm from the upper left: left, top, right, bottom."""
    file = folder / "sheet.pdf"
    file.write_bytes(trial_sheet(it))
    read = subprocess.run(
        ["pdftotext", "-bbox", str(file), "-"], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, tuple[float, float, float, float]] = {}
    for line in read.splitlines():
        if "<word" in line:
            place, _, word = line.strip().removesuffix("</word>").partition(">")
            left, top, right, bottom = (float(part) * POINT for part in place.split('"')[1::2])
            found.setdefault(word, (left, top, right, bottom))
    return found


def test_the_address_stands_in_what_always_shows_and_no_other_word_in_what_may(tmp_path: Path) -> None:
    """Measured on the PDF itself, for the common envelope and for one with a barcode."""
    for it in (COMMON, read_envelope("win_w=95, win_h=55, slack_x=20, slack_y=20, barcode=8")):
        found = boxes(tmp_path, it)
        width, height = it.safe
        for word in ("〒100-0013", "架空県架空市霞が関一丁目三番二号", "花子", "A1B2-C3D4-E5F6"):
            left, top, right, bottom = found[word]
            assert it.from_left - 0.1 <= left and right <= it.from_left + width
            assert it.from_top - 0.5 <= top and bottom <= it.from_top + height
        assert found["These"][0] > it.from_left + it.win_w
        assert found["Test"][1] > it.from_top + it.win_h


def test_it_is_one_page_of_a4_with_the_barcode_where_one_is_printed() -> None:
    """At its true size, or else it shows nothing."""
    drawn = []
    for words in ("", "win_w=95, win_h=55, slack_x=20, slack_y=20, barcode=8"):
        with pikepdf.open(BytesIO(trial_sheet(read_envelope(words)))) as pdf:
            (page,) = pdf.pages
            assert [round(float(side) * POINT) for side in page.mediabox] == [0, 0, 210, 297]
            drawn.append(page.Contents.read_bytes().count(b" l\nh\n"))
    assert drawn[1] == drawn[0] + 67
