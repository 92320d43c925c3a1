#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules that a compiler does not see (docs/architecture.md §2, §5): who may know whom, by includes and by symbols; licence lines; banned calls;
log calls without free text; SQL only where it may stand; files of one matter.

Usage: check_rules.py BUILD_DIR [--junit FILE]      each rule is one test; exit 1 when any is broken
"""
import pathlib
import re
import subprocess
import sys
import xml.sax.saxutils as escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# room: (folder, rooms whose headers and symbols it may use). A room in doors is seen through its one door header only.
ROOMS = {
    "base": ("base", []),
    "codec": ("codec", ["base"]),
    "fhir": ("fhir", ["base", "codec"]),
    "db": ("db", ["base", "codec"]),
    "ledger": ("ledger", ["base", "codec"]),
    "record": ("record", ["base", "codec", "fhir", "db"]),
    "hospital": ("hospital", ["base", "codec", "fhir", "db", "record"]),
    "gate": ("gate", ["base", "codec", "fhir", "db", "ledger", "record", "hospital"]),
    "keeper": ("keeper", ["base", "codec", "fhir", "db", "ledger", "record", "hospital"]),
    "http": ("http", ["base", "codec"]),
    "witness": ("witness", ["base", "codec", "ledger", "http"]),
    "kit": ("web/kit", ["base", "codec"]),
    "front": ("front", ["base", "codec", "fhir", "gate", "http"]),
    "job": ("job", ["base", "codec", "fhir", "gate"]),
    "api": ("api", ["base", "codec", "fhir", "gate", "http", "front"]),
    "pages": ("web/pages", ["base", "codec", "fhir", "gate", "http", "front", "kit"]),
    "cli": ("cli", ["base", "codec", "fhir", "gate", "http", "front", "kit", "api", "pages", "keeper", "job"]),
}
DOORS = {"gate": {"gate/gate.h"}, "keeper": {"keeper/keeper.h"}}
INSIDE = {"gate": {"gate"}, "keeper": {"keeper"}}
BANNED = r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|alloca|gets|system|popen)\s*\("


def sources(folder, *suffixes):
    return [f for f in sorted((SRC / folder).rglob("*")) if f.suffix in suffixes]


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def rule_includes():
    """a room includes only the rooms it may know"""
    for room, (folder, allowed) in ROOMS.items():
        for file in sources(folder, ".c", ".h", ".def"):
            for header in re.findall(r'^\s*#\s*include\s+"([^"]+)"', without_comments(file.read_text()), flags=re.M):
                other = header.split("/")[0]
                if "/" not in header or other == room:
                    continue
                if other in ROOMS and other not in allowed:
                    yield f"{file.relative_to(ROOT)} includes {header}"
                elif other in DOORS and room not in INSIDE[other] and header not in DOORS[other]:
                    yield f"{file.relative_to(ROOT)} goes around the door: {header}"


def symbols(archive):
    """(defined, undefined) global symbols of a static library"""
    out = subprocess.run(["nm", "-g", "--portability", str(archive)], capture_output=True, text=True, check=True).stdout
    defined, undefined = set(), set()
    for line in out.splitlines():
        part = line.split()
        if len(part) >= 2:
            (undefined if part[1] == "U" else defined).add(part[0])
    return defined, undefined - defined


def rule_symbols(build):
    """a room's object code calls only the rooms it may know"""
    tables = {}
    for room, (folder, _) in ROOMS.items():
        archive = build / "src" / folder / f"lib{room}.a"
        if archive.exists():
            tables[room] = symbols(archive)
    if "gate" not in tables:
        yield f"no libraries in {build}: build first"
    owner = {symbol: room for room, (defined, _) in tables.items() for symbol in defined}
    for room, (_, undefined) in tables.items():
        for symbol in sorted(undefined):
            other = owner.get(symbol)
            if other is not None and other != room and other not in ROOMS[room][1]:
                yield f"{room} calls {symbol} of {other}"


def rule_licence():
    """each file of ours says its licence"""
    tracked = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files"], capture_output=True, text=True).stdout.split()
    files = tracked or [str(f.relative_to(ROOT)) for f in ROOT.rglob("*") if f.is_file()]
    for name in files:
        if name.startswith(("build", "b/", "var/", "data/", "fuzz/corpus/", "docs/", ".git/")) or name.endswith((".md", ".po", ".png")):
            continue
        if not name.endswith((".c", ".h", ".def", ".py", ".sh", ".css", ".js", ".svg", ".sql", "meson.build")) and name not in ("up", "check", ".ci/run", "debian/rules"):
            continue
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join((ROOT / name).read_text(errors="replace").splitlines()[:4]):
            yield name


def rule_banned():
    """no banned call"""
    for file in sources("", ".c", ".h"):
        for n, line in enumerate(without_comments(file.read_text()).splitlines(), 1):
            if re.search(BANNED, line):
                yield f"{file.relative_to(ROOT)}:{n}: {line.strip()}"


