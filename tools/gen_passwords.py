#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The words that a password must not be made of, as a C table of fingerprints (data/passwords/README.md says where they come from).

  gen_passwords.py build SOURCE_ROOT OUT.c    two sorted arrays: password_near (what attackers try first) and password_far (French words)
  gen_passwords.py french FR.DIC OUT.txt      makes data/passwords/french.txt of a hunspell dictionary: its lemmas without accents

A fingerprint is FNV-1a of 32 bits over the folded word: letters without accents in lower case, digits. src/hospital/password.c computes the same.
"""
import sys
import unicodedata
from pathlib import Path

LEAST, MOST = 4, 26          # PASSWORD_WORD_LEAST, PASSWORD_WORD_MOST of password.c
NAMES, TOWNS = 3000, 1000    # first names by number of bearers, communes by population
SPELLED = {"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d"}


def fold(word):
    text = unicodedata.normalize("NFKD", word).casefold()
    text = "".join(SPELLED.get(c, c) for c in text if not unicodedata.combining(c))
    return "".join(c for c in text if c.isascii() and c.isalnum())


def kept(words):
    return {w for w in map(fold, words) if LEAST <= len(w) <= MOST}


def fingerprint(word):
    h = 0x811C9DC5
    for b in word.encode("ascii"):
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return h


def rows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"))) for line in lines[1:]]


def lines(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def near_words(data):
    bearers = {}
    for row in rows(data / "identites/prenoms.tsv"):
        bearers[row["prenom"]] = bearers.get(row["prenom"], 0) + int(row["total"])
    towns = {row["nom"]: int(row["population"] or 0) for row in rows(data / "lieux/communes.tsv") if row["type"] == "COM"}
    most = lambda counts, n: sorted(counts, key=lambda name: (-counts[name], name))[:n]
    return kept(lines(data / "passwords/common.txt") + lines(data / "passwords/french_common.txt") + most(bearers, NAMES) + most(towns, TOWNS))


def array(out, name, words):
    prints = sorted({fingerprint(w) for w in words})
    out.write(f"const uint32_t {name}[] = {{\n")
    for i in range(0, len(prints), 12):
        out.write("\t" + " ".join(f"0x{p:08x}," for p in prints[i:i + 12]) + "\n")
    out.write(f"}};\nconst size_t {name}_count = {len(prints)};\n")


def build(root, target):
    data = Path(root) / "data"
    near = near_words(data)
    far = kept(lines(data / "passwords/french.txt")) - near
    with open(target, "w", encoding="ascii") as out:
        out.write("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tools/gen_passwords.py at build time. */\n#include \"hospital/password_words.h\"\n\n")
        array(out, "password_near", near)
        array(out, "password_far", far)


HEAD = """# French lemmas of the Dicollecte dictionary, without accents; origin: README.md
# This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not distributed with this file,
# You can obtain one at http://mozilla.org/MPL/2.0/.
"""


def french(source, target):
    words = set()
    for line in Path(source).read_text(encoding="utf-8").splitlines()[1:]:
        words |= kept([line.split("\t")[0].split(" ")[0].split("/")[0]])
    words = sorted(w for w in words if not any(c.isdigit() for c in w))
    Path(target).write_text(HEAD + "\n".join(words) + "\n", encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("build", "french"):
        sys.exit(__doc__)
    {"build": build, "french": french}[sys.argv[1]](sys.argv[2], sys.argv[3])
