"""`incident workflow`: the definitions under which incidents run."""

import click

from incident_app.cli.shared import as_json, in_language, in_words, show
from incident_app.domain.errors import NotFound
from incident_app.engine.diagram import draw
from incident_app.engine.library import newest, shelf
from incident_app.rulesets.closed_days import closed_days
from incident_app.rulesets.library import rulesets


@click.group()
def workflow() -> None:
    """Workflow definitions."""


@workflow.command("check")
@as_json
@in_words
def workflow_check(as_json: bool) -> None:
    """Read every definition; say file, line and mistake, or list them with their digests.

    The rulesets and the calendar are read as well; `incident deadlines rulesets` lists them.
    """
    rulesets()
    closed_days()
    rows = [
        {"name": w.name, "version": w.version, "steps": len(w.steps), "sha256": w.digest}
        for w in shelf().values()
    ]
    show(rows, as_json, "{name} v{version}: {steps} steps, sha256 {sha256}")


@workflow.command("draw")
@click.option("--name", default="article16")
@in_language
@in_words
def workflow_draw(name: str, language: str) -> None:
    """Draw the newest version as Mermaid state diagrams."""
    if name not in {known for known, _ in shelf()}:
        raise NotFound(f"手続定義 {name} はありません。", f"There is no workflow {name}.")
    click.echo(draw(newest(name), language), nl=False)