def rule_sql():
    """SQL stands in the catalogue, the migrations and record/plan only"""
    verb = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|PRAGMA|CREATE TABLE|DROP)\s')
    for file in sources("", ".c", ".h"):
        name = str(file.relative_to(SRC))
        if name.startswith(("db/", "record/plan")):
            continue
        for n, line in enumerate(without_comments(file.read_text()).splitlines(), 1):
            if verb.search(line):
                yield f"src/{name}:{n}: {line.strip()[:100]}"


def rule_http_knows_no_patient():
    """http and web/kit hold no word of patient or session"""
    for room in ("http",):
        for file in sources(ROOMS[room][0], ".c"):
            code = without_comments(file.read_text())
            for word in ("patient", "gate_"):
                if re.search(r"\b" + word, code):
                    yield f"{file.relative_to(ROOT)}: {word}"


def rule_log():
    """log calls take literals and numbers of ours"""
    for file in sources("", ".c"):
        code = without_comments(file.read_text())
        for call in re.findall(r"log_event\((.*?)\);", code, flags=re.S):
            for value in re.findall(r"LOG_Z\([^,]+,\s*([^)]*)\)", call):
                if re.search(r"\.p\b|body|token|query|typed|password|name\b(?!_)", value) and "route" not in value:
                    yield f"{file.relative_to(ROOT)}: {value}"


def rule_paths():
    """no path of a developer's machine"""
    for file in [f for folder in ("src", "tests", "tools", "bench", "fuzz", "docs") for f in (ROOT / folder).rglob("*") if f.suffix in (".c", ".h", ".py", ".md", ".sh", ".build")]:
        text = file.read_text(errors="replace")
        for word in ("/" + "work/", "/" + "root/", "/" + "home/"):
            if word in text:
                yield f"{file.relative_to(ROOT)}: {word}"


def rule_one_matter():
    """no source file over 900 lines"""
    for file in sources("", ".c", ".h"):
        n = len(file.read_text().splitlines())
        if n > 900:
            yield f"{file.relative_to(ROOT)}: {n} lines"


def rule_tables():
    """SQLite and PostgreSQL have the same tables and columns"""
    sys.path.insert(0, str(ROOT / "tools"))
    import postgres_tables
    yield from postgres_tables.differences()


def rule_fhir_page(build):
    """docs/fhir.md says what the tables say (tools/gen_fhir_page.py)"""
    sys.path.insert(0, str(ROOT / "tools"))
    import gen_fhir_page
    if gen_fhir_page.differs(build):
        yield f"docs/fhir.md: made anew by tools/gen_fhir_page.py {build}"


def rule_asvs():
    """each test that docs/asvs.md names is there"""
    for line in (ROOT / "docs/asvs.md").read_text().split("\n"):
        cells = [c.strip() for c in line.split("|")]
        if len(cells) < 4 or not re.match(r"\d+\.\d", cells[1]):
            continue
        if not cells[2] and not re.match(r"(none|part): ", cells[3]):
            yield f"docs/asvs.md: {cells[1]}: neither a test nor why not"
        for path, names in re.findall(r"`([^`]+)`: ([^;]+)", cells[2]):
            text = (ROOT / path).read_text() if (ROOT / path).exists() else ""
            yield from (f"docs/asvs.md: {cells[1]}: no {name} in {path}" for name in re.findall(r"\w+", names) if not re.search(rf"\b{name}\s*\(", text))


def rule_proofs():
    """each file and test that the pages of proofs name (docs/*-proof.md) is there"""
    for page in sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*-proof.md")):
        for cells in ([c.strip() for c in line.split("|")] for line in (ROOT / page).read_text().split("\n") if line.startswith("|")):
            path = folder = None
            for where, name in re.findall(r"(tests/[\w/]+\.(?:c|py))?(?:::(\w+))?", cells[3]):
                path = where or path
                if where and not (ROOT / where).exists():
                    yield f"{page}: no {where}"
                elif name and (not path or not re.search(rf"\b{name}\b", (ROOT / path).read_text())):
                    yield f"{page}: no {name} in {path}"
            for file in re.findall(r"[\w/]+\.c\b", cells[2]):
                folder, _, last = file.rpartition("/") if "/" in file else (folder, "", file)
                if folder and not any((ROOT / top / folder / last).exists() for top in ("", "src", "src/web")):
                    yield f"{page}: no {folder}/{last}"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    rules = [rule_includes, rule_symbols, rule_licence, rule_banned, rule_sql, rule_http_knows_no_patient, rule_log, rule_paths, rule_one_matter, rule_tables, rule_fhir_page, rule_asvs, rule_proofs]
    cases, bad = [], 0
    for rule in rules:
        found = list(rule(build) if rule in (rule_symbols, rule_fhir_page) else rule())
        print(("ok   " if not found else "BAD  ") + rule.__doc__)
        for line in found:
            print("       " + line)
        bad += bool(found)
        failure = f"<failure>{escape.escape(chr(10).join(found))}</failure>" if found else ""
        cases.append(f'<testcase classname="rules" name={escape.quoteattr(rule.__doc__)}>{failure}</testcase>')
    if "--junit" in sys.argv:
        pathlib.Path(sys.argv[sys.argv.index("--junit") + 1]).write_text(f"<testsuite name='rules'>{''.join(cases)}</testsuite>")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
