# SPDX-License-Identifier: Apache-2.0
"""
Files of the PMSI: who may ask for one, and of which establishment; that it leaves by a ticket of two people only; what stands in the file that Debian's age opens; that each patient in it,
and nobody else, can see that it went.
"""
import json
import signal
import time

import pytest

from hygie_server import base_sql, copy_base, drop_base
from test_exports import Exports, load, refused
from vault import API

TYPE = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
MONTH = "2026-10"
CODED = 3                     # of the stays of the month; the last two are not
STAYS = [("p0", "2026-10-03"), ("p1", "2026-10-12"), ("p2", "2026-10-31"), ("p3", "2026-10-20"), ("p4", "2026-10-21")]


def stays_of(unit):
    for i, (who, until) in enumerate(STAYS):
        yield json.dumps({"resourceType": "Patient", "id": f"pmsi-{who}", "gender": "female" if i % 2 else "male", "birthDate": f"1950-0{i + 1}-1{i}", "identifier": [{"system": "urn:hygie:ipp", "value": f"P{i:05}"}],
                          "name": [{"use": "official", "family": f"Pmsi{'abcdefghij'[i]}", "given": ["Zoé"]}], "address": [{"city": "Angers", "postalCode": "49000"}]})
    for i, (who, until) in enumerate(STAYS):
        yield json.dumps({"resourceType": "Encounter", "id": f"stay-{who}", "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
                          "subject": {"reference": f"Patient/pmsi-{who}"}, "period": {"start": "2026-10-01T08:00:00+02:00", "end": f"{until}T10:00:00+01:00"}, "serviceProvider": {"reference": f"Organization/{unit}"}})
    # A stay that passed from that unit to another, which is below it here, so that it is of the same establishment.
    yield json.dumps({"resourceType": "Organization", "id": "pmsi-um2", "name": "Réanimation", "partOf": {"reference": f"Organization/{unit}"}})
    for place, of in (("pmsi-l1", unit), ("pmsi-l2", "pmsi-um2")):
        yield json.dumps({"resourceType": "Location", "id": place, "name": place, "managingOrganization": {"reference": f"Organization/{of}"}})
    yield json.dumps({"resourceType": "Patient", "id": "pmsi-two", "gender": "male", "birthDate": "1950-07-16", "identifier": [{"system": "urn:hygie:ipp", "value": "P00016"}],
                      "name": [{"use": "official", "family": "Pmsitwo", "given": ["Zoé"]}], "address": [{"city": "Angers", "postalCode": "49000"}]})
    yield json.dumps({"resourceType": "Encounter", "id": "stay-two", "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
                      "subject": {"reference": "Patient/pmsi-two"}, "period": {"start": "2026-10-01T08:00:00+02:00", "end": "2026-10-09T10:00:00+02:00"}, "serviceProvider": {"reference": "Organization/pmsi-um2"},
                      "location": [{"location": {"reference": "Location/pmsi-l1"}, "status": "completed", "period": {"start": "2026-10-01T08:00:00+02:00", "end": "2026-10-05T10:00:00+02:00"}},
                                   {"location": {"reference": "Location/pmsi-l2"}, "status": "completed", "period": {"start": "2026-10-05T10:00:00+02:00"}}]})
    # Another stay of the first one, of another month: it is in no line.
    yield json.dumps({"resourceType": "Encounter", "id": "stay-before", "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
                      "subject": {"reference": "Patient/pmsi-p0"}, "period": {"start": "2026-08-01T08:00:00+02:00", "end": "2026-08-02T10:00:00+02:00"}, "serviceProvider": {"reference": f"Organization/{unit}"}})


