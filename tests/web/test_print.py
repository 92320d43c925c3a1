# SPDX-License-Identifier: Apache-2.0
"""
What is printed: PDFs that a real server's presses draw, looked at with poppler's tools: their text is what the record says, tagged, with their language and fonts, the same bytes for the
same paper; each is a look at the patient in the ledger.
"""
import html
import re
import subprocess

import pytest

from hygie_server import Person


def tool(name, pdf, *options, tmp):
    path = tmp / "x.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([name, *options, str(path), *(["-"] if name == "pdftotext" else [])], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def nurse(server):
    return Person(server, server.account("nurse")).come()


@pytest.fixture(scope="module")
def patient(nurse):
    return re.search(r'href="/patient/([0-9a-f-]{36})', nurse.get("/unit").text).group(1)


def pdf_of(answer):
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/pdf" and answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r'inline; filename="[a-z]+\.pdf"', answer.headers["Content-Disposition"])
    assert answer.content.startswith(b"%PDF-")
    return answer.content


def shown(page, label):
    return re.search(rf"{re.escape(label)}</dt>\s*<dd[^>]*>(?:\s*<[^>]+>)*([^<]+)", html.unescape(page)).group(1).strip()


def test_a_wristband_says_who_it_is_and_can_be_read_by_machines(server, nurse, patient, tmp_path):
    before = server.ledger(1)[-1]["number"]
    pdf = pdf_of(nurse.get(f"/patient/{patient}/wristband.pdf"))
    entries = [e for e in server.ledger(before + 1) if e.get("route", "").endswith("/wristband.pdf")]
    assert entries, "a print is a look at the patient"
    page = nurse.get(f"/patient/{patient}/identity").text
    text = tool("pdftotext", pdf, tmp=tmp_path)
    for label in ("Nom de naissance", "(IPP)"):
        assert shown(page, label) in " ".join(text.split()), label
    found = nurse.post("/search", {"q": shown(page, "(IPP)")}).text
    assert f"/patient/{patient}" in found, "what the code holds is what the field for scanners and hands finds"
    info = tool("pdfinfo", pdf, tmp=tmp_path)
    assert re.search(r"Tagged: +yes", info) and re.search(r"Title: +Bracelet", info) and b"/Lang (fr)" in pdf
    fonts = tool("pdffonts", pdf, tmp=tmp_path).splitlines()[2:]
    assert fonts and all(re.search(r"yes yes yes", f) for f in fonts)
    assert "H1" in tool("pdfinfo", pdf, "-struct", tmp=tmp_path)
    assert pdf_of(nurse.get(f"/patient/{patient}/wristband.pdf")) == pdf, "the same paper is the same bytes"


def test_labels_are_as_many_as_are_asked_for(nurse, patient, tmp_path):
    pdf = pdf_of(nurse.get(f"/patient/{patient}/labels.pdf?n=3"))
    assert re.search(r"Pages: +3", tool("pdfinfo", pdf, tmp=tmp_path))
    assert nurse.get(f"/patient/{patient}/labels.pdf?n=41").status_code == 422


def test_the_pages_of_an_identity_lead_to_both(nurse, patient):
    page = nurse.get(f"/patient/{patient}/identity").text
    assert f"/patient/{patient}/wristband.pdf" in page and f"/patient/{patient}/labels.pdf" in page
