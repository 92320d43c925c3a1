# SPDX-License-Identifier: Apache-2.0
"""What bench/replay asks of a whole server: walks over canaries with the account that may read everybody, and hostile code in a front process. Called by bench/replay."""
import ast
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEOPLE = 4000
STARTS = 3  # of each order, a place each
WIDEST = 43  # what the widest of these jobs opens in a day without a proof (docs/decisions/0013)


def orders(people):
    """The requests of a thief who walks all of them, by id, by name, by birth date."""
    name = lambda body: next((n["family"], n["given"][0]) for n in body["name"] if n["use"] == "official")
    quote = urllib.parse.quote
    return {
        "id": [f"/Patient/{i}" for i in sorted(i for i, _ in people)],
        "name": [f"/Patient?family:exact={quote(f)}&given:exact={quote(g)}&_count=50" for f, g in sorted({name(b) for _, b in people})],
        "birth date": [f"/Patient?birthdate={d}&_count=50" for d in sorted({b["birthDate"] for _, b in people})],
    }


def walk(server, requests, asks):
    """Distinct people that were released until nothing more came, and whether the account stays stopped."""
    thief, got = requests.Session(), set()
    thief.trust_env = False
    thief.headers["Authorization"] = "Bearer " + server.demo["machine"]["token"]
    for path in asks:
        answer = thief.get(server.http_url + "/fhir" + path, timeout=20)
        if answer.status_code in (403, 429):
            return len(got)
        answer.raise_for_status()
        body = answer.json()
        got |= {r["id"] for r in ([e["resource"] for e in body.get("entry", [])] if body["resourceType"] == "Bundle" else [body]) if r["resourceType"] == "Patient"}
    sys.exit("replay: nobody stopped a walk over canaries")


def canaries(build):
    """{order: [people released until the walk met a canary]}; the ledger says that it was one."""
    os.environ["HYGIE_BUILD"] = str(build)
    import hygie_server as house
    out = {}
    with tempfile.TemporaryDirectory(prefix="hygie-") as folder:
        base = pathlib.Path(folder, "base")
        house.hygie("demo", "--dir", base, "--patients", PEOPLE, "--stays", 0, check=True, timeout=600)
        people = [(i, json.loads(text)) for _, i, text, _ in house.base_sql(base, house.OF_TYPE, "Patient")]
        draw = random.Random(4)
        for order, asks in orders(people).items():
            for nth in range(STARTS):
                copy = house.copy_base(base, pathlib.Path(folder, f"walk-{len(out)}-{nth}"))
                start = draw.randrange(len(asks) - 300)
                with house.Server(copy) as server:
                    out.setdefault(order, []).append(walk(server, house.requests, asks[start:]))
                if not [e for e in house.ledger_entries(copy) if e["kind"] == "ALARM"]:
                    sys.exit("replay: a walk was stopped and nobody told")
                house.drop_base(copy)
    return out


def hostile_front(build):
    """(people that hostile code in a front got with the tokens of all live sessions, of these beyond what the sessions may open). Played by tests/fault/test_walls.py."""
    test = ROOT / "tests/fault/test_walls.py"
    told = subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"{test}::test_hostile_code_in_a_front_gets_no_more_patients_than_the_live_sessions_may_open"],
                          cwd=ROOT, env={**os.environ, "HYGIE_BUILD": str(build)}, capture_output=True, text=True, timeout=900)
    line = re.search(r"^\.?x6 (\{.*\})$", told.stdout, re.M)
    if told.returncode or not line:
        print(told.stdout[-2000:], file=sys.stderr)
        return None
    opened = ast.literal_eval(line.group(1))
    got = opened["hostile"]
    return sum(got.values()), sum(max(0, n - max(opened["honest"].get(role, 0), WIDEST)) for role, n in got.items())
