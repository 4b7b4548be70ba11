"""The test vectors that all languages share: ``sdk/vectors``, written by the Rust verifier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "vectors"


def load(name: str) -> Any:
    """One file of JSON."""
    return json.loads((FOLDER / name).read_text("utf-8"))


def value_of(vector: Any) -> Any:
    """A value to encode, from JSON with ``$bytes``, ``$int`` and ``$map`` for what JSON cannot say."""
    if isinstance(vector, list):
        return [value_of(item) for item in vector]
    if not isinstance(vector, dict):
        return vector
    if "$bytes" in vector:
        return bytes.fromhex(vector["$bytes"])
    if "$int" in vector:
        return int(vector["$int"])
    if "$map" in vector:
        return {value_of(key): value_of(member) for key, member in vector["$map"]}
    return {key: value_of(member) for key, member in vector.items()}
