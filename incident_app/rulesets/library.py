"""The shelf of rulesets: read once, and refused when two wordings of one statute are in force on one day."""

from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from incident_app.assets import asset_dir
from incident_app.domain.errors import NotFound
from incident_app.rulesets.closed_days import CLOSED_DAYS
from incident_app.rulesets.definition import Ruleset
from incident_app.rulesets.reading import read_ruleset
from incident_app.rulesets.tables import read_table


@cache
def rulesets() -> dict[str, Ruleset]:
    """Return every ruleset in workflows/rulesets/ by name. Raises RulesetMistake when one is wrong."""
    return read_rulesets(asset_dir("workflows") / "rulesets")


def read_rulesets(folder: Path) -> dict[str, Ruleset]:
    """Read and check all rulesets in `folder`, and that the wordings of each statute follow one another."""
    files = [file for file in sorted(folder.glob("*.toml")) if file.name != CLOSED_DAYS]
    found = {file.stem: read_ruleset(file) for file in files}
    _refuse_overlaps(folder, [each for each in found.values() if each.effective_from])
    return found


def ruleset_named(name: str) -> Ruleset:
    """Return one ruleset. Raises NotFound, which names those that there are."""
    if name not in rulesets():
        known = ", ".join(rulesets())
        raise NotFound(
            f"法令データ「{name}」はありません。あるもの：{known}",
            f"There is no ruleset {name!r}; there are {known}.",
        )
    return rulesets()[name]


def in_force(day: date) -> list[Ruleset]:
    """Return the rulesets that are law on a day, by name."""
    return [each for each in rulesets().values() if each.is_in_force(day)]


def _refuse_overlaps(folder: Path, dated: list[Ruleset]) -> None:
    dated.sort(key=lambda each: (each.statute, each.effective_from or date.min))
    for earlier, later in pairwise(dated):
        if earlier.statute == later.statute and earlier.is_in_force(later.effective_from or date.min):
            table, _ = read_table(folder / f"{later.name}.toml")
            raise table.mistake(
                "effective_from",
                f"begins on {later.effective_from} while {earlier.name} of the same statute is still in force",
            )