class Files(Exports):
    def __init__(self, directory, where, before=None):
        unit = json.loads((directory / "demo.json").read_text())["accounts"]
        self.unit = next(a["unit"] for a in unit if a["role"] == "billing")
        super().__init__(directory, where, before, people=lambda: stays_of(self.unit))
        if before:
            self.place = before.place
        else:
            self.place = self.month(get=[("place", "establishment")])["got"][0][0]
            self.typed()

    def done(self, who, act, args):
        a = self.ask(who, ("act", act, args))
        assert (a.rc, a["act_rc"]) == ("OK", "OK"), (act, a.rc, a["act_rc"], a.why, a["where"])

    def month(self, who="billing", month=MONTH, get=()):
        a = self.ask(who, ("view", "pmsi_month", {"month": month}), get=get)
        assert a.rc == "OK", (a.rc, a.why)
        return a

    def typed(self):
        self.done("billing", "pmsi_place_set", {"finess": "490000001", "vidhosp": "V015", "version": "0"})
        self.done("billing", "pmsi_unit_set", {"unit": self.unit, "number": "0101", "finess": "490000002", "type": "29", "from": "2024-03-01", "mode": "C", "version": "0"})
        for who, _ in STAYS[:CODED]:
            patient = f"pmsi-{who}"
            a = self.ask("billing", ("act", "break_glass", {"patient": patient, "reason": "emergency", "text": "codage du séjour"}))
            self.done("billing", "coding_save", {"patient": patient, "stay": f"stay-{who}", "version": "1", "dp": "A000", "das": "I10", "entry": "8", "exit": "8", "done": "1"})

    def cohort(self, file="rum", month=MONTH):
        return f"PMSI/{file}/{self.place}/{month}"

    def file_ticket(self, file="rum", count=CODED, **more):
        return self.ticket("billing", cohort=self.cohort(file), kind="pmsi", count=count, **more)


@pytest.fixture(scope="module")
def made(demo_base, work_dir, tmp_path_factory):
    one = Files(copy_base(demo_base, work_dir / "pmsi"), tmp_path_factory.mktemp("age"))
    assert one.vault.close() == 0
    yield one
    drop_base(one.dir)


_copies = [0]


@pytest.fixture
def f(made, work_dir, tmp_path):
    _copies[0] += 1
    one = Files(copy_base(made.dir, work_dir / f"pmsi{_copies[0]}"), tmp_path, made)
    yield one
    code = one.vault.close()
    drop_base(one.dir)
    assert code in (0, -signal.SIGKILL)


def test_each_stay_of_the_month_is_written_or_told_with_its_reason(f):
    a = f.month(get=[("files", "file"), ("files", "lines"), ("files", "left"), ("left", "stay"), ("left", "why"), ("left", "file")])
    files, lines, left, stays, whys, of = a["got"]
    assert dict(zip(files, lines))["rum"] == str(CODED) and dict(zip(files, lines))["vidhosp"] == str(CODED)
    told = {stay: why for stay, why, file in zip(stays, whys, of) if file == "rum"}
    assert told["stay-p3"] == told["stay-p4"] == "to_code" and "stay-p0" not in told and "stay-before" not in told
    assert dict(zip(files, left))["rum"] == str(len(told))


@pytest.mark.parametrize("who", ["physician", "pharmacist", "dpo"])
def test_only_billing_asks_for_a_file_of_the_PMSI(f, who):
    refused(f.want(who, cohort=f.cohort(), kind="pmsi", count=CODED), "PMSI_PLACE")
    a = f.ask(who, ("act", "export_count", {"cohort": f.cohort()}), get=[("count", "patients")])
    refused(a, "PMSI_PLACE")
    assert a.empty


def test_not_of_another_establishment_nor_in_another_form(f):
    other = next(u for u, in base_sql(f.dir, "SELECT DISTINCT establishment FROM billing_place UNION SELECT ?", "no-such-house"))
    for cohort, kind, why in ((f"PMSI/rum/{other}/{MONTH}", "pmsi", "PMSI_PLACE"), (f.cohort(), "contact", "EXPORT_COHORT"), (f.cohort(), "fhir", "EXPORT_COHORT"), ("birthdate=ge1900-01-01", "pmsi", "EXPORT_COHORT"),
                              (f.cohort("ficum"), "pmsi", "EXPORT_COHORT"), (f.cohort(month="2026-13"), "pmsi", "EXPORT_COHORT")):
        refused(f.want("billing", cohort=cohort, kind=kind, count=CODED, **({"types": "Patient"} if kind == "fhir" else {})), why)
    refused(f.want("billing", cohort=f.cohort(month="2026-01"), kind="pmsi", count=0), "EXPORT_SMALL")
    refused(f.want("billing", cohort=f.cohort(), kind="pmsi", count=CODED + 1), "EXPORT_COUNT")


