"""Writes lists as a city's resident system would, with the usual faults, and says what is in them.

Nobody in them exists. The same seed gives the same bytes.
"""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

HEADINGS = (
    "宛名番号",
    "氏名",
    "フリガナ",
    "生年月日",
    "郵便番号",
    "住所",
    "方書",
    "電話番号",
    "メールアドレス",
    "漏えい項目",
    "備考",
)
NUMBER, NAME, KANA, BORN, ZIP, ADDRESS, BUILDING, PHONE, EMAIL, ITEMS, REMARKS = range(11)
FAULTY_SHARE = 0.2

Cells = list[str]


def a_resident(number: int = 1, **changes: str) -> Cells:
    """One resident's cells; `changes` by heading."""
    cells = dict(
        zip(
            HEADINGS,
            (
                f"{number:08d}",
                "見本　花子",
                "ミホン　ハナコ",
                "昭和56年3月4日",
                "010-0012",
                "秋田県秋田市見本町1番2号",
                "",
                "018-000-0000",
                f"resident{number}@example.jp",
                "氏名・住所",
                "",
            ),
            strict=True,
        )
    )
    return list((cells | changes).values())


def written(
    *rows: Cells, encoding: str = "cp932", separator: str = ",", headings: Cells | None = None
) -> bytes:
    """The file with these rows."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(HEADINGS if headings is None else headings)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def _set(place: int, *values: str) -> Callable[[random.Random, Cells], Cells]:
    def spoil(rng: random.Random, cells: Cells) -> Cells:
        return [*cells[:place], rng.choice(values), *cells[place + 1 :]]

    return spoil


def _no_address(_: random.Random, cells: Cells) -> Cells:
    return [*cells[:ZIP], "", "", "", *cells[PHONE:]]


def _minor(_: random.Random, cells: Cells) -> Cells:
    child = [*cells]
    child[BORN], child[REMARKS] = "平成30年5月6日", "保護者：見本　太郎"
    return child


def _cut_off(rng: random.Random, cells: Cells) -> Cells:
    return cells[: rng.randrange(2, len(cells))]


SPOILERS: dict[str, Callable[[random.Random, Cells], Cells]] = {
    "zip_lost_zero": _set(ZIP, "100012", "640804"),
    "zip_fullwidth": _set(ZIP, "０１０－００１２", "010−0012", "０１０００１２"),
    "zip_missing": _set(ZIP, "", "不明"),
    "bad_email": _set(
        EMAIL, "user＠example.jp", "user@@example.jp", "なし", "user@example", "a b@example.jp"
    ),
    "kana_halfwidth": _set(KANA, "ﾐﾎﾝ ｻﾞｸﾛ", "ﾐﾎﾝ　ﾊﾟﾄﾗ"),
    "gaiji": _set(NAME, "〓本　花子", "見本　\ue000子"),
    "no_address": _no_address,
    "deceased": _set(REMARKS, "故人", "令和7年死亡"),
    "minor": _minor,
    "organisation": _set(NAME, "株式会社見本商事", "（有）見本工業", "社会福祉法人見本会"),
    "newline_in_cell": _set(ADDRESS, "秋田県秋田市見本町1番2号\n（旧町名あり）", "秋田市\r\n見本町"),
    "broken_row": _cut_off,
}


@dataclass(frozen=True)
class CityExport:
    data: bytes
    rows: int
    persons: int
    rejected: int
    faults: dict[str, int]


def city_export(rows: int, seed: int, encoding: str = "cp932") -> CityExport:
    """A list of `rows` rows, a fifth of them with one fault each."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    counted = Counter(dict.fromkeys(("same_person", *SPOILERS), 0))
    clean: list[Cells] = []
    lines: list[Cells] = []
    for number in range(1, rows + 1):
        cells = a_resident(number)
        if rng.random() >= FAULTY_SHARE:
            clean.append(cells)
        elif clean and rng.random() < 1 / len(counted):
            cells = [*rng.choice(clean)]
            cells[ITEMS] = "氏名・税額"
            counted["same_person"] += 1
        else:
            fault = rng.choice(list(SPOILERS))
            cells = SPOILERS[fault](rng, cells)
            counted[fault] += 1
        lines.append(cells)
    rejected = counted["broken_row"]
    persons = rows - rejected - counted["same_person"]
    return CityExport(written(*lines, encoding=encoding), rows, persons, rejected, dict(counted))
