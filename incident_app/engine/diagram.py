"""A workflow as a drawing: one Mermaid state diagram for each track, made from the definition itself."""

from incident_app.engine.definition import TrackRule, Workflow


def draw(workflow: Workflow, language: str = "ja") -> str:
    """Return the whole workflow as Mermaid text, each step with its paragraph."""
    return "\n".join(_track(workflow, track, language) for track in workflow.tracks.values())


def _track(workflow: Workflow, track: TrackRule, language: str) -> str:
    lines = ["stateDiagram-v2", f"    %% {track.label.said_in(language)} ({track.clause})"]
    lines += [f"    {name}: {label.said_in(language)}" for name, label in track.states.items()]
    lines.append(f"    [*] --> {track.start}")
    for step in workflow.steps.values():
        if step.track == track.name:
            for source in step.sources:
                target = step.target or source
                lines.append(f"    {source} --> {target}: {step.label.said_in(language)} ({step.clause})")
    return "\n".join(lines) + "\n"
