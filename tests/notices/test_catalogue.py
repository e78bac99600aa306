"""Template folders are checked when they are read, not in the night they are needed."""

import shutil
from pathlib import Path

import pytest

from incident_app.assets import asset_dir
from incident_app.notices.catalogue import Template, TemplateMistake, catalogue, read_catalogue


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the templates, for making mistakes in."""
    return shutil.copytree(asset_dir("notice_templates"), tmp_path / "notice_templates")


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_document_of_article_16_has_its_template() -> None:
    """Report, instruct, acknowledge, notify, post, publish: no duty is without its paper."""
    assert set(catalogue()) == {
        "first_report",
        "follow_up_report",
        "final_report",
        "instruction_sheet",
        "receipt",
        "statutory_final",
        "statutory_preliminary",
        "statutory_supplement",
        "individual_notice",
        "substitute_notice",
        "publication",
        "disposal_certificate",
    }


@pytest.mark.parametrize("template", catalogue().values(), ids=lambda template: template.name)
def test_a_template_asks_for_exactly_the_fields_it_declares(template: Template) -> None:
    """No field is used in secret and none is collected for nothing."""
    assert set(template.fields) == template.fields_used()


@pytest.mark.parametrize("template", catalogue().values(), ids=lambda template: template.name)
def test_a_template_cites_its_paragraph(template: Template) -> None:
    """Whoever receives a paper can look up on what it rests: the annex, or, towards the authority, the law."""
    law = "個人情報の保護に関する法律第"
    annex = "第7条第" if template.name == "disposal_certificate" else "第16条第"
    assert template.clause.startswith(law if template.addressed_to == "authority" else annex)


def test_no_shared_field_is_left_over(root: Path) -> None:
    """The layouts' fields are declared once for all; one that nothing prints is a leftover."""
    used = {name for template in catalogue().values() for name in template.fields}
    shared = (root / "_layout" / "fields.toml").read_text(encoding="utf-8")
    declared = {line[8:-1] for line in shared.splitlines() if line.startswith("[fields.")}

    assert declared <= used


def test_an_undeclared_field_is_refused_with_its_line(root: Path) -> None:
    """A field that nobody declared would come from nowhere."""
    letter = root / "article16" / "receipt" / "letter.html.j2"
    change(letter, "<p>次の文書を受領しました。</p>", "<p>{{ blood_type }}</p>")

    with pytest.raises(TemplateMistake, match="blood_type") as refused:
        read_catalogue(root)

    assert (refused.value.file.name, refused.value.line) == ("letter.html.j2", 4)
    assert "宣言のない項目" in refused.value.ja
    assert "not declared" in refused.value.en


def test_a_field_asked_for_in_secret_by_the_email_is_refused(root: Path) -> None:
    """Each of the three texts is checked, not only the one that people look at."""
    change(root / "article16" / "receipt" / "email.txt.j2", "{{ received_by }}", "{{ my_number }}")

    with pytest.raises(TemplateMistake, match="my_number"):
        read_catalogue(root)


def test_an_unused_field_is_refused_with_its_line(root: Path) -> None:
    """Asking people at 2 a.m. for something that is printed nowhere is a cruelty."""
    toml = root / "article16" / "receipt" / "notice.toml"
    change(
        toml,
        "[fields.received_document]",
        '[fields.shoe_size]\nlabel = "靴"\nlabel_en = "Shoe"\nfrom = "x.y"\n\n[fields.received_document]',
    )

    with pytest.raises(TemplateMistake, match="shoe_size") as refused:
        read_catalogue(root)

    assert refused.value.line == 7


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title_en = "Receipt"', 'titel_en = "Receipt"', "titel_en"),
        ('title_en = "Receipt"', "", "title_en"),
        ('"counterpart"', '"everybody"', "everybody"),
        ('"email"]', '"pigeon"]', "pigeon"),
        ('label_en = "Version"', 'label_en = "Version"\nkind = "poem"', "poem"),
        ('label_en = "Version"', 'label_en = "Version"\nkind = "table"', "columns"),
        ('label_en = "Version"', 'label_en = "Version"\nrequired = "no"', "required"),
        ("[fields.received_version]", "[fields.title]", "title"),
        ('title = "受領書"', 'title = "受領書', "TOML"),
    ],
)
def test_a_mistake_in_the_declaration_is_refused(root: Path, old: str, new: str, said: str) -> None:
    """Typing errors are found when the installation starts, and are named."""
    change(root / "article16" / "receipt" / "notice.toml", old, new)

    with pytest.raises(TemplateMistake, match=said):
        read_catalogue(root)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("_layout/document.html.j2", "_layout/documents.html.j2", "documents.html.j2"),
        ("| both_calendars", "| lunar_calendar", "lunar_calendar"),
    ],
)
def test_a_page_that_draws_in_what_does_not_exist_is_refused(
    root: Path, old: str, new: str, said: str
) -> None:
    """A wrong layout or filter would otherwise show itself when the notice is needed."""
    change(root / "article16" / "receipt" / "letter.html.j2", old, new)

    with pytest.raises(TemplateMistake, match=said):
        read_catalogue(root)


def test_a_missing_file_is_refused(root: Path) -> None:
    """A notice without its plain text could not be mailed."""
    (root / "article16" / "receipt" / "email.txt.j2").unlink()

    with pytest.raises(TemplateMistake, match=r"receipt/email\.txt\.j2"):
        read_catalogue(root)


def test_broken_template_syntax_is_refused_with_its_line(root: Path) -> None:
    """An office that edits its own wording gets told where, not a traceback in the night."""
    change(root / "article16" / "receipt" / "subject.txt.j2", "{{ incident_number }}", "{{ incident_number }")

    with pytest.raises(TemplateMistake, match=r"subject\.txt\.j2:1"):
        read_catalogue(root)
