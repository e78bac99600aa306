"""What the press is set beside: WeasyPrint used as its documentation shows, and Typst."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typst
from fontTools import subset  # type: ignore[import-untyped]  # publishes no types
from fontTools.pens.cu2quPen import Cu2QuPen  # type: ignore[import-untyped]  # publishes no types
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]  # publishes no types
from fontTools.ttLib import TTFont, newTable  # type: ignore[import-untyped]  # publishes no types

from incident_app.notices import fonts
from incident_app.notices.catalogue import Template
from incident_app.notices.fields import fill
from incident_app.notices.qr import qr
from incident_app.notices.render import laid_out, render
from tests.notices.sheets import full_sheet

PER_DOCUMENT = 200
_RARE = "髙﨑𠮷𡈽𣘺濵邉德栁"
_ROWS, _CELLS = range(0x21, 0x75), range(0x21, 0x7F)  # JIS X 0208
_LETTER = """
#let people = json("people.json")
#let shared = json("shared.json")
#set page(paper: "a4", margin: (x: 22mm, y: 18mm))
#set text(font: "Noto Serif JP", size: 10.5pt, lang: "ja")
#set par(leading: 0.75em)
#show heading: it => text(font: "Noto Sans CJK JP", weight: "bold", size: 11.5pt, block(above: 4.5mm, below: 2mm, it.body))
#for (at, who) in people.enumerate() {
  if at > 0 { pagebreak() }
  counter(page).update(1)
  set page(footer: [#text(7pt)[#who.sequence] #h(1fr) #context [#counter(page).display() / 2ページ]])
  block(height: 46mm, width: 100%, {
    place(top + left, text(font: "Noto Sans JP", size: 9pt, block(width: 65mm, {
      [〒#who.postal_code]; linebreak()
      for line in who.address_lines { line; linebreak() }
      text(12pt)[#who.name 様]; linebreak()
      text(7.5pt)[整理番号 #who.reference]
    })))
    place(top + right, align(right)[#shared.number \\ #shared.sender \\ #shared.phone])
  })
  align(center, text(font: "Noto Sans CJK JP", weight: "bold", size: 15pt)[#shared.title])
  for (at, section) in shared.sections.enumerate() {
    heading(section.at(0))
    if at == 1 { list(..who.items) } else { section.at(1) }
  }
  table(columns: (34mm, 1fr), ..shared.desk.flatten())
  grid(columns: (1fr, 28mm), shared.verify, image(bytes(who.qr), format: "svg", width: 24mm))
}
"""


@contextmanager
def static_typefaces(folder: Path) -> Iterator[None]:
    """Let WeasyPrint use TrueType faces of JIS X 0208, with which it is at its quickest; made here, in half a minute."""
    made = [_as_truetype(face, folder) for face in fonts.faces()]
    fonts.typefaces.cache_clear()
    with patch.object(fonts, "faces", lambda: tuple(made)):
        fonts.typefaces()
    try:
        yield
    finally:
        fonts.typefaces.cache_clear()


def one_by_one(form: Template, sheet: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> int:
    """Make one file for each person, as any programmer would; returns the bytes."""
    size = 0
    for person in people:
        html = render(form, fill(form, {**sheet, "individual": person}), header="").html
        size += len(laid_out(html).write_pdf())
    return size


class TypstLetters:
    """The same letter as a Typst document for many people."""

    def __init__(self, folder: Path, form: Template, sheet: Mapping[str, Any]) -> None:
        self._folder = folder
        words = fill(form, {**sheet, "individual": full_sheet()["individual"]}).values
        lines = "\n".join
        shared = {
            "title": form.title,
            "number": words["document_number"],
            "sender": words["in_name_of"],
            "phone": words["desk_phone"],
            "sections": [
                ("1　何が起きたか", words["apology"] + words["what_happened"]),
                ("2　対象となったあなたの情報", ""),
                ("3　原因", words["notice_cause"]),
                ("4　二次被害の有無とおそれ", words["notice_secondary"]),
                ("5　お願いしたいこと", lines(words["requests"])),
                ("6　行った対応と再発防止", lines(words["notice_measures"])),
                ("7　お問合せ窓口", ""),
            ],
            "desk": [
                ("窓口", words["desk_name"]),
                ("電話", words["desk_phone"]),
                ("受付時間", words["desk_hours"]),
            ],
            "verify": f"{words['official_page']} 次のページに整理番号を入力すると確かめられます。",
        }
        (folder / "letter.typ").write_text(_LETTER, encoding="utf-8")
        (folder / "shared.json").write_text(json.dumps(shared), encoding="utf-8")
        places = [str(face) for face in fonts.faces()]
        self._compiler = typst.Compiler(
            str(folder / "letter.typ"),
            root=str(folder),
            font_paths=[str(Path(place).parent) for place in places],
        )

    def print(self, people: Sequence[Mapping[str, Any]]) -> int:
        """Print them into one file; returns its bytes."""
        given = [
            {
                **person,
                "qr": str(qr(person["verify_url"])).replace(
                    "<svg", '<svg xmlns="http://www.w3.org/2000/svg"'
                ),
            }
            for person in people
        ]
        (self._folder / "people.json").write_text(json.dumps(given), encoding="utf-8")
        pdf = self._compiler.compile(pdf_tags=False)
        if not isinstance(pdf, bytes):
            raise TypeError
        return len(pdf)


def _as_truetype(face: Path, folder: Path) -> Path:
    font = TTFont(face)
    options = subset.Options(layout_features=["*"], notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=_common_signs(font.getBestCmap()))
    subsetter.subset(font)
    drawn, glyphs = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(drawn)
        drawn[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = font.getGlyphOrder(), glyphs
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    for name in (
        "TwilightPoints",
        "Storage",
        "FunctionDefs",
        "InstructionDefs",
        "StackElements",
        "ComponentElements",
    ):
        setattr(limits, f"max{name}", 0)
    limits.maxZones, limits.maxSizeOfInstructions = 1, 0
    font["glyf"].compile(font)
    limits.recalc(font)
    font["post"].formatType, font.sfntVersion = 3, "\0\1\0\0"
    for name in ("CFF ", "VORG"):
        del font[name]
    made = folder / f"{face.stem}.ttf"
    font.save(made)
    return made


def _common_signs(known: Mapping[int, str]) -> set[int]:
    signs = {ord(sign) for sign in _RARE} | {point for point in known if point < 0x3100 or point > 0xFF00}
    for row in _ROWS:
        for cell in _CELLS:
            text = bytes((0x1B, 0x24, 0x42, row, cell)).decode("iso2022_jp", "ignore")
            signs.update(map(ord, text))
    return signs
