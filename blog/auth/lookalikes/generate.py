"""Makes `table.txt` of Unicode's confusables.txt.

    python -m blog.auth.lookalikes.generate confusables.txt

The file is at https://www.unicode.org/Public/security/latest/confusables.txt. A character that compatibility
decomposition takes apart is left out: `skeleton` never meets it. After a change of the table: `flask check --repair`.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

from blog.auth.lookalikes import TABLE

HEADER = """\
# What characters look like: made of confusables.txt by blog.auth.lookalikes.generate; not edited by hand.
# Each line: what it looks like, then the characters that do, in hexadecimal.
# Unicode {version}. Copyright Unicode, Inc., under the Unicode License v3, https://www.unicode.org/license.txt
"""
VERSION = re.compile(r"^# Version: ([\d.]+)", re.MULTILINE)
LINE = re.compile(r"^([0-9A-F]++) *+;\s*+([0-9A-F]++(?: [0-9A-F]++)*) *+;", re.MULTILINE)


def table_of(confusables: str) -> str:
    """The text of `table.txt`."""
    looks: dict[str, list[str]] = defaultdict(list)
    for source, target in LINE.findall(confusables):
        if unicodedata.normalize("NFKD", chr(int(source, 16))) == chr(int(source, 16)):
            looks[target].append(source)
    version = VERSION.search(confusables)
    lines = (f"{target}: {' '.join(sources)}\n" for target, sources in looks.items())
    return HEADER.format(version=version[1] if version else "of unknown version") + "".join(lines)


if __name__ == "__main__":
    TABLE.write_text(table_of(Path(sys.argv[1]).read_text(encoding="utf-8-sig")), encoding="ascii")