def test_a_RUM_leaves_by_two_people_and_is_what_its_zones_say(f):
    a = f.ask("billing", ("act", "export_count", {"cohort": f.cohort()}), get=[("count", "patients")])
    assert a["got"][0] == [str(CODED)]
    no = f.file_ticket()
    refused(f.take(no, "billing"), "EXPORT_WAITS")
    refused(f.approve(no, "billing"), "NOT_ALLOWED") if f.approve(no, "billing").why != "EXPORT_OWN" else None
    assert f.approve(no, "rssi").rc == "OK"
    entries = f.since()
    assert f.take(no, "billing").rc == "OK"
    f.until(no, "sealed")
    assert f.file(no, who="billing").rc == "OK"
    sealed = f.stored(no)
    assert b"490000001" not in sealed
    text = f.open(sealed).decode("ascii")
    lines = text.split("\r\n")
    assert lines[-1] == "" and len(lines) == CODED + 1 and {len(line) for line in lines[:-1]} == {177 + 8}
    born = {f"1950-0{i + 1}-1{i}" for i in range(CODED)}
    for line in lines[:-1]:
        assert line[0:12] == "490000001022" and line[71:75] == "0101" and line[77:86] == "011020268" and line[97:102] == "49000"
        assert line[118:125] == "0100000" and line[125:133] == "A000    " and line[177:185] == "I10     "
    assert {f"{line[66:70]}-{line[64:66]}-{line[62:64]}" for line in lines[:-1]} == born
    assert {line[87:95] for line in lines[:-1]} == {"03102026", "12102026", "31102026"}
    named = {rid for e in entries() if e["route"] == "export" and e["note"] == "export" for rid, explain, tier, draw in e["patients"] if explain == 7 and not draw}
    assert named == {rid for who, _ in STAYS[:CODED] for (rid,) in base_sql(f.dir, "SELECT rid FROM resource WHERE id = ?", f"pmsi-{who}")}
    rid = base_sql(f.dir, "SELECT rid FROM resource WHERE id = 'pmsi-p1'")[0][0]
    end = time.time() + 10
    while not base_sql(f.dir, "SELECT 1 FROM access WHERE patient = ? AND explain = 7 AND account = ?", rid, f.account_no("billing")):
        assert time.time() < end, "who looked at a patient does not name the file"
        time.sleep(0.2)
    assert not base_sql(f.dir, "SELECT 1 FROM export_own WHERE ticket = ?", int(no)), "nobody who does not exist stands in a file that is counted"


