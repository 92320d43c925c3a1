# SPDX-License-Identifier: Apache-2.0
"""The figures of loading: transaction bundles with all indexes live, between the first and the second million of resources; a first load with its indexes built at
the end; bytes on disk against bytes of JSON. Called by bench/run; prints through put.

The input is the demonstration's records as a peer would send them: the house's own by PUT, then one transaction a patient, entries by POST, references among them by urn:uuid.
The bundles are loaded into PostgreSQL too where it is installed: a server of its own, on the same disk and processors, with the settings that docs/databases.md names.
"""
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/lib"))
import postgres  # noqa: E402

HEAD = re.compile(r'\{"resourceType":"(\w+)","id":"([0-9a-f-]{36})",')
REFERENCE = re.compile(r'"reference":"\w+/([0-9a-f-]{36})"')
OF_THE_HOUSE = ("Organization", "Location", "Practitioner", "PractitionerRole")
HOUSE_A_BUNDLE = 100
# docs/databases.md, for a machine of 24 GB
SERVER = {"shared_buffers": "4GB", "max_wal_size": "16GB", "checkpoint_timeout": "30min", "wal_compression": "on"}


def bundle(entries):
    return '{"resourceType":"Bundle","type":"transaction","entry":[' + ",".join(entries) + "]}\n"


def put_entry(kind, id, line):
    return f'{{"fullUrl":"urn:uuid:{id}","resource":{line},"request":{{"method":"PUT","url":"{kind}/{id}"}}}}'


def post_entries(group):
    """Entries of one patient: ids are left to the server, references to each other are by fullUrl."""
    ids = {id for _, id, _ in group}
    local = lambda m: f'"reference":"urn:uuid:{m.group(1)}"' if m.group(1) in ids else m.group(0)
    out = []
    for kind, id, line in group:
        body = f'{{"resourceType":"{kind}",' + REFERENCE.sub(local, line[HEAD.match(line).end():])
        out.append(f'{{"fullUrl":"urn:uuid:{id}","resource":{body},"request":{{"method":"POST","url":"{kind}"}}}}')
    return out


def bundles(lines):
    """Transactions and the number of their entries, in the order of the file."""
    house, group = [], []
    with open(lines, encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            kind, id = HEAD.match(line).groups()
            if group and kind in ("Patient", *OF_THE_HOUSE):
                yield bundle(post_entries(group)), len(group)
                group = []
            if kind in OF_THE_HOUSE:
                house.append(put_entry(kind, id, line))
            if house and (len(house) == HOUSE_A_BUNDLE or kind not in OF_THE_HOUSE):
                yield bundle(house), len(house)
                house = []
            if kind not in OF_THE_HOUSE:
                group.append((kind, id, line))
    if house:
        yield bundle(house), len(house)
    if group:
        yield bundle(post_entries(group)), len(group)


def split(lines, folder, each):
    """Files of about `each` resources; (path, resources) of each. The last one, which is short, is left out."""
    out, n, f = [], 0, None
    for text, entries in bundles(lines):
        if f is None:
            path = folder / f"{len(out) + 1}.ndjson"
            f = open(path, "w", encoding="utf-8")
        f.write(text)
        n += entries
        if n >= each:
            f.close()
            out.append((path, n))
            f, n = None, 0
    if f:
        f.close()
        path.unlink()
    return out


def hygie(build, *words):
    """Seconds and processor seconds of one call."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([build / "src/cli/hygie", *map(str, words)], capture_output=True, text=True)
    took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"hygie {words[0]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def size_of(base):
    return sum(f.stat().st_size for f in base.glob("hygie.db*"))


def live(build, put, parts, base, label, more=()):
    for (path, n), which in zip(parts, ("first_million", "second_million")):
        took, cpu = hygie(build, "import", path, "--dir", base, *more)
        put(f"import_{which}{label}_per_s", n / took, "1/s")
        put(f"import_{which}{label}_cpu_us", cpu / n * 1e6, "us")


def live_postgres(build, put, parts, base):
    with postgres.Cluster(SERVER) as pg:
        url = pg.url("hygie_bench")
        subprocess.run(["createdb", "-h", str(pg.dir), "-U", "hygie", "hygie_bench"], check=True)
        hygie(build, "init", "--dir", base, "--db", url)
        live(build, put, parts, base, "_postgres", ("--db", url))


def loads(build, put, say, folder, each, with_postgres):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = folder / "all.ndjson"
    hygie(build, "demo", "--ndjson", lines, "--patients", each * 2 // 6, "--stays", 70)
    say("writing transaction bundles")
    parts = split(lines, folder, each)[:2]
    if len(parts) < 2:
        sys.exit("the demonstration gave too few resources")
    base = folder / "live"
    hygie(build, "init", "--dir", base)
    live(build, put, parts, base, "")
    if with_postgres and postgres.binaries():
        live_postgres(build, put, parts, folder / "postgres")
    grown = sum(n for _, n in parts)
    put("live_db_bytes_per_resource", size_of(base) / grown, "B")
    for path, _ in parts:
        path.unlink()
    shutil.rmtree(base)
    base = folder / "bulk"
    total, json_bytes = sum(1 for _ in open(lines, "rb")), lines.stat().st_size
    hygie(build, "init", "--dir", base)
    took, cpu = hygie(build, "import", "--bulk", lines, "--dir", base)
    put("bulk_resources", total, "resources")
    put("bulk_resources_per_s", total / took, "1/s")
    put("bulk_cpu_us", cpu / total * 1e6, "us")
    put("json_bytes_per_resource", json_bytes / total, "B")
    put("db_bytes_per_resource", size_of(base) / total, "B")
    put("db_vs_json", size_of(base) / json_bytes, "ratio")
    shutil.rmtree(folder)
