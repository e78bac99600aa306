"""The benchmarks run, and prove what they say; how fast this machine is today proves nothing."""

import json
import shutil

import pytest

from tests.bench.__main__ import main


def test_a_sweep_finds_what_is_due_by_its_index(capsys: pytest.CaptureFixture[str]) -> None:
    """Nine thousand deadlines that are not due are not read, on either database."""
    assert main(["deadlines", "--sizes", "1000", "10000", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "sqlite" in found["databases"]
    for database in found["databases"].values():
        assert [row["open"] for row in database["rows"]] == [1000, 10000]
        assert all(row["sweep_ms"] > 0 and row["anchor_ms"] > 0 for row in database["rows"])
        assert database["index_used"]


@pytest.mark.skipif(
    shutil.which("sqlite3") is None, reason="the anchor is the sqlite3 shell, which is not here"
)
def test_the_import_is_measured_beside_its_anchor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It measures an import that put everybody on record, else it stops."""
    monkeypatch.delenv("INCIDENT_TEST_POSTGRES", raising=False)
    assert main(["import", "--sizes", "500", "--rounds", "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out.splitlines()[-1])["rows"]
    assert row["size"] == 500 and row["anchor_s"] > 0
    assert row["sqlite"]["s"] > 0 and row["sqlite"]["memory_mb"] > 0


def test_a_benchmark_that_is_not_there_is_answered_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`./run bench` takes a name."""
    assert main(["moonlight"]) == 2
    assert "deadlines" in capsys.readouterr().out