def test_a_stay_of_two_medical_units_is_two_RUM_and_is_told_until_each_passage_is_coded(f):
    f.ask("billing", ("act", "break_glass", {"patient": "pmsi-two", "reason": "emergency", "text": "codage du séjour"}))
    who = {"patient": "pmsi-two", "stay": "stay-two"}
    passages = lambda: f.ask("billing", ("view", "coding", who), get=[("passages", "nth"), ("passages", "from_on"), ("passages", "lacks"), ("coding", "version")])["got"]
    assert passages()[:3] == [["1", "2"], ["2026-10-01", "2026-10-05"], ["dp", "dp"]]
    code = lambda **args: f.ask("billing", ("act", "coding_save", {**who, "version": passages()[3][0], **args}))
    refused(code(dp="A000", entry="8", exit="8", done="1"), "PMSI_PASSAGE")
    refused(code(dp="A000", nth="3"), "BILL_STATE")
    f.done("billing", "coding_save", {**who, "version": "1", "nth": "2", "dp": "J189", "das": "I10"})
    f.done("billing", "coding_save", {**who, "version": "2", "nth": "1", "dp": "A000", "entry": "8", "exit": "8", "done": "1"})
    told = lambda: {(why, nth) for file, stay, why, nth in zip(*f.month(get=[("left", "file"), ("left", "stay"), ("left", "why"), ("left", "nth")])["got"]) if (file, stay) == ("rum", "stay-two")}
    assert told() == {("unit", "2")}
    f.done("billing", "pmsi_unit_set", {"unit": "pmsi-um2", "number": "0102", "finess": "490000002", "type": "29", "from": "2024-03-01", "mode": "C", "version": "0"})
    assert not told()
    no = f.file_ticket(count=CODED + 1)
    assert f.approve(no, "rssi").rc == "OK" and f.take(no, "billing").rc == "OK"
    f.until(no, "sealed")
    lines = f.open(f.stored(no)).decode("ascii").split("\r\n")
    assert lines[-1] == "" and len(lines) == CODED + 2 + 1
    first, second = (line for line in lines if line[62:70] == "16071950")
    assert first[12:52] == second[12:52] and first[52:62] == first[12:22] and second[52:62] != first[52:62]
    assert first[71:75] + first[77:97] == "0101" + "011020268 051020266 " and second[71:75] + second[77:97] == "0102" + "051020266 091020268 "
    assert first[125:133] == "A000    " and len(first) == 177 and second[125:133] == "J189    " and second[177:] == "I10     "
    assert f.month(get=[("files", "file"), ("files", "lines")])["got"][1] == [str(CODED + 2), str(CODED + 1), "0", "0"], "of the VID-HOSP one line a stay"


def test_a_VID_HOSP_is_sealed_the_same_way_and_the_cohort_is_who_it_was_when_it_was_asked_for(f):
    no = f.file_ticket("vidhosp")
    for who in ("p3",):   # coded after the asking: not in this file
        f.ask("billing", ("act", "break_glass", {"patient": f"pmsi-{who}", "reason": "emergency", "text": "codage du séjour"}))
        f.done("billing", "coding_save", {"patient": f"pmsi-{who}", "stay": f"stay-{who}", "version": "1", "dp": "A000", "entry": "8", "exit": "8", "done": "1"})
    assert f.approve(no, "rssi").rc == "OK" and f.take(no, "billing").rc == "OK"
    f.until(no, "sealed")
    lines = f.open(f.stored(no)).decode("ascii").split("\r\n")[:-1]
    assert len(lines) == CODED and {len(line) for line in lines} == {466}
    assert {line[353:359] for line in lines} == {"P00000", "P00001", "P00002"} and {line[48:52] for line in lines} == {"V015"}


def test_the_approver_reads_which_file_of_which_month_and_place(f):
    no = f.file_ticket()
    a = f.ask("rssi", ("view", "export", {"no": no}), get=[("export", "file"), ("export", "month"), ("export", "place_name"), ("export", "patients")])
    assert a["got"][0] == ["rum"] and a["got"][1] == [MONTH] and a["got"][2][0] and a["got"][3] == [str(CODED)]


def test_two_who_type_the_same_establishment_at_once_do_not_overwrite_each_other(f):
    args = {"finess": "490000009", "vidhosp": "V015", "version": "1"}
    assert f.ask("billing", ("act", "pmsi_place_set", args)).rc == "OK"
    refused(f.ask("billing", ("act", "pmsi_place_set", {**args, "finess": "490000008"})), "BILL_STATE")
    assert base_sql(f.dir, "SELECT finess, version FROM pmsi_place")[0] == ("490000009", 2)


def test_the_file_of_units_names_nobody_and_is_billings(f):
    a = f.ask("billing", ("view", "pmsi_ficum", {}), get=[("file", "data")])
    assert a.rc == "OK" and a["got"][0][0].startswith("0101490000002")
    assert not [e for e in f.vault.ledger()[-3:] if e.get("patients")]
    a = f.ask("physician", ("view", "pmsi_ficum", {}), get=[("file", "data")])
    assert a.rc == "DENIED" and a.empty
