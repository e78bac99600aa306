"""Words in two languages, and a mistake in a file that people write: which file, which line, what is wrong there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Japanese and English."""

    ja: str
    en: str

    def said_in(self, language: str) -> str:
        """Return the words in `language` ("ja" or "en")."""
        return self.en if language == "en" else self.ja


class FileMistake(ValueError):
    """A file that cannot be used; said as "file:line: what"."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")
        self.file = file
        self.line = line
        self.what = what
