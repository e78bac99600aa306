"""QR codes put together from pictures of single bits are the ones that an encoder makes."""

import re
from html import unescape

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from incident_app.notices.qr import TAIL, codes_of, qr
from incident_app.notices.rectangles import outlines
from incident_app.notices.render import laid_out
from incident_app.notices.stamping import _drawn, as_bytes

HEAD = "https://www.example.lg.jp/genuine/"
CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=TAIL, max_size=TAIL)
PATH = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


@given(CODES)
def test_a_code_is_the_same_as_the_encoder_s(code: str) -> None:
    """Error correction is linear: the sum of what each bit changes is the whole."""
    codes = codes_of(HEAD + code)
    made = segno.make_qr(
        HEAD + code, version=codes.size // 4 - 4, error="m", mode="byte", mask=4, boost_error=False
    )
    width = -(-codes.size // 8)
    picture = codes.picture(HEAD + code)
    rows = [
        f"{int.from_bytes(picture[at : at + width], 'big'):0{8 * width}b}"
        for at in range(0, len(picture), width)
    ]
    assert [row[: codes.size] for row in rows] == ["".join(map(str, row)) for row in made.matrix]


@pytest.mark.parametrize("code", ["000000000000", "ZZZZZZZZZZZZ", "K7M2Q9XD00AV"])
def test_a_telephone_reads_the_address(code: str) -> None:
    """From the path that stands in the letter, drawn at a size that a camera sees."""
    picture = str(qr(HEAD + code))
    side = codes_of(HEAD + code).size + 8
    image = Image.new("L", (side * 6, side * 6), 255)
    draw = ImageDraw.Draw(image)
    found = PATH.findall(unescape(picture))
    assert found
    for x, y, width, _ in found:
        left, top = (int(x) + 4) * 6, (int(y) + 4) * 6
        draw.rectangle((left, top, left + int(width) * 6 - 1, top + 5), fill=0)
    (read,) = zxingcpp.read_barcodes(image)
    assert read.text == HEAD + code


def test_the_press_knows_how_weasyprint_draws_a_code() -> None:
    """Or else no letter with a code could be stamped."""
    address = HEAD + "K7M2Q9XD00AV"
    page = laid_out(f"<div style='width: 2cm'>{qr(address)}</div>").pages[0]
    commands = b"\n".join(as_bytes(command) for command in _drawn(page, {}).stream)
    assert b"\n".join(outlines(codes_of(address).places(address))) in commands


def test_an_address_of_another_office_is_refused() -> None:
    """Its letters would lead nowhere."""
    with pytest.raises(ValueError, match="another address"):
        codes_of(HEAD + "0" * TAIL).picture("https://www.example.com/genuine0/" + "0" * TAIL)
