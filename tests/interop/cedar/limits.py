"""Writes each policy of a file as the fields of the action `put`: limits.py FILE FOLDER."""

import json
import pathlib
import re
import sys


def main() -> None:
    source, folder = (pathlib.Path(name) for name in sys.argv[1:3])
    folder.mkdir()
    for text in source.read_text().split("\n\n"):
        named = re.search(r'@id\("([^"]+)"\)', text)
        if named:
            fields = {"id": named[1], "text": text.strip()}
            (folder / f"{named[1]}.json").write_text(json.dumps(fields))


main()
