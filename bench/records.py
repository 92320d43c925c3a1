# SPDX-License-Identifier: Apache-2.0
"""The figures of the FHIR record: a CRUD mix, durable creates, and the 24 shapes of search, under the machine account. Called by bench/run; prints through put.

The mixes follow the public harness of HealthSamurai (fhir-server-performance-benchmark): nine types created, read, updated and deleted; 24 searches with 20 results.
The bodies are ours, of the sizes that it uses. What is measured beside the rate is processor time of the server, because the load generator shares its cores.
"""
import http.client
import json
import os
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
# type: bytes of its body in that harness
SIZES = {"Patient": 4695, "Location": 827, "Organization": 778, "Practitioner": 968, "Encounter": 1910, "Observation": 1123, "MedicationRequest": 801,
         "Claim": 1443, "ExplanationOfBenefit": 7776}


class Link:
    """One kept connection as the machine account."""

    def __init__(self, port, token):
        self.link = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Authorization": "Bearer " + token}

    def get(self, path):
        self.link.request("GET", path, headers=self.headers)
        answer = self.link.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"GET {path}: {answer.status} {body[:300]}")
        return body


def walk(link, path, n):
    """Up to n resources of a search."""
    found = []
    while path and len(found) < n:
        bundle = json.loads(link.get(path))
        found += [e["resource"] for e in bundle.get("entry", [])]
        path = next(("/fhir" + l["url"].split("/fhir", 1)[1] for l in bundle["link"] if l["relation"] == "next"), None)
    return found


# ---- CRUD ----
def coding(system, code):
    return {"coding": [{"system": system, "code": code}]}


