#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sentences: finds every msgid in the sources, checks the .po files against them, and writes sorted C tables.

  gen_locale.py build SOURCE_ROOT OUT.c [DEPFILE]   fails when French or English misses a sentence, or a page writes an untranslated one
  gen_locale.py update SOURCE_ROOT                  rewrites locale/*.po: new msgids added (English filled in), those no longer used dropped
  gen_locale.py missing SOURCE_ROOT                 prints what French still misses

A msgid is the string of N_("…"), or of tr(lang, "…") and say…(k, "…"); the public sentences of src/base/why.def; the labels of src/base/rights.c.
French typography is applied here and nowhere else: narrow no-break space before ; : ! ? and inside « », typographic apostrophe, ellipsis.
"""
import os
import re
import sys

STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf'({STRING}(?:\s*{STRING})*)'
MARK = re.compile(rf'\bN_\(\s*{STRINGS}\s*\)')
CALL = re.compile(rf'\b(?:tr|say|say_with)\(\s*[^",()]+,\s*{STRINGS}')
WHY = re.compile(rf'^(?:W\(\w+,\s*\d+,\s*{STRING}|A\(\w+),\s*{STRINGS}\)', re.M)
ROLE = re.compile(rf'\{{\s*{STRING},\s*{STRINGS}\s*\}}')
BARE = re.compile(rf'\bhtml_z\([^,]+,\s*{STRINGS}\s*\)')
LANGS = ('fr', 'en')                       # the order of SAY_FR, SAY_EN
PLACES = re.compile(r'\{[1-9]\}')
NNBSP = '\u202f'


def unquote(text):
    parts = re.findall(STRING, text)
    raw = ''.join(p[1:-1] for p in parts)
    raw = re.sub(r'(?:\\x[0-9a-fA-F]{2})+', lambda m: bytes.fromhex(m.group(0).replace('\\x', '')).decode(), raw)
    return re.sub(r'\\(.)', lambda m: {'n': '\n', 't': '\t'}.get(m.group(1), m.group(1)), raw)


def quote(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n') + '"'


def sources(root):
    for folder in ('src/web', 'src/front'):
        for at, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith(('.c', '.h', '.def')):
                    yield os.path.join(at, name)
    for name in ('src/base/why.def', 'src/base/rights.c'):
        yield os.path.join(root, name)


def scan(root):
    """msgid → first place; and the list of untranslated texts."""
    found, bare, files = {}, [], []
    for path in sources(root):
        with open(path, encoding='utf-8') as f:
            text = f.read()
        files.append(path)
        place = os.path.relpath(path, root)
        patterns = [MARK]
        if path.endswith('why.def'):
            patterns = [WHY]
        elif path.endswith('rights.c'):
            patterns = [ROLE]
        else:
            patterns.append(CALL)
        for pattern in patterns:
            for m in pattern.finditer(text):
                found.setdefault(unquote(m.group(1)), place)
        if 'src/web' in place:
            for m in BARE.finditer(text):
                literal = unquote(m.group(1))
                if re.search(r'[A-Za-zÀ-ÿ]{2}', literal) and literal != 'Hygie':
                    bare.append(f'{place}: html_z writes "{literal}" untranslated')
    found.pop('', None)
    return found, bare, files


def read_po(path):
    table, key, mode, buf = {}, None, None, {'msgid': '', 'msgstr': ''}

    def flush():
        if mode == 'msgstr' and buf['msgid']:
            if buf['msgid'] in table:
                sys.exit(f'{path}: "{buf["msgid"]}" stands twice')
            table[buf['msgid']] = buf['msgstr']

    if not os.path.exists(path):
        return table
    with open(path, encoding='utf-8') as f:
        for line in f:
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            m = re.match(rf'(msgid|msgstr)\s+({STRING})$', line)
            if m:
                if m.group(1) == 'msgid':
                    flush()
                    buf = {'msgid': '', 'msgstr': ''}
                mode = m.group(1)
                buf[mode] = unquote(m.group(2))
            elif re.match(rf'{STRING}$', line) and mode:
                buf[mode] += unquote(line)
            else:
                sys.exit(f'{path}: cannot read the line {line}')
    flush()
    return table


def typeset(text):
    text = text.replace("'", '’').replace('...', '…')
    text = re.sub(r'[ \u00a0\u202f]([;:!?»])', NNBSP + r'\1', text)
    text = re.sub(r'(?<=[\w)}])([;:!?])(?=\s|$)', NNBSP + r'\1', text)
    text = re.sub(r'«[ \u00a0\u202f]?', '«' + NNBSP, text)
    return re.sub(r'(?<!\u202f)»', NNBSP + '»', text)


def check(found, lang, table):
    wrong = []
    for msgid, place in sorted(found.items()):
        text = table.get(msgid, '')
        if not text:
            wrong.append(f'locale/{lang}.po misses ({place}): {quote(msgid)}')
        elif sorted(PLACES.findall(text)) != sorted(PLACES.findall(msgid)):
            wrong.append(f'locale/{lang}.po has other {{places}} in: {quote(msgid)}')
        elif (msgid[:1] == ' ') != (text[:1] == ' ') or (msgid[-1:] == ' ') != (text[-1:] == ' '):
            wrong.append(f'locale/{lang}.po begins or ends with another blank in: {quote(msgid)}')
    return wrong


def write_c(found, tables, path):
    out = ['/* Generated by tools/gen_locale.py from locale/ *.po. Sorted by msgid (bytes). */', '#include "kit/locale.h"', '']
    for lang in LANGS:
        out.append(f'static const struct locale_row rows_{lang}[] = {{')
        for msgid in sorted(found, key=lambda s: s.encode()):
            text = tables[lang][msgid]
            out.append(f'\t{{ {quote(msgid)}, {quote(typeset(text) if lang == "fr" else text)} }},')
        out += ['};', '']
    out.append('const struct locale_table locale_tables[] = {')
    for lang in LANGS:
        out.append(f'\t{{ rows_{lang}, sizeof rows_{lang} / sizeof rows_{lang}[0] }},')
    out += ['};', '']
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(out))


