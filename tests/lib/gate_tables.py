# SPDX-License-Identifier: Apache-2.0
"""The product's own tables (tests/gate/rows.c): every view, act, wide read, FHIR type and page with who may and what it reveals. Tests are parametrised over them."""
import json
import subprocess

from hygie_server import BUILD

MAY = {name: 1 << i for i, name in enumerate(
    ("ANYONE", "SIGNED_IN", "FIND_PATIENT", "READ_IDENTITY", "READ_CHART", "WRITE_IDENTITY", "WRITE_CHART", "BREAK_GLASS", "REVIEW", "MANAGE", "API_READ",
     "API_WRITE", "IMPORT", "WORK_LIST", "RELEASE", "EXPORT_ASK", "EXPORT_APPROVE",
     "PRESCRIBE", "PHARMACY", "ADMINISTER", "STOCK", "BILL", "MOVE", "BOOK", "AGENDA", "FILE_DOCUMENT", "SUPPLY"))}
PEOPLE = ("clerk", "nurse", "physician", "pharmacist", "technician", "billing", "rssi", "dpo", "admin")
RECORDS = ("MASKED", "WORK_LIST", "ONE_PATIENT", "MANY")
OPENS = ("ONE_PATIENT", "MANY")


def _read():
    exe = BUILD / "tests/gate/gate_rows"
    if not exe.exists():
        raise RuntimeError(f"{exe} is not built: ninja -C {BUILD}")
    return [json.loads(line) for line in subprocess.run([str(exe)], capture_output=True, check=True).stdout.splitlines()]


_all = _read()
ROLE = {r["role"]: r["may"] for r in _all if r["table"] == "role"}
GATE = [r for r in _all if r["table"] == "gate"]
PAGES = [r for r in _all if r["table"] == "page"]
VIEWS = [r for r in GATE if r["kind"] == "view"]
ACTS = [r for r in GATE if r["kind"] == "act"]
FHIR = [r for r in GATE if r["kind"] == "fhir"]
WIDE = [r for r in GATE if r["kind"] == "wide"]


def may(role, row):
    return bool(row["may"] & MAY["ANYONE"] or row["may"] & ROLE[role])


def roles_that_may(row):
    return [r for r in PEOPLE if may(r, row)]


def name(row):
    return f"{row['method']} {row['path']}" if row["table"] == "page" else f"{row['kind']} {row['name']}"
