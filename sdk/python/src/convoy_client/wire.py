"""A strict reader and a writer of deterministic CBOR (RFC 8949 section 4.2.1) for formats decoded by hand.

What the reader accepts, the writer would have written: shortest heads, definite lengths, no floats, no tags but those
asked for. General CBOR decoders read more than one encoding of a value, and here two byte strings must never be the same
statement.

Invariants: nothing is read past the end, nothing is allocated for a length whose bytes are not there, and a fault has the
offset of the first byte at fault.
"""

from __future__ import annotations

import builtins
from typing import Final, Literal, NoReturn

WireFault = Literal["truncated", "trailing", "not_shortest", "wrong_type", "out_of_range", "not_utf8"]

_WORDS: Final[dict[WireFault, str]] = {
    "truncated": "the bytes end inside this item",
    "trailing": "bytes follow the last item",
    "not_shortest": "the encoding is not the shortest, definite-length one",
    "wrong_type": "an item of another type stands here",
    "out_of_range": "the number is outside the range of this field",
    "not_utf8": "the text is not UTF-8",
}

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_NULL: Final = 0xF6


class WireError(Exception):
    """What is wrong with the bytes, and at which offset."""

    def __init__(self, fault: WireFault, at: int) -> None:
        super().__init__(f"{_WORDS[fault]} (byte {at})")
        self.fault: WireFault = fault
        self.at = at


class Reader:
    """Reads items one after another."""

    def __init__(self, data: builtins.bytes) -> None:
        self._data = data
        self.at = 0

    def _fail(self, fault: WireFault) -> NoReturn:
        raise WireError(fault, self.at)

    def _head(self, major: builtins.int) -> builtins.int:
        if self.at >= len(self._data):
            self._fail("truncated")
        first = self._data[self.at]
        if first >> 5 != major:
            self._fail("wrong_type")
        info = first & 0x1F
        if info < 24:
            self.at += 1
            return info
        return self._long_head(info)

    def _long_head(self, info: builtins.int) -> builtins.int:
        if info > 27:
            self._fail("not_shortest")
        width = 1 << (info - 24)
        raw = self._data[self.at + 1 : self.at + 1 + width]
        if len(raw) < width:
            self._fail("truncated")
        argument = int.from_bytes(raw, "big")
        if argument < (24 if width == 1 else 1 << (4 * width)):
            self._fail("not_shortest")
        self.at += 1 + width
        return argument

    def uint(self) -> builtins.int:
        """Reads an unsigned integer."""
        return self._head(_UINT)

    def uint_max(self, most: builtins.int) -> builtins.int:
        """Reads an unsigned integer of at most ``most``."""
        start = self.at
        value = self.uint()
        if value > most:
            self.at = start
            self._fail("out_of_range")
        return value

    def uint_exact(self, expected: builtins.int) -> None:
        """Reads the unsigned integer ``expected``, such as a version."""
        start = self.at
        if self.uint() != expected:
            self.at = start
            self._fail("out_of_range")

    def int(self) -> builtins.int:
        """Reads an integer of either sign that fits 64 bits."""
        start = self.at
        negative = start < len(self._data) and self._data[start] >> 5 == _NINT
        argument = self._head(_NINT if negative else _UINT)
        if argument >= 1 << 63:
            self.at = start
            self._fail("out_of_range")
        return -1 - argument if negative else argument

    def _string(self, major: builtins.int) -> builtins.bytes:
        start = self.at
        length = self._head(major)
        if length > len(self._data) - self.at:
            self.at = start
            self._fail("truncated")
        content = self._data[self.at : self.at + length]
        self.at += length
        return content

    def bytes(self) -> builtins.bytes:
        """Reads a byte string."""
        return self._string(_BYTES)

    def bytes_exact(self, length: builtins.int) -> builtins.bytes:
        """Reads a byte string of exactly ``length`` bytes."""
        start = self.at
        content = self.bytes()
        if len(content) != length:
            self.at = start
            self._fail("out_of_range")
        return content

    def text(self) -> str:
        """Reads a text string."""
        start = self.at
        try:
            return self._string(_TEXT).decode("utf-8")
        except UnicodeDecodeError:
            self.at = start
            self._fail("not_utf8")

    def _container(self, major: builtins.int, bytes_per_item: builtins.int) -> builtins.int:
        """Every item takes a byte at least, so a length past the bytes left is a truncation."""
        start = self.at
        length = self._head(major)
        if length > (len(self._data) - self.at) // bytes_per_item:
            self.at = start
            self._fail("truncated")
        return length

    def array(self) -> builtins.int:
        """Reads the head of an array and returns its length."""
        return self._container(_ARRAY, 1)

    def array_of(self, length: builtins.int) -> None:
        """Reads the head of an array of exactly ``length`` items."""
        start = self.at
        if self.array() != length:
            self.at = start
            self._fail("out_of_range")

    def map(self) -> builtins.int:
        """Reads the head of a map and returns how many pairs it has."""
        return self._container(_MAP, 2)

    def tag(self, number: builtins.int) -> None:
        """Reads the tag ``number``."""
        start = self.at
        if self._head(_TAG) != number:
            self.at = start
            self._fail("wrong_type")

    def null(self) -> bool:
        """Reads ``null`` if it stands here, and says whether it did."""
        is_null = self._data[self.at : self.at + 1] == bytes([_NULL])
        self.at += is_null
        return is_null

    def end(self) -> None:
        """Ends the reading: nothing may follow."""
        if self.at != len(self._data):
            self._fail("trailing")


class Writer:
    """Appends items to a buffer. The order of map keys is the caller's."""

    def __init__(self) -> None:
        self._data = bytearray()

    def finish(self) -> builtins.bytes:
        """The bytes written."""
        return bytes(self._data)

    def _head(self, major: builtins.int, argument: builtins.int) -> Writer:
        top = major << 5
        if argument < 24:
            self._data.append(top | argument)
            return self
        power = 0 if argument < 1 << 8 else 1 if argument < 1 << 16 else 2 if argument < 1 << 32 else 3
        self._data.append(top | (24 + power))
        self._data += argument.to_bytes(1 << power, "big")
        return self

    def uint(self, value: builtins.int) -> Writer:
        """Writes an unsigned integer, 0 to 2^64 - 1."""
        return self._head(_UINT, value)

    def int(self, value: builtins.int) -> Writer:
        """Writes an integer of either sign, -2^64 to 2^64 - 1."""
        return self._head(_NINT, -1 - value) if value < 0 else self._head(_UINT, value)

    def bytes(self, content: builtins.bytes) -> Writer:
        """Writes a byte string."""
        return self._head(_BYTES, len(content)).raw(content)

    def text(self, content: str) -> Writer:
        """Writes a text string."""
        encoded = content.encode("utf-8")
        return self._head(_TEXT, len(encoded)).raw(encoded)

    def array(self, length: builtins.int) -> Writer:
        """Writes the head of an array."""
        return self._head(_ARRAY, length)

    def map(self, pairs: builtins.int) -> Writer:
        """Writes the head of a map."""
        return self._head(_MAP, pairs)

    def tag(self, number: builtins.int) -> Writer:
        """Writes a tag."""
        return self._head(_TAG, number)

    def null(self) -> Writer:
        """Writes ``null``."""
        self._data.append(_NULL)
        return self

    def raw(self, encoded: builtins.bytes) -> Writer:
        """Appends bytes that are encoded already."""
        self._data += encoded
        return self
