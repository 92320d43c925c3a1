# SPDX-License-Identifier: Apache-2.0
"""
IHE BALP 1.1's profiles of AuditEvent as a table, and what an event breaks of them. Read off the profiles' sources (repository IHE/ITI.BasicAudit, folder input/fsh, and the
published pages https://profiles.ihe.net/ITI/BALP/StructureDefinition-IHE.BasicAudit.NAME.html); each row says where. What every AuditEvent must be (hl7.org/fhir/R4/auditevent.html)
is asked of all, profile or not. Not in the table: what the profiles only recommend (MS), and profiles that the product does not claim (OAuth and SAML tokens, consent).
"""
BASE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM = "http://dicom.nema.org/resources/ontology/DCM"
REST = "http://terminology.hl7.org/CodeSystem/audit-event-type"
ACTS = "http://hl7.org/fhir/restful-interaction"
PART = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
CUSTODY = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
LIFE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
ETREAT = ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "ETREAT")

SOURCE, DESTINATION = (DCM, "110153"), (DCM, "110152")
READER, WRITERS = {(PART, "IRCP")}, {(PART, "AUT"), (PART, "INF"), (PART, "CST")}   # IRCP; ValueSet DataSources (PatientCreate.fsh)
OBJECTS = {(ROLE, "4"), (ROLE, "3"), (ROLE, "20")}                                # ValueSet RestObjectRoles (PatientRead.fsh)


def restful(codes, action, client, server, users, query=False, patient=False, where=""):
    return {"type": (REST, "rest"), "subtype": {(ACTS, c) for c in codes}, "action": action, "outcome": {"0"}, "client": client, "server": server, "users": users,
            "data_role": {(ROLE, "24")} if query else OBJECTS, "data_has": "query" if query else "what", "data_lacks": "what" if query else None, "patient": patient, "where": where}


TABLE = {  # where: the file under input/fsh
    "Read": restful(["read", "vread"], "R", DESTINATION, SOURCE, READER, where="PatientRead.fsh, Profile Read"),
    "PatientRead": restful(["read", "vread"], "R", DESTINATION, SOURCE, READER, patient=True, where="PatientRead.fsh, Profile PatientRead: entity 2.., patient 1..1"),
    "Query": restful(["search"], "E", SOURCE, DESTINATION, READER, query=True, where="PatientQuery.fsh, Profile Query: entity[query].query 1..1, what 0..0"),
    "PatientQuery": restful(["search"], "E", SOURCE, DESTINATION, READER, query=True, patient=True, where="PatientQuery.fsh, Profile PatientQuery"),
    "Create": restful(["create"], "C", SOURCE, DESTINATION, WRITERS, where="PatientCreate.fsh, Profile Create"),
    "PatientCreate": restful(["create"], "C", SOURCE, DESTINATION, WRITERS, patient=True, where="PatientCreate.fsh, Profile PatientCreate"),
    "Update": restful(["update", "patch"], "U", SOURCE, DESTINATION, WRITERS, where="PatientUpdate.fsh, Profile Update"),
    "PatientUpdate": restful(["update", "patch"], "U", SOURCE, DESTINATION, WRITERS, patient=True, where="PatientUpdate.fsh, Profile PatientUpdate"),
    "Delete": restful(["delete"], "D", (DCM, "110150"), (CUSTODY, "custodian"), WRITERS, where="PatientDelete.fsh, Profile Delete"),
    "PatientDelete": restful(["delete"], "D", (DCM, "110150"), (CUSTODY, "custodian"), WRITERS, patient=True, where="PatientDelete.fsh, Profile PatientDelete"),
    "PrivacyDisclosure.Source": {"type": (DCM, "110106"), "subtype": {(LIFE, "disclose")}, "action": "R", "outcome": None, "client": DESTINATION, "server": SOURCE, "users": None,
                                 "data_role": None, "data_has": None, "data_lacks": None, "patient": True, "observer_is": "server", "where": "Disclose.fsh, Profile AuditPrivacyDisclosureSource, val-audit-source"},
    "PrivacyDisclosure.Recipient": {"type": (DCM, "110107"), "subtype": {(LIFE, "disclose")}, "action": "C", "outcome": None, "client": DESTINATION, "server": SOURCE, "users": None,
                                    "data_role": None, "data_has": None, "data_lacks": None, "patient": True, "observer_is": "client", "where": "Disclose.fsh, Profile AuditPrivacyDisclosureRecipient"},
}
TYPES = {(REST, "rest")} | {(DCM, str(code)) for code in range(110100, 110115)}           # R4 value set audit-event-type, as far as it is used
SUBTYPES = {(DCM, str(code)) for code in range(110120, 110143)} | {(LIFE, "disclose")} | {(ACTS, c) for c in ("read", "vread", "search", "create", "update", "patch", "delete", "transaction")}


