"""Who stood in the list already: a few dozen bytes for each, and nothing that could be read back."""

from array import array

_SMALLEST = 1 << 10


class Known:
    """From 64-bit hashes to ordinals, in flat memory.

    A dict would take ten times as much: ten million persons fit in 200 MB here. Open addressing with
    linear probing, at most two thirds full. Two keys with one hash are taken for one; among ten million
    that happens to one list in 370,000.
    """

    def __init__(self) -> None:
        self._hashes = array("q", bytes(8 * _SMALLEST))
        self._ordinals = array("I", bytes(4 * _SMALLEST))
        self._mask = _SMALLEST - 1
        self._room = _SMALLEST * 2 // 3

    def find_or_add(self, hashed: int, ordinal: int) -> int:
        """Return the ordinal that stands under this hash; when there is none, put `ordinal` there."""
        hashed = hashed or 1  # 0 marks a free place
        hashes, mask = self._hashes, self._mask
        place = hashed & mask
        while here := hashes[place]:
            if here == hashed:
                return self._ordinals[place]
            place = (place + 1) & mask
        hashes[place] = hashed
        self._ordinals[place] = ordinal
        self._room -= 1
        if not self._room:
            self._grow()
        return ordinal

    def _grow(self) -> None:
        size = 2 * len(self._hashes)
        hashes, ordinals, mask = array("q", bytes(8 * size)), array("I", bytes(4 * size)), size - 1
        for hashed, ordinal in zip(self._hashes, self._ordinals, strict=True):
            if hashed:
                place = hashed & mask
                while hashes[place]:
                    place = (place + 1) & mask
                hashes[place] = hashed
                ordinals[place] = ordinal
        self._hashes, self._ordinals, self._mask = hashes, ordinals, mask
        self._room = size * 2 // 3 - size // 3
