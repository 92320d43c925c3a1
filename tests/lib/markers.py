# SPDX-License-Identifier: Apache-2.0
"""Looks for a text in files, in every spelling that a store might use: what a thief of the disk finds. For tests/fault/test_sealed.py, which has the control, and bench/replay."""
import base64
import json
import re
import unicodedata
from pathlib import Path


def folded(text):
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^0-9a-z]+", " ", plain).strip()


def forms(text):
    """Each spelling as bytes. Base64 stands at three offsets; its first and last letters depend on the neighbours and are left away."""
    plain = {text, text.upper(), text.casefold(), folded(text), folded(text).replace(" ", ""), text[::-1], folded(text)[::-1], json.dumps(text)[1:-1]}
    if sum(c.isdigit() for c in text) > 6:
        plain.add(re.sub(r"\D", "", text))
    out = {t.encode() for t in plain} | {text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode().hex().encode(), text.encode().hex().upper().encode()}
    out |= {text.encode("latin-1", "replace"), text.encode("utf-16-le").hex().encode(), text.encode()[::-1]}
    for raw in (text.encode(), folded(text).encode(), text.encode("utf-16-le"), text.encode("latin-1", "replace")):
        for shift in range(3):
            code = base64.b64encode(b"\0" * shift + raw)
            cut = code[4 if shift else 0:len(code) - 4]
            out |= {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}
    return sorted(f for f in out if len(f) >= 6)


def hits(directory, marks):
    """(file, marker) for each marker found in any file of the directory. Blocks of zeros (the ledger's preallocated tail) are stepped over."""
    found = set()
    for path in Path(directory).rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        with open(path, "rb") as f:
            data = b"".join(block for block in iter(lambda: f.read(1 << 16), b"") if block.count(0) != len(block))
        found |= {(path.name, name) for name, text in marks.items() if any(form in data for form in forms(text))}
    return found


def found_in(data, marks):
    return {name for name, text in marks.items() if any(form in data for form in forms(text))}
