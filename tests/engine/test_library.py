"""The shelf of definitions: released ones are frozen, new cases take the newest."""

import hashlib
import shutil
from pathlib import Path

import pytest

from incident_app.assets import asset_dir
from incident_app.engine.definition import WorkflowMistake
from incident_app.engine.library import newest, read_shelf, workflow_of
from tests.builders import a_bare_incident
from tests.cast import TANAKA
from tests.conftest import WorkOf, only_on_sqlite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shelf with article16 version 1, released."""
    shutil.copytree(asset_dir("workflows"), tmp_path / "shelf")
    v1 = tmp_path / "shelf" / "article16" / "v1.toml"
    digest = hashlib.sha256(v1.read_bytes()).hexdigest()
    (tmp_path / "shelf" / "released.toml").write_text(f'[article16]\nv1 = "{digest}"\n', encoding="utf-8")
    return tmp_path / "shelf"


def test_a_released_definition_is_taken_as_it_was(folder: Path) -> None:
    """The digest in the list is the one of the file, as anybody can compute it."""
    assert list(read_shelf(folder)) == [("article16", 1)]


def test_a_released_definition_that_was_changed_is_refused(folder: Path) -> None:
    """Incidents end under the very rules that they began with; not even a comment may change."""
    v1 = folder / "article16" / "v1.toml"
    v1.write_text(v1.read_text(encoding="utf-8") + "# a word\n", encoding="utf-8")
    with pytest.raises(WorkflowMistake, match="write the next version beside it") as refusal:
        read_shelf(folder)
    assert refusal.value.file == str(v1)


def test_the_next_version_stands_beside_the_released_one(folder: Path) -> None:
    """Open cases go on under the first, new ones begin under the second."""
    v1 = (folder / "article16" / "v1.toml").read_text(encoding="utf-8")
    v2 = v1.replace("version = 1", "version = 2", 1)
    (folder / "article16" / "v2.toml").write_text(v2, encoding="utf-8")
    assert sorted(read_shelf(folder)) == [("article16", 1), ("article16", 2)]


def test_a_definition_stands_under_its_own_name(folder: Path) -> None:
    """A copy that still calls itself version 1 would push the real one off the shelf."""
    shutil.copy(folder / "article16" / "v1.toml", folder / "article16" / "v2.toml")
    with pytest.raises(WorkflowMistake, match="calls itself article16 version 1"):
        read_shelf(folder)


@only_on_sqlite
def test_a_case_keeps_the_definition_it_began_under(work_of: WorkOf) -> None:
    """Name, version and digest are on the case, so that an auditor can hold the file against it."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        assert workflow_of(incident) is newest("article16")
        assert incident.workflow_digest == workflow_of(incident).digest