def coding(of):
    return of.get("system"), of.get("code")


def agent_types(agent):
    return {coding(c) for c in agent.get("type", {}).get("coding", [])}


def base_breaches(event):
    """R4 itself: type, recorded, agent, source.observer and agent.requestor are 1.., the codes are of their value sets."""
    out = []
    if event.get("resourceType") != "AuditEvent":
        out.append("not an AuditEvent")
    if coding(event.get("type", {})) not in TYPES:
        out.append("type")
    if not all(coding(s) in SUBTYPES for s in event.get("subtype", [])):
        out.append("subtype of no value set")
    if event.get("action") not in (None, "C", "R", "U", "D", "E") or event.get("outcome") not in ("0", "4", "8", "12"):
        out.append("action or outcome")
    if "recorded" not in event or "observer" not in event.get("source", {}):
        out.append("recorded or observer")
    if not event.get("agent") or not all(isinstance(a.get("requestor"), bool) for a in event["agent"]):
        out.append("agent or requestor")
    if not all(coding(c) == ETREAT for p in event.get("purposeOfEvent", []) for c in p.get("coding", [])):
        out.append("purposeOfEvent")
    if not all("what" in e or "query" in e for e in event.get("entity", [])):
        out.append("entity of nothing")                                                  # sev-1 leaves it open; one of ours says what
    return out


def agent_breaches(event, rules):
    out, agents = [], event.get("agent", [])
    clients, servers = ([a for a in agents if rules[name] in agent_types(a)] for name in ("client", "server"))
    for name, found in (("client", clients), ("server", servers)):
        if len(found) != 1 or "who" not in found[0] or "network" not in found[0]:
            out.append(f"{name} is not there once, with who and network")
    for a in agents:
        if a in clients or a in servers or rules["users"] is None:
            continue
        if not agent_types(a) & rules["users"] or "who" not in a or a.get("requestor") is not True or "network" in a or "media" in a:
            out.append("user")
    if sum(bool(rules["users"] and agent_types(a) & rules["users"]) for a in agents) > 1:
        out.append("more than one user")
    observer = {"client": clients, "server": servers}.get(rules.get("observer_is"))
    if observer and observer[0].get("who") != event["source"].get("observer"):
        out.append("the audit source is not that agent too")
    return out


def entity_breaches(event, rules):
    out, entities = [], event.get("entity", [])
    patients = [e for e in entities if coding(e.get("type", {})) == (ENTITY, "1")]
    data = [e for e in entities if coding(e.get("type", {})) == (ENTITY, "2")]
    if len(patients) != (1 if rules["patient"] else 0):
        out.append("not exactly the patients that the profile asks for")
    if rules["patient"] and (len(entities) < 2 or not all(coding(p.get("role", {})) == (ROLE, "1") and p.get("what", {}).get("type") == "Patient" for p in patients)):
        out.append("patient")
    if rules["data_has"]:
        if len(data) != 1 or coding(data[0].get("role", {})) not in rules["data_role"] or rules["data_has"] not in data[0] or rules["data_lacks"] in data[0]:
            out.append("data")
    elif not data:
        out.append("no data")
    return out


def breaches(event):
    """What is wrong with it; nothing when it is as it says it is."""
    out = base_breaches(event)
    for profile in event.get("meta", {}).get("profile", []):
        rules = TABLE.get(profile.removeprefix(BASE))
        if not profile.startswith(BASE) or rules is None:
            out.append(f"a profile that is not in the table: {profile}")
            continue
        if coding(event.get("type", {})) != rules["type"] or event.get("action") != rules["action"]:
            out.append("type or action of the profile")
        if not {coding(s) for s in event.get("subtype", [])} & rules["subtype"]:
            out.append("subtype of the profile")
        if rules["outcome"] and event.get("outcome") not in rules["outcome"]:
            out.append("outcome of the profile")
        out += agent_breaches(event, rules) + entity_breaches(event, rules)
    return out


def kind_of(event):
    return event.get("meta", {}).get("profile", [""])[0].removeprefix(BASE)
