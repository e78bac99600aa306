"""How many letters a second one core prints, each with a QR code (and a barcode) of its own, in runs of a thousand.

Set beside WeasyPrint used one letter at a time, at its best (static TrueType faces, HarfBuzz's subsetter, one font
configuration for all), and beside Typst with 200 letters in a document and one thread. Processor time, not the clock's:
other work on the machine changes it little.
"""

import json
import os
import random
import resource
import tempfile
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

os.environ["RAYON_NUM_THREADS"] = "1"  # before Typst is loaded

from incident_app.domain.reference import grouped
from incident_app.notices.barcode import customer_barcode
from incident_app.notices.catalogue import catalogue
from incident_app.notices.envelope import read_envelope
from incident_app.notices.press import LETTERS_PER_RUN, Press
from tests.bench import _letter_anchors as anchors
from tests.notices.sheets import full_sheet

ROUNDS = 3
ONE_BY_ONE = 8
GROWTH = (1_000, 10_000, 100_000)
FORM = catalogue()["individual_notice"]
_FAMILIES = [
    "佐藤",
    "鈴木",
    "高橋",
    "髙橋",
    "田中",
    "渡邊",
    "渡邉",
    "伊藤",
    "山﨑",
    "中村",
    "小林",
    "齋藤",
    "勅使河原",
    "御手洗",
    "𠮷田",
    "濵野",
]
_GIVEN = ["太郎", "花子", "翔太", "美咲", "さくら", "龍之介", "ヱイ", "葵", "凜", "徳之助", "メゾン"]
_TOWNS = [
    "秋田県秋田市南通亀の町",
    "兵庫県尼崎市東七松町一丁目",
    "愛知県豊田市西町三丁目",
    "北海道札幌市中央区",
]
_ITEMS = ["生年月日", "性別", "電話番号", "税額", "口座情報"]
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def main(options: Sequence[str] = ()) -> None:
    """Measure the press, and what it is set beside, in turn."""
    parser = ArgumentParser(prog="./run bench letters")
    parser.add_argument("--sizes", type=int, nargs="+", default=GROWTH, help="letters, growing")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    chosen = parser.parse_args(options)
    sheet = full_sheet()
    del sheet["individual"]
    press = Press(FORM, sheet)
    envelope = read_envelope("win_w=95, win_h=55, slack_x=20, slack_y=20, barcode=8")
    wide = Press(FORM, sheet | {"envelope": {"measures": envelope.measures}})
    tagged = Press(FORM, wide.sheet, tagged=True)
    growth = {size: _growth(press, size) for size in chosen.sizes}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        letters = anchors.TypstLetters(Path(folder), FORM, sheet)
        people = iter_people(2)
        for _ in range(ROUNDS):
            found["with QR code"].append(_rate(people(2_000), partial(_print, press)))
            found["without"].append(_rate(_without_code(people(2_000)), partial(_print, press)))
            found["with both"].append(_rate(_with_barcode(people(2_000)), partial(_print, wide)))
            found["both, tagged"].append(_rate(_with_barcode(people(2_000)), partial(_print, tagged)))
            found["typst"].append(_rate(people(anchors.PER_DOCUMENT), letters.print))
        with anchors.static_typefaces(Path(folder)):
            anchors.one_by_one(FORM, sheet, people(2))
            for _ in range(ROUNDS):
                naive = partial(anchors.one_by_one, FORM, sheet)
                found["one by one"].append(_rate(people(ONE_BY_ONE), naive))
    rates = {name: median(rate for rate, _ in them) for name, them in found.items()}
    sizes = {name: them[-1][1] / 1000 for name, them in found.items()}
    print("  letters of two pages, a second of one core")
    for name, rate in rates.items():
        beside = f"× {rate / rates['one by one']:,.0f} of one by one, × {rate / rates['typst']:,.1f} of Typst"
        print(f"  {name:18} {rate:8,.1f}/s  {sizes[name]:7.1f} kB a letter  {beside}")
    print("  growth: " + ", ".join(f"{size:,} letters {rate:,.0f}/s" for size, rate in growth.items()))
    print(f"peak memory of the press {memory} MB")
    if chosen.json:
        print(
            json.dumps(
                {
                    "rates": {name: round(rate, 1) for name, rate in rates.items()},
                    "growth": growth,
                    "peak_memory_mb": memory,
                }
            )
        )


def iter_people(seed: int) -> Callable[[int], list[dict[str, Any]]]:
    """Return who hands out so many further people."""
    dice = random.Random(seed)  # noqa: S311 - the same people at every run
    counted = 0

    def next_people(count: int) -> list[dict[str, Any]]:
        nonlocal counted
        counted += count
        return [_somebody(dice, counted - count + at) for at in range(count)]

    return next_people


def _somebody(dice: random.Random, number: int) -> dict[str, Any]:
    code = "".join(dice.choices(_SIGNS, k=12))
    lines = [f"{dice.choice(_TOWNS)}{dice.randrange(1, 40)}番{dice.randrange(1, 30)}号"]
    if dice.random() < 0.3:
        lines.append(f"メゾン{dice.randrange(1, 12)}0{dice.randrange(1, 9)}号")
    return {
        **full_sheet()["individual"],
        "name": f"{dice.choice(_FAMILIES)}　{dice.choice(_GIVEN)}",
        "postal_code": f"{dice.randrange(1000):03d}-{dice.randrange(10_000):04d}",
        "address_lines": lines,
        "items": ["氏名", "住所", *dice.sample(_ITEMS, dice.randrange(1, 4))],
        "reference": grouped(code),
        "sequence": f"{number % LETTERS_PER_RUN + 1:06d}",
        "verify_url": f"https://www.example.lg.jp/genuine/{code}",
    }


def _without_code(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**person, "verify_url": None} for person in people]


def _with_barcode(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give everybody a customer barcode too."""
    return [
        {**person, "barcode": customer_barcode(person["postal_code"], " ".join(person["address_lines"]))}
        for person in people
    ]


def _print(press: Press, people: Sequence[dict[str, Any]]) -> int:
    runs = range(0, len(people), LETTERS_PER_RUN)
    return sum(len(press.print_run(people[at : at + LETTERS_PER_RUN], title="bench").pdf) for at in runs)


def _rate(
    people: Sequence[dict[str, Any]], work: Callable[[Sequence[dict[str, Any]]], int]
) -> tuple[float, float]:
    """Return how many a second of processor time, and the bytes of one."""
    began = time.process_time()
    size = work(people)
    return len(people) / (time.process_time() - began), size / len(people)


def _growth(press: Press, size: int) -> float:
    people = iter_people(1)
    spent = 0.0
    for _ in range(0, size, LETTERS_PER_RUN):
        batch = people(LETTERS_PER_RUN)
        began = time.process_time()
        press.print_run(batch, title="bench")
        spent += time.process_time() - began
    return round(size / spent)
