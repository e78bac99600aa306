"""The shelf of workflow definitions: read once, and held against the list of released digests."""

import tomllib
from functools import cache
from pathlib import Path

from incident_app.assets import asset_dir
from incident_app.domain.incident import Incident
from incident_app.engine.definition import Workflow, WorkflowMistake, read_workflow
from incident_app.engine.needs import NEEDS


@cache
def shelf() -> dict[tuple[str, int], Workflow]:
    """Return every definition in workflows/ by name and version.

    Raises WorkflowMistake when one is wrong, or when a released one was changed: incidents end
    under the very rules that they began with.
    """
    return read_shelf(asset_dir("workflows"))


def read_shelf(folder: Path) -> dict[tuple[str, int], Workflow]:
    """Read and check all definitions below `folder`."""
    released = tomllib.loads((folder / "released.toml").read_text(encoding="utf-8"))
    found = {}
    for file in sorted(folder.glob("*/v*.toml")):
        workflow = read_workflow(file, frozenset(NEEDS))
        if file != folder / workflow.name / f"v{workflow.version}.toml":
            raise WorkflowMistake(
                str(file), 1, f"calls itself {workflow.name} version {workflow.version}: name the file so"
            )
        frozen = released.get(workflow.name, {}).get(f"v{workflow.version}")
        if frozen is not None and frozen != workflow.digest:
            raise WorkflowMistake(
                str(file),
                1,
                "was changed after its release; write the next version beside it instead",
            )
        found[workflow.name, workflow.version] = workflow
    return found


def newest(name: str) -> Workflow:
    """Return the newest version of a workflow, under which new incidents begin."""
    return max((w for w in shelf().values() if w.name == name), key=lambda w: w.version)


def workflow_of(incident: Incident) -> Workflow:
    """Return the definition that an incident began under."""
    return shelf()[incident.workflow, incident.workflow_version]
