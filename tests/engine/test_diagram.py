"""The drawing is made from the definition, so it cannot tell another story."""

import pytest

from incident_app.engine.diagram import draw
from incident_app.engine.library import newest

ARTICLE_16 = newest("article16")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_step_is_drawn_from_each_of_its_states_with_its_paragraph(language: str) -> None:
    """An officer who reads the drawing instead of the file misses nothing."""
    lines = [line.strip() for line in draw(ARTICLE_16, language).splitlines()]
    for step in ARTICLE_16.steps.values():
        for source in step.sources:
            arrow = f"{source} --> {step.target or source}: {step.label.said_in(language)} ({step.clause})"
            assert arrow in lines, step.name
    arrows = [line for line in lines if "-->" in line and not line.startswith("[*]")]
    assert len(arrows) == sum(len(step.sources) for step in ARTICLE_16.steps.values())


def test_every_duty_begins_where_the_definition_says() -> None:
    """One diagram for each track, and each state of it with its words."""
    text = draw(ARTICLE_16)
    diagrams = text.split("stateDiagram-v2\n")[1:]
    assert len(diagrams) == len(ARTICLE_16.tracks)
    for diagram, track in zip(diagrams, ARTICLE_16.tracks.values(), strict=True):
        assert f"    [*] --> {track.start}\n" in diagram
        assert track.label.ja in diagram and track.clause in diagram
        for name, label in track.states.items():
            assert f"    {name}: {label.ja}\n" in diagram
