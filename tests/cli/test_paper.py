"""`incident notices test-sheet`: a sheet to be folded and looked at before anything is printed for real."""

from pathlib import Path

from click.testing import CliRunner, Result

from incident_app.cli import main
from tests.cli.terminal import speaks_both


def a_sheet(file: Path, envelope: str = "") -> Result:
    settings = {"INCIDENT_SECRET": "s", "INCIDENT_MASTER_KEY": "k", "INCIDENT_ENVELOPE": envelope}
    return CliRunner().invoke(
        main, ["notices", "test-sheet", str(file)], env=settings, catch_exceptions=False
    )


def test_the_sheet_is_written_without_any_database(tmp_path: Path) -> None:
    """Whoever buys envelopes has no case to hand."""
    result = a_sheet(tmp_path / "sheet.pdf")

    assert (result.exit_code, result.output) == (0, "65 x 24 mm\n")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


def test_an_envelope_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    """And nothing is written."""
    result = a_sheet(tmp_path / "sheet.pdf", "barcode=8")

    assert result.exit_code == 2 and speaks_both(result.output)
    assert "slack_x" in result.output and not (tmp_path / "sheet.pdf").exists()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder that is not there."""
    result = a_sheet(tmp_path / "nowhere" / "sheet.pdf")
    assert result.exit_code == 2 and speaks_both(result.output)
