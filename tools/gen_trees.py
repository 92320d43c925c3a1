#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the code systems of data/ that have a hierarchy into the const tables of src/fhir/tree.c. Run by the build; standard library only.

usage: gen_trees.py CIM10_TSV CIS_ATC_TSV OUT_C

CIM-10: codes under their prefixes, categories in blocks, blocks in chapters, as the columns of the file say. ATC: the five levels are prefixes of 1, 3, 4, 5 and
7 characters. Codes are sorted, so that what lies below one is a run. A block or chapter that is no run stops the build.
"""
import csv
import sys

ROMAN = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII', 'XIII', 'XIV', 'XV', 'XVI', 'XVII', 'XVIII', 'XIX', 'XX', 'XXI', 'XXII']


def rows(path):
    with open(path, encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


def runs(codes, group_of):
    """[(name, first, n)] of equal neighbours; each name once."""
    out = []
    for i, code in enumerate(codes):
        name = group_of[code]
        if out and out[-1][0] == name:
            out[-1][2] += 1
        else:
            out.append([name, i, 1])
    out = [r for r in out if r[0]]  # a few codes are in no block
    if len({name for name, _, _ in out}) != len(out):
        raise SystemExit('a block or chapter is no run of codes')
    return out


def codes_put(w, name, codes):
    w('const char %s[][8] = {\n' % name)
    for i in range(0, len(codes), 16):
        w(','.join('"%s"' % c for c in codes[i:i + 16]) + ',\n')
    w('};\nconst unsigned %s_n = %d;\n' % (name, len(codes)))


def groups_put(w, name, groups):
    w('const struct tree_group %s[] = {\n' % name)
    for group in groups:
        w('{"%s",%d,%d},\n' % tuple(group))
    w('};\nconst unsigned %s_n = %d;\n' % (name, len(groups)))


def main():
    cim = {r['code']: r for r in rows(sys.argv[1])}
    codes = sorted(cim, key=lambda c: c.encode())
    atc = sorted({r['atc'][:n] for r in rows(sys.argv[2]) for n in (1, 3, 4, 5, 7) if len(r['atc']) >= n}, key=lambda c: c.encode())
    if max(map(len, codes)) > 7 or max(map(len, atc)) > 7:
        raise SystemExit('a code longer than seven characters')
    with open(sys.argv[3], 'w', encoding='utf-8') as f:
        w = f.write
        w('/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tools/gen_trees.py from data: do not edit. */\n#include "tree.h"\n\n')
        codes_put(w, 'tree_cim10', codes)
        groups_put(w, 'tree_cim10_blocks', runs(codes, {c: r['groupe'] for c, r in cim.items()}))
        groups_put(w, 'tree_cim10_chapters', runs(codes, {c: ROMAN[int(r['chapitre'])] for c, r in cim.items()}))
        codes_put(w, 'tree_atc', atc)


if __name__ == '__main__':
    main()
