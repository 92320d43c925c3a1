#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
docs/fhir.md, « what is supported », from the product's own tables: the routes of the API and the CapabilityStatement of the build. Nothing is listed by hand
that the tables do not hold; the sentences around them are here.

Usage: gen_fhir_page.py BUILD_DIR [--check]     writes the page; with --check only says whether it is up to date (exit 1 when not)
"""
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/fhir.md"
MAY = {10: "API_READ", 11: "API_WRITE", 0: "anybody"}

HEAD = """# FHIR: what is supported

Made by `tools/gen_fhir_page.py` from the tables of the build: do not edit. The server says the same at `/fhir/metadata`.

FHIR R4 (4.0.1), JSON. Every resource type of R4 is served by the same code; none has code of its own. Everything passes the gate: rights, the patients that
may be seen, the budget and the access log are the same as for the screens (docs/architecture.md §3).
"""

TAIL = """
## How it behaves

- **Formats**: `application/fhir+json`, `application/json`; `_format`, `_pretty=true`. Bodies packed with gzip are taken (up to the limit of the plain body) and given.
- **Reads**: `If-None-Match`, `If-Modified-Since`, HEAD, `_summary` (true, text, data, false), `_elements`. A cut resource carries the tag `SUBSETTED`.
- **Writes**: `If-Match`, `If-None-Exist`; update, patch and delete by a condition in the address. Several matches are refused with 412 but for delete, which takes
  all of them, at most 100: over that it takes none. The same inside a bundle.
  Update takes `If-None-Match: *` (create only). Deleting what is not there answers 204; to a machine held to a cohort 404, as what is not open.
- **Patch**: JSON Patch (RFC 6902) as `application/json-patch+json`; in a bundle as a `Binary` of that content type. No patch by FHIRPath, none by XML.
- **Prefer**: `return=minimal`, `representation` (the default), `OperationOutcome`; `handling=strict` (the default) refuses what is not known, `lenient` leaves it out.
  `return` goes for the entries of a bundle too; unsaid, they answer with their status, version and place only.
- **History** of a resource, a type and all types, newest first: `_count`, `_since`, `_at`; of all types `_type`.
- **Batch and transaction**: DELETE, POST, PUT and PATCH, then GET and HEAD; `urn:uuid` and conditional references resolved, in the values
  of patches too; so is a `urn:uuid` that a patch copies or moves into a reference: one that no entry carries is refused. A transaction is all or nothing.
- **$validate**: structure, types, cardinality, formats, targets of references, required codes, invariants, the rules of the house; as a type or on an instance, `mode`
  create, update or delete. Answers 200 with every finding, its element and its rule. Profiles are not checked.
- **$everything** of a Patient: the patient, then the resources of the compartment by type, by pages: `_count`, `_type`, `_since`, `start`, `end`. Of an Encounter: the
  stay, its patient, and what of the compartment names the stay; without `start` and `end`. A resource lasts from its first to its last date; one without any is of
  all times. Each page brings along what it names of the house (Organization, Practitioner, PractitionerRole, Location, Medication …), as mode `include`.
- **$lastn**: names its patient; `max` of each code, newest first; the parameters of a search on Observation.
- **$match**: by identifiers, names near in letters or in French sound, birth date equal or a slip away; `count`, `onlyCertainMatches`. Certain: a number and the
  birth date, or all strict traits, agree. A person gets masked lines, sixty an hour; a machine whole records, inside its cohort.
- **$export** of the system and of all patients is refused with 403, and the refusal recorded: a copy of everybody in one request is what this product exists to prevent. Copies are made
  by the operator on the machine (docs/operating.md); research works inside a cohort. Of a **Group** it runs for a machine on a ticket that a person asked for on the page « Mes exports »
  (cohort `Group/ID`, this machine account) and that somebody of another unit approved: `Prefer: respond-async`, 202 with `Content-Location`; there 202 with `X-Progress`, then the
  manifest; DELETE cancels, or erases the files once they were received. `_type` only as the ticket has it, `_since` not. The files are NDJSON sealed to the ticket's key (age), as the person who asked sees the resources.
- **Conditions and wide reads** see what a search by the same one would: a person and a machine held to a cohort find, count and change only what is open to them.
- **Search parameters of the house**: a posted `SearchParameter` takes effect when the operator rebuilds the indexes (`hygie db reindex`); until then it is refused
  with a sentence that says so, and one that is retired or deleted goes at the next rebuild. Taken are the kinds of expression that R4's own parameters use: paths,
  unions, `[n]`, `as()` and `ofType()`, `where(name='value')`, `where(resolve() is Type)`, `x.exists() and x != false`. Anything else is refused with 422 that names the
  element and the reason; so is a code that R4 uses for that type with another meaning, and a composite of parameters that are not known and in effect.
- **`_text`** finds whole words of the narrative, folded as names are (case, accents); several words must all be there. Each word is a keyed hash: about 40 bytes a
  distinct word of a resource that carries a narrative (the first 5,000), nothing for others. `_content` is not offered: words of all of every resource would
  double the base. `_contained` (but for false), `_containedType`, `_query` and `near` are refused by name.