def seeds(patient, practitioner, organization):
    """One body of each type, filled up to its size by a narrative; @@ becomes a number, so that an update changes something."""
    subject, doctor, house = {"reference": f"Patient/{patient}"}, {"reference": f"Practitioner/{practitioner}"}, {"reference": f"Organization/{organization}"}
    kilo = {"value": 71.4, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    kind = coding("http://terminology.hl7.org/CodeSystem/claim-type", "institutional")
    rows = {
        "Patient": {"active": True, "name": [{"use": "official", "family": "MESURE", "given": ["Charlotte", "Aline"]}], "gender": "female", "birthDate": "1957-02-14",
                    "telecom": [{"system": "phone", "value": "01 99 00 12 34"}], "address": [{"line": ["3 rue des Essais"], "city": "Lyon", "postalCode": "69003"}],
                    "identifier": [{"system": "https://mesure.test/ipp", "value": "M@@"}]},
        "Location": {"status": "active", "name": "Chambre @@", "managingOrganization": house},
        "Organization": {"active": True, "name": "Service @@"},
        "Practitioner": {"active": True, "name": [{"family": "ESSAI", "given": ["Paul"]}], "identifier": [{"system": "https://mesure.test/rpps", "value": "P@@"}]},
        "Encounter": {"status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}, "subject": subject,
                      "participant": [{"individual": doctor}], "serviceProvider": house, "period": {"start": "2026-11-02T08:15:00+01:00"}},
        "Observation": {"status": "final", "code": coding("http://loinc.org", "29463-7"), "subject": subject, "effectiveDateTime": "2026-11-02T09:00:00+01:00",
                        "category": [coding("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")], "valueQuantity": kilo, "performer": [doctor]},
        "MedicationRequest": {"status": "active", "intent": "order", "subject": subject, "requester": doctor, "authoredOn": "2026-11-02",
                              "medicationCodeableConcept": {"text": "paracétamol 1 g"}},
        "Claim": {"status": "active", "type": kind, "use": "claim", "patient": subject, "created": "2026-11-02", "provider": house,
                  "priority": coding("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
                  "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "régime général"}}]},
        "ExplanationOfBenefit": {"status": "active", "type": kind, "use": "claim", "patient": subject, "created": "2026-11-02", "insurer": house, "provider": house,
                                 "outcome": "complete", "insurance": [{"focal": True, "coverage": {"display": "régime général"}}]},
    }
    out = []
    for name, body in rows.items():
        whole = {"resourceType": name, "text": {"status": "generated", "div": ""}, **body}
        room = SIZES[name] - len(json.dumps(whole, ensure_ascii=False).encode()) - 60
        words = ("Mesure numéro @@. " + "Texte de remplissage pour la taille habituelle de ce genre de document. " * 120)[:max(room, 20)]
        whole["text"]["div"] = f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'
        out.append((name, json.dumps(whole, ensure_ascii=False, separators=(",", ":"))))
    return out


def wrk(script, port, seconds, connections):
    """Rate, 99th percentile in ms and processor seconds of wrk itself. Any answer that is an error ends the measurement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, f"http://127.0.0.1:{port}"],
                         capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if errors:
        raise SystemExit(f"{errors.group(1)} errors under load: {out}")
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return {"n": int(re.search(r"(\d+) requests in", out).group(1)), "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
            "p99_ms": float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit], "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def lua_string(text):
    return '"' + "".join(f"\\{b:03d}" if b < 32 or b in (34, 92) or b > 126 else chr(b) for b in text.encode()) + '"'


def flush_rate(folder):
    """How often the disk under a folder makes 4 KiB durable for one writer, a second: the median of 200."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as f:
        os.posix_fallocate(f.fileno(), 0, 1 << 20)
        os.fsync(f.fileno())
        for i in range(200):
            started = time.perf_counter()
            os.pwrite(f.fileno(), b"x" * 4096, 4096 * i)
            os.fdatasync(f.fileno())
            times.append(time.perf_counter() - started)
    return 1 / statistics.median(times)


def write_load(server, port, only_create, seconds=8):
    """64 connections: every body is created and, unless only_create, read, updated and deleted. What wrk says, and the server's processor seconds."""
    link = Link(port, server.token)
    patient, practitioner, organization = (walk(link, f"/fhir/{t}?_count=1", 1)[0]["id"] for t in ("Patient", "Practitioner", "Organization"))
    rows = ",".join(f"{{{lua_string(name)},{lua_string(body)}}}" for name, body in seeds(patient, practitioner, organization))
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "load.lua"
        script.write_text(f"seeds = {{{rows}}}\ntoken = {lua_string(server.token)}\nonly_create = {'true' if only_create else 'false'}\n" + (HERE / "crud.lua").read_text())
        before = server.cpu_s()
        got = wrk(script, port, seconds, 64)
        return {**got, "server_s": server.cpu_s() - before}


def crud(server, put, port, label):
    """The four of them, once the log has its length (a server that has just started has none, and makes it longer at each group); then creates alone, against the disk's flush. Answers the
    rate of the four: what it is on another machine, the bare library's rate beside it tells."""
    write_load(server, port, only_create=False)
    got = write_load(server, port, only_create=False)
    put(f"crud_mix_per_s{label}", got["rate"], "1/s")
    put(f"crud_mix_per_core_s{label}", got["n"] / got["server_s"], "requests")
    put(f"crud_mix_server_cpu_s{label}", got["server_s"], "s")
    put(f"crud_mix_client_cpu_s{label}", got["cpu_s"], "s")
    put(f"crud_mix_p99_ms{label}", got["p99_ms"], "ms")
    creates, flushes = write_load(server, port, only_create=True)["rate"], flush_rate(server.folder)
    put(f"creates_per_s_64{label}", creates, "1/s")
    put(f"flushes_per_s{label}", flushes, "1/s")
    put(f"creates_vs_flushes{label}", creates / flushes, "ratio")
    return got["rate"]


def slow_creates(server, put, port, env, label):
    """The same creates and the same flushes, both on a disk that is slow by env (bench/slow_flush.c)."""
    creates = write_load(server, port, only_create=True)["rate"]
    ask = f"import sys; sys.path.insert(0, {str(HERE)!r}); import records; print(records.flush_rate({str(server.folder)!r}))"
    flushes = float(subprocess.run([sys.executable, "-c", ask], env={**os.environ, **env}, capture_output=True, text=True, check=True).stdout)
    put(f"creates_per_s_64{label}", creates, "1/s")
    put(f"flushes_per_s{label}", flushes, "1/s")
    put(f"creates_vs_flushes{label}", creates / flushes, "ratio")


# ---- search ----
def reference(r, *path):
    for step in path:
        r = r.get(step) if isinstance(r, dict) else None
        if isinstance(r, list):
            r = r[0] if r else None
    return r


def values(rows, *path):
    return [v for v in (reference(r, *path) for r in rows) if v]


def shapes(link, rnd):
    """name → function that gives a query with values of this base, now and then one that hits nothing."""
    patients = walk(link, "/fhir/Patient?_count=200", 600)
    observations = walk(link, "/fhir/Observation?_count=200", 600)
    encounters = walk(link, "/fhir/Encounter?_count=200", 600)
    requests = walk(link, "/fhir/MedicationRequest?_count=200", 600)
    houses = walk(link, "/fhir/Organization?_count=200", 200)
    pick = lambda rows: rnd.choice(rows) if rows else "none"
    prefix = lambda: rnd.choice(["", "", "ge", "le", "gt", "lt", "sa", "eb"])
    quote = lambda v: urllib.parse.quote(str(v), safe="")
    some = lambda rows: ",".join(quote(pick(rows)) for _ in range(rnd.choice([1, 1, 1, 3]))) if rnd.random() > 0.1 else "zz-nobody"
    code = [f'{c["system"]}|{c["code"]}' for c in values(observations, "code", "coding")]
    number = values(observations, "valueQuantity", "value") or [1]
    quantity = lambda: quote(f'{rnd.choice(["", "gt", "lt", "ge"])}{pick(number)}')
    day = lambda rows: (pick(rows) or "2026-01-01")[:10]
    plain = lambda kind, name, rows: lambda: f"{kind}?{name}={some(rows)}"
    with_code = lambda name: lambda: f"Observation?{name}={quote(pick(code))}${quantity()}"
    return {
        "patient_name": lambda: f"Patient?name={quote(pick(values(patients, 'name', 'family'))[:rnd.choice([3, 5, 30])])}",
        "patient_address": lambda: f"Patient?address={quote(pick(values(patients, 'address', 'city')))}",
        "patient_birthdate": lambda: f"Patient?birthdate={pick(values(patients, 'birthDate'))}",
        "organization_name": lambda: f"Organization?name={quote(pick(values(houses, 'name'))[:6])}",
        "observation_date": lambda: f"Observation?date={prefix()}{day(values(observations, 'effectiveDateTime'))}",
        "observation_category": lambda: f"Observation?category={quote(pick([c['code'] for c in values(observations, 'category', 'coding')]))}",
        "observation_code": plain("Observation", "code", code),
        "observation_value_quantity": lambda: f"Observation?value-quantity={quantity()}",
        "observation_component_value_quantity": lambda: f"Observation?component-value-quantity={quantity()}",
        "observation_combo_value_quantity": lambda: f"Observation?combo-value-quantity={quantity()}",
        "observation_code_value_quantity": with_code("code-value-quantity"),
        "observation_component_code_value_quantity": with_code("component-code-value-quantity"),
        "observation_combo_code_value_quantity": with_code("combo-code-value-quantity"),
        "observation_subject": plain("Observation", "subject", values(observations, "subject", "reference")),
        "observation_encounter": plain("Observation", "encounter", values(observations, "encounter", "reference")),
        "observation_performer": plain("Observation", "performer", values(observations, "performer", "reference")),
        "encounter_date": lambda: f"Encounter?date={prefix()}{day(values(encounters, 'period', 'start'))}",
        "encounter_status": plain("Encounter", "status", values(encounters, "status")),
        "encounter_class": plain("Encounter", "class", values(encounters, "class", "code")),
        "encounter_subject": plain("Encounter", "subject", values(encounters, "subject", "reference")),
        "encounter_participant": plain("Encounter", "participant", values(encounters, "participant", "individual", "reference")),
        "request_subject": plain("MedicationRequest", "subject", values(requests, "subject", "reference")),
        "request_encounter": plain("MedicationRequest", "encounter", values(requests, "encounter", "reference")),
        "request_requester": plain("MedicationRequest", "requester", values(requests, "requester", "reference")),
    }


def stolen_s():
    """Processor seconds that this machine wanted since its start and its host gave to others."""
    with open("/proc/stat") as f:
        return int(f.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def settled(server):
    """Waits until a server that has just started does nothing more by itself: on a large base it enters what is in memory into its map, a second's work."""
    before = None
    while (now := server.cpu_s()) != before:
        before = now
        time.sleep(0.2)


def timed(link, path):
    started = time.perf_counter()
    body = link.get(path)
    return (time.perf_counter() - started) * 1000, body.count(b'"fullUrl"')


def growth_round(links, made, each=80):
    """Each shape on two servers at once, a query here and a query there: the ratio of the medians, shape by shape. What a search finds costs too: where a large base answers with more, a
    second ratio compares queries that find equally many (for a birth date: several dates at once on the small base)."""
    raw, fair = {}, {}
    for name in made[0]:
        told = ([], [])
        for _ in range(each):
            for link, make, out in zip(links, made, told):
                out.append(timed(link, "/fhir/" + make[name]() + "&_count=20"))
        medians = [statistics.median(took for took, _ in out) for out in told]
        found = [statistics.mean(rows for _, rows in out) for out in told]
        raw[name] = medians[1] / medians[0]
        fair[name] = same_rows(links, made, name, told[1]) if max(found) > 1.1 * min(found) else None
    return raw, fair


def growth(small, big, put, rounds=5):
    """The median of several rounds of all shapes, shape by shape: a moment in which the machine works for somebody else lasts for some of them, not for most rounds of one. Answers the worst
    of the plain ratios and of those of equally many rows."""
    settled(small)
    settled(big)
    links = [Link(s.plain, s.token) for s in (small, big)]
    made = [shapes(link, random.Random(758912)) for link in links]
    told = [growth_round(links, made) for _ in range(rounds)]
    raw = {name: statistics.median(r[name] for r, _ in told) for name in made[0]}
    fair = {name: [f[name] for _, f in told if f[name] is not None] for name in made[0]}
    same = {name: statistics.median(ratios) for name, ratios in fair.items() if len(ratios) > rounds / 2}
    for name, ratio in raw.items():
        put(f"search_{name}_growth", ratio, "ratio")
    for name, ratio in same.items():
        put(f"search_{name}_growth_same_rows", ratio, "ratio")
    return max(raw.values()), max({**raw, **same}.values())


def same_rows(links, made, name, big, tries=400):
    """The large base's queries by how much they found, each beside one of the small base that found as much, give or take a tenth."""
    small = {}
    for _ in range(tries):
        path = made[0][name]()
        if name == "patient_birthdate":
            path += "," + ",".join(made[0][name]().split("=")[1] for _ in range(random.Random(len(small)).randrange(14)))
        took, rows = timed(links[0], "/fhir/" + path + "&_count=20")
        small.setdefault(rows, []).append(took)
    pairs = []
    for took, rows in big:
        near = [t for r, times in small.items() if abs(r - rows) <= rows / 10 for t in times]
        if near:
            pairs.append((took, statistics.median(near)))
    if len(pairs) < len(big) / 2:
        print(f"{name}: too few searches of the small base find as much as those of the large one; its plain ratio counts", file=sys.stderr)
        return None
    return statistics.median(t for t, _ in pairs) / statistics.median(t for _, t in pairs)


def search(server, put, port, label, each=60, seconds=6):
    """Each shape by itself on one connection, then all of them by 30 connections at once."""
    rnd = random.Random(758912)
    settled(server)
    link = Link(port, server.token)
    all_shapes = shapes(link, rnd)
    paths = []
    for name, make in all_shapes.items():
        times, rows = [], []
        for _ in range(each):
            path = "/fhir/" + make() + "&_count=20"
            paths.append(path)
            took, found = timed(link, path)
            times.append(took)
            rows.append(found)
        put(f"search_{name}{label}_rows", statistics.mean(rows), "resources")
        put(f"search_{name}{label}_p50_ms", statistics.median(times), "ms")
        put(f"search_{name}{label}_p99_ms", sorted(times)[int(len(times) * 0.99)], "ms")
    rnd.shuffle(paths)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"local paths = {{{','.join(lua_string(p) for p in paths)}}}\nlocal headers = {{[\"Authorization\"] = \"Bearer {server.token}\"}}\n"
                     "local i = 0\nfunction init() i = math.random(#paths) end\nfunction request() i = i % #paths + 1; return wrk.format('GET', paths[i], headers) end\n")
        script.flush()
        before, stolen = server.cpu_s(), stolen_s()
        got = wrk(script.name, port, seconds, 30)
        server_s, stolen = server.cpu_s() - before, stolen_s() - stolen
    put(f"search_mix_per_s{label}", got["rate"], "1/s")
    put(f"search_mix_p99_ms{label}", got["p99_ms"], "ms")
    put(f"search_mix_per_core_s{label}", got["n"] / server_s, "requests")
    put(f"search_mix_client_cpu_s{label}", got["cpu_s"], "s")
    put(f"search_mix_stolen_pct{label}", 100 * stolen / seconds / os.cpu_count(), "%")
