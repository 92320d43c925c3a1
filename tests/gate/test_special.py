# SPDX-License-Identifier: Apache-2.0
"""
Specially sensitive data (T3): a label on a resource marks the whole chart, from the write on and after a rebuild; its openings are in the ledger as of that tier and said on screen; no label of
anything else does; labels of the house's own count once somebody added them.
"""
import json

import pytest

from hygie_server import Stage, base_sql, hygie
from vault import API, IMPORT

CONFIDENTIALITY, ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SPECIAL = 4
SAYS = [(CONFIDENTIALITY, "R"), (CONFIDENTIALITY, "V"), ("urn:oid:2.16.840.1.113883.5.25", "V"), (ACT_CODE, "PSY"), (ACT_CODE, "HIV"), (ACT_CODE, "EMP"), (ACT_CODE, "CEL")]
SAYS_NOT = [(CONFIDENTIALITY, "N"), (CONFIDENTIALITY, "U"), (ACT_CODE, "AMB"), ("urn:other", "R"), ("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "PSY"), ("urn:essai:etiquettes", "secret")]


def condition(p, system=None, code=None, **more):
    return {"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": "essai"}, **({"meta": {"security": [{"system": system, "code": code}]}} if code else {}), **more}


def load(h, *resources):
    lines = [json.dumps({"resourceType": r["resourceType"], "id": f"special-{i}", **r}) for i, r in enumerate(resources)]
    a = h.vault.ask(h.vault.operator(), ("act", "import", {"source": "essai.ndjson", "lines": "\n".join(lines)}), surface=IMPORT)
    assert a.rc == "OK", (a.rc, a.why, a["where"])


def tier_of(h, p, view="chart_head"):
    """What the entry of an opening of this chart says of it."""
    last = h.vault.ledger()[-1]["number"]
    a = h.vault.ask(h.token["nurse"], ("view", view, {"patient": p.id}))
    assert a.rc == "OK", (a.rc, a.why)
    e = [e for e in h.vault.ledger(last + 1) if e["kind"] == "RELEASE" and p.rid in [rid for rid, *_ in e["patients"]]][-1]
    assert bool(a["special"]) == (e["tier"] == SPECIAL), "what the screen is told is what the ledger says"
    return e["tier"]


@pytest.mark.parametrize("system, code", SAYS)
def test_a_label_that_says_so_marks_the_chart_at_its_next_opening(h, system, code):
    p, other = h.stage.mine[:2]
    assert tier_of(h, p) < SPECIAL
    load(h, condition(p, system, code))
    assert tier_of(h, p) == SPECIAL and tier_of(h, other) < SPECIAL
    h.reopen()
    assert tier_of(h, p) == SPECIAL


def test_no_other_label_and_no_diagnosis_marks_anybody(h):
    p = h.stage.mine[0]
    load(h, *(condition(p, *says) for says in SAYS_NOT), condition(p, code=None, category=[{"coding": [{"system": ACT_CODE, "code": "PSY"}]}]),
         {**condition(p), "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B24"}], "text": "infection par le VIH"}})
    assert tier_of(h, p) < SPECIAL


def test_a_label_that_is_taken_off_marks_no_more_and_one_on_the_patient_does(h):
    p, q = h.stage.mine[:2]
    load(h, {**condition(p, ACT_CODE, "PSY"), "id": "one"})
    assert tier_of(h, p) == SPECIAL
    load(h, {**condition(p), "id": "one"})
    assert tier_of(h, p) < SPECIAL
    load(h, {**q.body, "meta": {"security": [{"system": ACT_CODE, "code": "EMP"}]}})
    assert tier_of(h, q) == SPECIAL


def test_a_rebuild_finds_what_stood_before(h):
    p, q = h.stage.mine[:2]
    load(h, condition(p, ACT_CODE, "SDV"), {"resourceType": "DocumentReference", "status": "current", "subject": {"reference": f"Patient/{q.id}"}, "securityLabel": [{"coding": [{"system": CONFIDENTIALITY, "code": "R"}]}],
                                            "content": [{"attachment": {"contentType": "text/plain"}}]})
    assert tier_of(h, p) == tier_of(h, q) == SPECIAL
    assert h.close() == 0
    from test_exports import change
    change(h, "DELETE FROM special")
    hygie("db", "reindex", "--dir", h.dir, check=True)
    h.open(h.dir)
    assert tier_of(h, p) == tier_of(h, q) == SPECIAL


def test_a_label_of_the_house_counts_once_it_was_added_and_is_not_taken_away(h):
    p, q = h.stage.mine[:2]
    listed = lambda: h.vault.ask(h.token["dpo"], ("view", "special_labels", {}), get=[("labels", "code")])["got"][0]
    assert listed() == [], "delivered empty"
    load(h, condition(p, "urn:essai:etiquettes", "secret"))
    assert tier_of(h, p) < SPECIAL
    args = lambda: {"system": "urn:essai:etiquettes", "label": "secret", "code": h.vault.code(h.vault.account("dpo"))}
    assert h.vault.ask(h.token["nurse"], ("act", "special_label_add", args())).why == "NOT_ALLOWED"
    assert h.vault.ask(h.token["dpo"], ("act", "special_label_add", args())).rc == "OK"
    assert h.vault.ask(h.token["dpo"], ("act", "special_label_add", args())).why == "DUPLICATE"
    assert listed() == ["secret"]
    load(h, condition(q, "urn:essai:etiquettes", "secret"))
    assert tier_of(h, q) == SPECIAL