- **`:above`, `:below`** of a token: CIM-10 (`http://hl7.org/fhir/sid/icd-10`, `…/icd-10-fr`, `https://smt.esante.gouv.fr/terminologie-cim-10`: codes with or without dot, blocks
  `A00-A09`, chapters `I`) and ATC (`http://www.whocc.no/atc`, `https://smt.esante.gouv.fr/terminologie-atc`), up to 4,000 codes; of a reference: Location and Organization by
  partOf; of an address: its path. Other code systems have no hierarchy here and are refused. `:in` and `:not-in` know the value sets of R4's required bindings.
- **Compartments**: a resource of several patients is in the compartment of each of them that is stored (docs/decisions/0008); to one who may not open all of them it is
  as if it were not there.
- **Searches inside a batch or transaction** answer their first page, with includes, `_summary`, `_elements` and `_total`.
- **The INS number** is kept on identities with status RECUP or QUAL (else 422 with the element) and leaves with a QUAL one only: else its `value` is replaced by
  `data-absent-reason` masked, in place, so that a patch still means what it names. A masked identity cannot be written back whole.
- **Status and attributes of an identity**: DOUT or FICT beside another status than PROV, or both together, are refused with 422 (RNIV, EXI SI 09).
- **Two records of one person**: the one that was joined to another is `active: false` with `link.type` replaced-by, the other has replaces. A search of one finds what is in that one:
  a client follows the link (docs/decisions/0031). A record that was closed is read and refuses writes with 409.
- **Validity**: what is stored comes back byte for byte, minified, but for `id` and `meta`; decimals keep their digits and dates their precision.
- **Not served**: XML, FHIRPath, profiles, terminology operations, GraphQL, subscriptions.
"""


def tables(build):
    exe = build / "tests/gate/gate_rows"
    rows = [json.loads(line) for line in subprocess.run([str(exe)], capture_output=True, check=True).stdout.splitlines()]
    statement = json.loads(subprocess.run([str(exe), "capability"], capture_output=True, check=True).stdout)
    return [r for r in rows if r["table"] == "page" and r["surface"] == "api"], statement


def rights(may):
    return ", ".join(name for bit, name in MAY.items() if may >> bit & 1)


def words(codes):
    return ", ".join(f"`{c}`" for c in codes)


def grouped(values):
    """Runs of types that have the same."""
    found = collections.OrderedDict()
    for type_, value in values:
        found.setdefault(value, []).append(type_)
    return found


def page(build):
    routes, statement = tables(build)
    rest = statement["rest"][0]
    types = rest["resource"]
    out = [HEAD, "\n## Routes\n\n| method | path | ticket | reveals |\n| --- | --- | --- | --- |\n"]
    for r in routes:
        out.append(f"| {r['method']} | `{r['path']}` | {rights(r['may'])} | {r['reveals'].lower().replace('_', ' ')} |\n")
    out.append(f"\n## Interactions\n\nOn the system: {words(i['code'] for i in rest['interaction'])}. Compartments: {words(c.rsplit('/', 1)[1] for c in rest['compartment'])}.\n\n")
    for interactions, of in grouped((t["type"], tuple(i["code"] for i in t["interaction"])) for t in types).items():
        whose = f"all {len(of)} types" if len(of) == len(types) else ", ".join(of)
        out.append(f"On {whose}: {words(interactions)}.\n")
    one = types[0]
    out.append(f"\nConditional create {str(one['conditionalCreate']).lower()}, read {one['conditionalRead']}, update {str(one['conditionalUpdate']).lower()}, delete "
               f"{one['conditionalDelete']}; versions `{one['versioning']}`, update creates {str(one['updateCreate']).lower()}. Patches: {words(statement['patchFormat'])}.\n")
    out.append("\n## Operations\n\n| operation | on |\n| --- | --- |\n")
    on = collections.OrderedDict()
    for t in types:
        for o in t.get("operation", []):
            on.setdefault(o["name"], []).append(t["type"])
    for name, of in on.items():
        out.append(f"| `${name}` | {'every type' if len(of) == len(types) else ', '.join(of)} |\n")
    out.append("\n## Search parameters\n\nParameters of each type beside those of all types; `_include` takes the reference parameters, `_revinclude` those of others that point here.\n\n")
    common = set.intersection(*(({p["name"] for p in t["searchParam"]}) for t in types))
    out.append(f"Of all types: {words(sorted(common))}.\n\n| type | parameters | include | revinclude |\n| --- | --- | --: | --: |\n")
    for t in types:
        own = [f"{p['name']} ({p['type']})" for p in t["searchParam"] if p["name"] not in common]
        out.append(f"| {t['type']} | {', '.join(own)} | {len(t.get('searchInclude', []))} | {len(t.get('searchRevInclude', []))} |\n")
    out.append(TAIL)
    return "".join(out)


def differs(build):
    """None when the build has no tables to print."""
    if not (build / "tests/gate/gate_rows").exists():
        return None
    return not PAGE.exists() or PAGE.read_text() != page(build)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    if "--check" in sys.argv:
        return 1 if differs(build) else 0
    PAGE.write_text(page(build))
    return 0


if __name__ == "__main__":
    sys.exit(main())
