#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns data/fhir_r4/*.tsv into the const tables of src/fhir (shapes.h, tables.c). Run by the build; standard library only.

usage: gen_fhir.py DATA_DIR OUT_SHAPES_H OUT_TABLES_C

What the tables mean is written in src/fhir/model.h. A search expression is resolved here against the elements, so that at run time it is
nothing but member names to follow; an expression that is not of the known kinds gives a parameter that is not indexed.
Start reading at main().
"""
import csv
import re
import sys

PRIMITIVES = ['base64Binary', 'boolean', 'canonical', 'code', 'date', 'dateTime', 'decimal', 'id', 'instant', 'integer', 'markdown', 'oid',
              'positiveInt', 'string', 'time', 'unsignedInt', 'uri', 'url', 'uuid', 'xhtml']
KIND = {name: n + 1 for n, name in enumerate(PRIMITIVES)}
KIND_COMPLEX, KIND_RESOURCE, KIND_RESOURCE_TYPE = 32, 33, 34
MANY, CHOICE, SUMMARY = 1, 2, 4
PARAM_KIND = {'number': 1, 'date': 2, 'string': 3, 'token': 4, 'reference': 5, 'composite': 6, 'quantity': 7, 'uri': 8, 'special': 9}
STEP_MEMBER, STEP_INDEX, STEP_WHERE, STEP_RESOLVE, STEP_EXISTS = 1, 2, 3, 4, 5

# Which datatypes give values for which kind of parameter (search.html, R4); the same pairs are handled in extract.c.
TEXTS = {'string', 'markdown', 'HumanName', 'Address'}
VALUES = {
    'string': TEXTS,
    'token': {'code', 'boolean', 'string', 'id', 'uri', 'url', 'oid', 'uuid', 'canonical', 'Coding', 'CodeableConcept', 'Identifier', 'ContactPoint'},
    'date': {'date', 'dateTime', 'instant', 'Period', 'Timing'},
    'number': {'decimal', 'integer', 'positiveInt', 'unsignedInt', 'Range'},
    'quantity': {'Quantity', 'Age', 'Duration', 'Count', 'Distance', 'Money', 'Range', 'SampledData'},
    'reference': {'Reference', 'canonical', 'uri', 'url'},
    'uri': {'uri', 'url', 'oid', 'uuid', 'canonical'},
}


def rows(path):
    with open(path, encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


class Unsupported(Exception):
    pass


class Pool:
    """One string constant; equal strings share an offset."""

    def __init__(self):
        self.at, self.parts, self.size = {}, [], 0

    def add(self, text):
        if text not in self.at:
            self.at[text] = self.size
            self.parts.append(text)
            self.size += len(text.encode()) + 1
        return self.at[text]


class Lists:
    """Runs of records, equal runs share their place."""

    def __init__(self):
        self.at, self.all = {}, []

    def add(self, run):
        run = tuple(run)
        if run not in self.at:
            self.at[run] = len(self.all)
            self.all.extend(run)
        return self.at[run]


class Model:
    def __init__(self, data):
        structures = rows(data + '/structures.tsv')
        self.elements = rows(data + '/elements.tsv')
        self.types = sorted(s['nom'] for s in structures if s['genre'] == 'resource' and s['abstraite'] == '0')
        self.type_no = {name: n + 1 for n, name in enumerate(self.types)}
        self.domain = {s['nom'] for s in structures if s['base'] == 'DomainResource'}
        self.pool, self.target_lists, self.targets = Pool(), {(): 0}, [()]
        self.read_codes(data)
        self.read_shapes()

    # -- code sets
    def read_codes(self, data):
        wanted = {e['jeu_de_valeurs'] for e in self.elements if e['force_liaison'] == 'required'}
        sets = {}
        for r in rows(data + '/codes_lies.tsv'):
            if r['jeu_de_valeurs'] in wanted:
                sets.setdefault(r['jeu_de_valeurs'], set()).add((r['code'], r['systeme']))
        self.systems = sorted({s for v in sets.values() for _, s in v})
        self.set_no, self.sets, self.codes, self.set_urls = {}, [(0, 0, 0)], [], ['0']
        for name in sorted(sets):
            run = sorted(sets[name], key=lambda cs: (cs[0].encode(), cs[1]))
            systems = {s for _, s in run}
            only = self.systems.index(run[0][1]) + 1 if len(systems) == 1 else 0
            self.set_no[name] = len(self.sets)
            self.sets.append((len(self.codes), len(run), only))
            self.set_urls.append(str(self.pool.add(name if '://' in name else 'http://hl7.org/fhir/ValueSet/' + name)))
            for code, system in run:
                self.codes.append((self.pool.add(code), len(code.encode()), self.systems.index(system) + 1))

    # -- shapes
    def read_shapes(self):
        children = {}
        primitive = set(PRIMITIVES)
        for e in self.elements:
            parent, name = e['chemin'].rsplit('.', 1)
            if parent.split('.')[0] not in primitive:
                children.setdefault(parent, []).append((name, e))
        self.shapes = sorted(children)
        self.shape_no = {path: n + 1 for n, path in enumerate(self.shapes)}
        self.members = {}
        for path in self.shapes:
            out = []
            for slot, (name, e) in enumerate(children[path]):
                out.extend(self.variants(path, name, e, slot))
            if path in self.type_no:
                out.append(dict(json='resourceType', name='resourceType', kind=KIND_RESOURCE_TYPE, shape=0, slot=len(children[path]), min=0,
                                flags=0, targets=0, codes=0, type='code'))
            if len(children[path]) + 1 > 128:
                raise SystemExit('more than 128 elements in ' + path)
            self.members[path] = sorted(out, key=lambda m: m['json'].encode())

    def target_set(self, spec):
        names = tuple(sorted(self.type_no[n] for n in spec.split(',') if n in self.type_no)) if spec else ()
        if 'Resource' in spec.split(','):
            names = ()
        if names not in self.target_lists:
            self.target_lists[names] = len(self.targets)
            self.targets.append(names)
        return self.target_lists[names]

    def variants(self, path, name, e, slot):
        many = MANY if e['max'] == '*' else 0
        if e['max'] == '0':
            return []
        choice = name.endswith('[x]')
        base = name[:-3] if choice else name
        if e['reference_contenu']:
            types = ['@' + e['reference_contenu']]
        else:
            types = re.findall(r'[^|(]+(?:\([^)]*\))?', e['types'])
        out = []
        for t in types:
            code, _, spec = t.rstrip(')').partition('(')
            m = dict(json=base, name=base, slot=slot, min=int(e['min']), flags=many | (CHOICE if choice else 0) | (SUMMARY if e['resume'] == '1' else 0), shape=0, targets=0, codes=0, type=code)
            if choice:
                m['json'] = base + code[0].upper() + code[1:]
            if code.startswith('@'):
                m['kind'], m['shape'] = KIND_COMPLEX, self.shape_no[code[1:]]
                m['type'] = code[1:]
            elif code.startswith('System.'):
                m['type'] = 'uri' if e['chemin'] == 'Extension.url' else 'id' if path in self.type_no or path in ('Resource', 'DomainResource') else 'string'
                m['kind'] = KIND[m['type']]
            elif code in KIND:
                m['kind'] = KIND[code]
            elif code == 'Resource' or code in self.type_no:
                m['kind'] = KIND_RESOURCE
            else:
                own = e['chemin']
                m['type'] = own if own in self.shape_no else code
                m['kind'], m['shape'] = KIND_COMPLEX, self.shape_no[m['type']]
                if code == 'Reference':
                    m['targets'] = self.target_set(spec)
            if e['force_liaison'] == 'required' and code in ('code', 'string', 'uri', 'CodeableConcept', 'Coding'):
                m['codes'] = self.set_no.get(e['jeu_de_valeurs'], 0)
            out.append(m)
        return out

    # -- search expressions: text → branches ([steps], end member)
    def find(self, path, name, cast=None):
        found = [m for m in self.members[path] if m['name'] == name]
        if cast:
            found = [m for m in found if m['type'].lower() == cast.lower()]
        if not found:
            raise Unsupported('no element ' + path + '.' + name)
        return found

    def walk(self, start, tokens):
        """tokens after the base name; yields (steps, end) where end is a member or the start path itself."""
        states = [([], None, start)]
        i = 0
        while i < len(tokens):
            tok = tokens[i]
            cast = None
            if i + 1 < len(tokens) and tokens[i + 1][0] == 'as':
                cast = tokens[i + 1][1]
                i += 1
            i += 1
            nxt = []
            for steps, end, path in states:
                if tok[0] == 'name':
                    if path is None:
                        raise Unsupported('below a primitive')
                    for m in self.find(path, tok[1], cast):
                        below = m['type'] if m['kind'] == KIND_COMPLEX else None
                        nxt.append((steps + [(STEP_MEMBER, 0, self.pool.add(m['json']), len(m['json']), 0, 0)], m, below))
                elif tok[0] == 'index':
                    nxt.append((steps + [(STEP_INDEX, tok[1], 0, 0, 0, 0)], end, path))
                elif tok[0] == 'where':
                    self.find(path, tok[1])
                    nxt.append((steps + [(STEP_WHERE, 0, self.pool.add(tok[1]), len(tok[1]), self.pool.add(tok[2]), len(tok[2]))], end, path))
                elif tok[0] == 'resolve':
                    nxt.append((steps + [(STEP_RESOLVE, self.type_no[tok[1]], 0, 0, 0, 0)], end, path))
                else:
                    raise Unsupported(str(tok))
            states = nxt
        return [(steps, end if end else start) for steps, end, _ in states]

    def tokens(self, text):
        text = text.strip()
        m = re.fullmatch(r'\((.*) as (\w+)\)((?:\.\w+)*)', text)
        if m:
            text = m.group(1) + '.as(' + m.group(2) + ')' + m.group(3)
        elif text.startswith('('):
            text = text[1:-1]
        out = []
        pattern = re.compile(r"where\(resolve\(\) is (\w+)\)|where\((\w+)='([^']*)'\)|as\((\w+)\)|(\w+)(?:\[(\d+)\])?")
        at = 0
        while at < len(text):
            m = pattern.match(text, at)
            if not m or (m.end() < len(text) and text[m.end()] != '.'):
                raise Unsupported(text)
            if m.group(1):
                out.append(('resolve', m.group(1)))
            elif m.group(2):
                out.append(('where', m.group(2), m.group(3)))
            elif m.group(4):
                out.append(('as', m.group(4)))
            else:
                out.append(('name', m.group(5)))
                if m.group(6):
                    out.append(('index', int(m.group(6))))
            at = m.end() + 1
        return out

    def compile(self, base, text):
        m = re.fullmatch(r'(\w+)\.(\w+)\.exists\(\) and \1\.\2 != false', text)
        if m:
            found = {v['type']: v['json'] for v in self.find(base, m.group(2))}
            if set(found) != {'boolean', 'dateTime'}:
                raise Unsupported(text)
            b, d = found['boolean'], found['dateTime']
            return [([(STEP_EXISTS, 0, self.pool.add(b), len(b), self.pool.add(d), len(d))], dict(type='boolean', kind=KIND['boolean'], shape=0, codes=0))]
        out = []
        for branch in text.split(' | '):
            toks = self.tokens(branch)
            if toks and toks[0] == ('name', base):
                toks = toks[1:]
            elif toks and toks[0] == ('name', 'Resource'):
                toks = toks[1:]
            out.extend(self.walk(base, toks))
        return out


def c_string(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


class Writer:
    def __init__(self, model, data):
        self.m, self.steps, self.branches, self.parts = model, Lists(), Lists(), []
        self.lists = Lists()
        self.params, self.first = [], [0]
        composites = {}
        for r in rows(data + '/composites.tsv'):
            composites.setdefault((r['base'], r['code']), []).append(r)
        per = {}
        for r in rows(data + '/search_parameters.tsv'):
            per.setdefault(r['base'], {})[r['code']] = r
        for name in model.types:
            mine = dict(per['Resource'])
            if name in model.domain:
                mine.update(per['DomainResource'])
            mine.update(per.get(name, {}))
            for code in ('_id', '_lastUpdated'):
                mine.pop(code, None)
            self.first.append(len(self.params) + 1)
            for code in sorted(mine, key=lambda c: c.encode()):
                self.param(name, mine[code], composites.get((name, code), []))
        self.first.append(len(self.params) + 1)
        numbers = {(p[0], p[1]): n + 1 for n, p in enumerate(self.params)}
        self.lists.add((0,))
        compartment = {r['ressource']: r['parametres'].split() for r in rows(data + '/compartiment_patient.tsv')}
        self.compartment = [0] + [self.lists.add([numbers[(t, c)] for c in compartment.get(t, [])] + [0]) for t in model.types]

    def branch_run(self, compiled, kind):
        out = []
        for steps, end in compiled:
            if isinstance(end, str) or end['type'] not in VALUES[kind]:
                continue
            at = self.steps.add(steps)
            system = self.m.sets[end['codes']][2] if end['type'] == 'code' else 0
            row = (at, len(steps), end['kind'], end['shape'], system)
            if row not in out:
                out.append(row)
        if not out:
            raise Unsupported('no supported datatype')
        return self.branches.add(out), len(out)

    def param(self, base, r, components):
        at, n, part_at, part_n, indexed = 0, 0, 0, 0, False
        try:
            if r['code'] == '_text':  # words of the narrative: no steps, extract.c knows where they are
                raise StopIteration
            if not r['expression'] or r['type'] == 'special':
                raise Unsupported('none')
            compiled = self.m.compile(base, r['expression'])
            if r['type'] == 'composite':
                run, parts = [], []
                for steps, end in compiled:
                    run.append((self.steps.add(steps), len(steps), KIND_COMPLEX, 0, 0))
                at, n = self.branches.add(run), len(run)
                for c in components:
                    if '%' in c['expression']:
                        raise Unsupported('%resource')
                    below = []
                    for _, end in compiled:
                        below.extend(self.compile_below(end if isinstance(end, str) else end['type'], c['expression']))
                    parts.append(self.branch_run(below, c['type']) + (PARAM_KIND[c['type']],))
                part_at, part_n = len(self.parts), len(parts)
                self.parts.extend(parts)
            else:
                at, n = self.branch_run(compiled, r['type'])
            indexed = True
        except StopIteration:
            indexed = True
        except Unsupported:
            at = n = part_at = part_n = 0
        targets = sorted(self.m.type_no[t] for t in r['cibles'].split() if t in self.m.type_no)
        self.params.append((base, r['code'], PARAM_KIND[r['type']], indexed, self.lists.add(targets + [0]), r['url'], r['expression'], at, n, part_at, part_n))

    def compile_below(self, path, text):
        out = []
        for branch in text.split(' | '):
            out.extend(self.m.walk(path, self.m.tokens(branch)))
        return out

    def write(self, shapes_h, tables_c):
        m = self.m
        with open(shapes_h, 'w', encoding='utf-8') as f:
            f.write('/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tools/gen_fhir.py from data/fhir_r4: do not edit. */\n'
                    '#ifndef HYGIE_FHIR_SHAPES_H\n#define HYGIE_FHIR_SHAPES_H\n')
            f.write('enum shape_no {\n\tSHAPE_NONE,\n')
            for path in m.shapes:
                f.write('\tSHAPE_%s,\n' % path.replace('.', '_'))
            f.write('\tSHAPE__END\n};\n')
            f.write('enum type_no {\n\tTYPE_NONE,\n' + ''.join('\tTYPE_%s,\n' % t for t in m.types) + '\tTYPE__END\n};\n')
            f.write('#define PARAM_COUNT %d\n#define SET_COUNT %d\n#endif\n' % (len(self.params), len(m.sets)))
        with open(tables_c, 'w', encoding='utf-8') as f:
            f.write('/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tools/gen_fhir.py from data/fhir_r4: do not edit. */\n#include "model.h"\n\n')
            w = f.write
            shape_rows, member_rows, required_rows = ['{0,0,0,0,0,0}'], [], []
            for path in m.shapes:
                ms = m.members[path]
                seen, first_required = set(), len(required_rows)
                for x in ms:
                    if x['min'] and x['slot'] not in seen:
                        seen.add(x['slot'])
                        shown = x['name'] + ('[x]' if x['flags'] & CHOICE else '')
                        required_rows.append('{%d,%d}' % (m.pool.add(shown), x['slot']))
                shape_rows.append('{%d,%d,%d,%d,%d,%d}' % (m.pool.add(path), len(member_rows), len(ms), first_required, len(required_rows) - first_required,
                                                     m.type_no.get(path, 0)))
                for x in ms:
                    member_rows.append('{%d,%d,%d,%d,%d,%d,%d,%d}' % (m.pool.add(x['json']), len(x['json']), x['kind'], x['slot'], x['flags'], x['shape'],
                                                                      x['targets'], x['codes']))
            target_rows, target_values = [], [0]
            for names in m.targets:
                target_rows.append('{%d,%d}' % (len(target_values), len(names)))
                target_values.extend(names)
            system_rows = ['{0,0}'] + ['{%d,%d}' % (m.pool.add(s), len(s)) for s in m.systems]
            type_rows = ['{0,0,0}'] + ['{%d,%d,%d}' % (m.pool.add(t), len(t), m.shape_no[t]) for t in m.types]
            self.table(w, 'struct shape', 'model_shapes', shape_rows)
            self.table(w, 'struct member', 'model_members', member_rows)
            self.table(w, 'struct required', 'model_required_members', required_rows)
            self.table(w, 'struct run', 'model_target_runs', target_rows)
            self.table(w, 'uint16_t', 'model_target_types', map(str, target_values))
            self.table(w, 'struct code_set', 'model_code_sets', ['{%d,%d,%d}' % s for s in m.sets])
            self.table(w, 'uint32_t', 'model_set_urls', m.set_urls)
            self.table(w, 'struct set_code', 'model_set_codes', ['{%d,%d,%d}' % c for c in m.codes])
            self.table(w, 'struct pool_str', 'model_systems', system_rows)
            self.table(w, 'struct type_row', 'model_type_rows', type_rows)
            self.table(w, 'struct step', 'model_steps', ['{%d,%d,%d,%d,%d,%d}' % (s[0], s[1], s[3], s[5], s[2], s[4]) for s in self.steps.all])
            self.table(w, 'struct branch', 'model_branches', ['{%d,%d,%d,%d,%d}' % b for b in self.branches.all])
            self.table(w, 'struct component', 'model_components', ['{%d,%d,%d}' % p for p in self.parts] or ['{0,0,0}'])
            self.table(w, 'struct program', 'model_programs', ['{0,0,0,0}'] + ['{%d,%d,%d,%d}' % p[7:11] for p in self.params])
            self.table(w, 'uint16_t', 'model_param_first', map(str, self.first + [0] * (len(m.types) + 2 - len(self.first))))
            self.table(w, 'uint16_t', 'model_lists', map(str, self.lists.all))
            self.table(w, 'uint16_t', 'model_compartments', map(str, self.compartment))
            w('const struct fhir_param model_params[] = {\n{ 0, 0, "", 0, false, model_lists, "", "" },\n')
            for n, p in enumerate(self.params):
                w('{%d,%d,%s,%d,%s,model_lists+%d,%s,%s},\n' % (n + 1, m.type_no[p[0]], c_string(p[1]), p[2], 'true' if p[3] else 'false', p[4], c_string(p[5]), c_string(p[6])))
            w('};\n')
            w('const char model_pool[] =\n')
            for part in m.pool.parts:
                w(c_string(part)[:-1] + '\\0"\n')
            w(';\n')

    @staticmethod
    def table(w, kind, name, items):
        w('const %s %s[] = {\n' % (kind, name))
        items = list(items)
        for i in range(0, len(items), 12):
            w(','.join(items[i:i + 12]) + ',\n')
        w('};\n')


def main():
    data, shapes_h, tables_c = sys.argv[1:4]
    Writer(Model(data), data).write(shapes_h, tables_c)


if __name__ == '__main__':
    main()