def test_each_broken_glass_of_such_a_chart_is_for_review(h):
    charts = h.stage.strangers[:5]
    load(h, *(condition(p, ACT_CODE, "PSY") for p in charts))
    for p in charts:
        a = h.vault.ask(h.token["nurse"], ("act", "break_glass", {"patient": p.id, "reason": "advice", "text": "avis"}))
        assert a.rc == "OK", (a.rc, a.why)
    a = h.vault.ask(h.token["dpo"], ("view", "review_list", {}), get=[("break_glass", "no")])
    assert a.rc == "OK" and len(a["got"][0]) == len(charts)


def test_a_machines_read_is_of_that_tier_too(h):
    p = h.stage.mine[0]
    load(h, condition(p, ACT_CODE, "HIV"))
    last = h.vault.ledger()[-1]["number"]
    assert h.vault.ask(h.vault.machine, ("read", "r", "Patient", p.id), bearer=True, surface=API).rc == "OK"
    assert [e["tier"] for e in h.vault.ledger(last + 1) if e["kind"] == "RELEASE"] == [SPECIAL]


def test_the_screen_says_so_to_who_opens_such_a_chart_and_to_nobody_else(own_server, tmp_path):
    s = own_server
    p, other = Stage(s.dir).mine[:2]
    lines = tmp_path / "label.ndjson"
    lines.write_text(json.dumps({**condition(p, ACT_CODE, "PSY"), "id": "special-screen"}) + "\n")
    hygie("import", lines, "--dir", s.dir, check=True)
    nurse, said = s.person("nurse"), "cette ouverture est signalée comme telle"
    assert said in nurse.get(f"/patient/{p.id}").text and said not in nurse.get(f"/patient/{other.id}").text
    officer = s.person("dpo")
    page = officer.get("/special")
    assert page.status_code == 200 and "la liste est livrée vide" in page.text and p.id not in page.text
    assert nurse.get("/special").status_code == 403


def test_of_openings_that_a_care_link_explained_each_where_names_are_shared_and_a_sample_of_the_others_wait_for_review(h):
    """Nobody learns of it but the officers, who see initials; one key judges a line, once, and nobody his own."""
    nurse, mine = h.vault.account("nurse"), h.stage.mine[:9] # more within a minute would ask for a proof
    name = h.vault.ask(h.token["admin"], ("view", "account", {"login": nurse["login"]}), get=[("account", "name")])["got"][0][0].split()[-1]
    cousin = {**mine[0].body, "name": [{"use": "official", "family": name, "given": ["Zoé"]}]}
    load(h, cousin, *(condition(p, ACT_CODE, "PSY") for p in mine))
    for p in mine:
        a = h.vault.ask(h.token["nurse"], ("view", "chart_head", {"patient": p.id}))
        assert a.rc == "OK", (a.rc, a.why)
        assert h.vault.ask(h.token["nurse"], ("view", "chart_head", {"patient": p.id})).rc == "OK", "open already: no second line"
    def lines(token=None):
        a = h.vault.ask(token or h.token["dpo"], ("view", "special_openings", {}), get=[("openings", "no"), ("openings", "same_surname"), ("openings", "explained"), ("page", "waiting")])
        assert a.rc == "OK", (a.rc, a.why)
        assert not any(q.found_in(json.dumps(a)) for q in mine[1:]), "masked lines"
        return a["got"]
    nos, shared, explained, (waiting,) = lines()
    assert shared.count("1") == 1 and set(explained) == {"unit"} and 1 <= int(waiting) < len(mine), "one in ten, drawn by a key"
    stored = base_sql(h.dir, "SELECT DISTINCT patient FROM special_opening")
    assert {rid for rid, in stored} <= {p.rid for p in mine} and (mine[0].rid,) in stored
    assert h.vault.ask(h.token["nurse"], ("view", "special_openings", {})).why == "NOT_ALLOWED"
    assert h.vault.ask(h.token["dpo"], ("act", "special_review", {"no": nos[0], "verdict": "justified"})).rc == "OK"
    assert h.vault.ask(h.token["rssi"], ("act", "special_review", {"no": nos[0], "verdict": "justified"})).why == "REVIEW_DONE"
    assert int(lines()[3][0]) == int(waiting) - 1
    h.reopen()
    assert int(lines()[3][0]) == int(waiting) - 1, "the index that is read again from the ledger brings none back"
    assert h.vault.ask(h.token["rssi"], ("view", "cockpit", {}), get=[("blocked", "special")])["got"][0][0] == str(int(waiting) - 1)
