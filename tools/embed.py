#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns files into C arrays, so that a binary needs nothing beside itself.

embed.py OUT.c OUT.h NAME FILE…

OUT.h declares   struct embedded { const char *name; const unsigned char *bytes; size_t n; const char *sha256; };
                 extern const struct embedded NAME[];  extern const size_t NAME_count;
Rows are sorted by name (the file's base name); each array is followed by a NUL byte that n does not count, so that
text can be used as a C string. sha256 is the checksum of the bytes in lower-case hexadecimal.
Called by meson (custom_target); used for migrations, assets and tables.
"""
import hashlib
import os
import sys


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: embed.py OUT.c OUT.h NAME FILE...")
    out_c, out_h, name, files = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    files = sorted(files, key=os.path.basename)
    names = [os.path.basename(f) for f in files]
    if len(set(names)) != len(names):
        sys.exit("embed.py: two files have the same base name")
    spdx = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tools/embed.py at build time. */\n"
    with open(out_h, "w", encoding="ascii") as h:
        h.write(spdx)
        h.write(f"#ifndef EMBEDDED_{name}\n#define EMBEDDED_{name}\n#include <stddef.h>\n")
        h.write("#ifndef HYGIE_EMBEDDED\n#define HYGIE_EMBEDDED\n")
        h.write("struct embedded { const char *name; const unsigned char *bytes; size_t n; const char *sha256; };\n#endif\n")
        h.write(f"extern const struct embedded {name}[];\nextern const size_t {name}_count;\n#endif\n")
    with open(out_c, "w", encoding="ascii") as c:
        c.write(spdx)
        c.write(f'#include "{os.path.basename(out_h)}"\n')
        rows = []
        for i, path in enumerate(files):
            with open(path, "rb") as f:
                data = f.read()
            c.write(f"static const unsigned char bytes_{i}[] = {{\n")
            for at in range(0, len(data), 32):
                c.write(",".join(str(b) for b in data[at:at + 32]) + ",\n")
            c.write("0};\n")
            label = "".join(ch if 32 <= ord(ch) < 127 and ch not in '"\\?' else "_" for ch in names[i])
            rows.append(f'\t{{ "{label}", bytes_{i}, {len(data)}, "{hashlib.sha256(data).hexdigest()}" }},\n')
        c.write(f"const struct embedded {name}[] = {{\n{''.join(rows)}\t{{ NULL, NULL, 0, NULL }}\n}};\n")
        c.write(f"const size_t {name}_count = {len(files)};\n")


main()
