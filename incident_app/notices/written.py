"""Objects of a PDF that are written out already."""

import pydyf  # type: ignore[import-untyped]  # publishes no types


class Written(pydyf.Object):  # type: ignore[misc]  # pydyf publishes no types
    """An object as its bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    def write(self, data: bytes) -> None:
        """Write it anew, now that its number is known to others."""
        self._data = data

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self._data
