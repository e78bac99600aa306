"""Where the data folders lie: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def asset_dir(name: str) -> Path:
    """Return the folder `name` ("workflows", "notice_templates" or "migrations").

    Raises FileNotFoundError when the installation is incomplete.
    """
    for folder in (_PACKAGE.parent / name, _PACKAGE / "_assets" / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{name}/ is missing from this installation; install incident-app again")