def write_po(path, lang, found, table):
    names = {'fr': 'French', 'en': 'English'}
    out = ['# SPDX-License-Identifier: Apache-2.0', f'# Hygie: {names[lang]}. Plain typography here; tools/gen_locale.py sets French spaces and apostrophes.',
           'msgid ""', 'msgstr ""', f'"Language: {lang}\\n"', '"Content-Type: text/plain; charset=UTF-8\\n"', '']
    by_place = sorted(found, key=lambda s: (found[s], s))
    at = None
    for msgid in by_place:
        if found[msgid] != at:
            at = found[msgid]
            out += [f'#: {at}']
        text = table.get(msgid, '') or (msgid if lang == 'en' else '')
        out += [f'msgid {quote(msgid)}', f'msgstr {quote(text)}', '']
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(out))


def main():
    mode, root = sys.argv[1], sys.argv[2]
    found, bare, files = scan(root)
    paths = {lang: os.path.join(root, 'locale', f'{lang}.po') for lang in LANGS}
    tables = {lang: read_po(paths[lang]) for lang in LANGS}
    if mode == 'update':
        for lang in LANGS:
            write_po(paths[lang], lang, found, tables[lang])
        return
    if mode == 'missing':
        for line in check(found, 'fr', tables['fr']) + bare:
            print(line)
        return
    wrong = bare + [line for lang in LANGS for line in check(found, lang, tables[lang])]
    if wrong:
        print('\n'.join(wrong), file=sys.stderr)
        sys.exit(f'{len(wrong)} sentences to mend')
    write_c(found, tables, sys.argv[3])
    if len(sys.argv) > 4:
        with open(sys.argv[4], 'w', encoding='utf-8') as f:
            f.write(f'{sys.argv[3]}: ' + ' '.join(p.replace(' ', '\\ ') for p in files + list(paths.values())) + '\n')


main()
