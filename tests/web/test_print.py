# SPDX-License-Identifier: Apache-2.0
"""
What is printed: PDFs that a real server's presses draw, looked at with poppler's tools: their text is what the record says, tagged, with their language and fonts, the same bytes for the
same paper; each is a look at the patient in the ledger.
"""
import html
import os
import re
import subprocess

import pytest
from selenium.webdriver.support.ui import Select

from browser import Keys
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


# ---- the ordonnance for home ----

ACTISKENAN, DOLIPRANE = "64288864", "60002283"


def add_for_home(physician, p, stay, cis, **more):
    key = re.search(r'name="form" value="([0-9a-f]+)"', physician.get(f"/patient/{p.id}/prescribe?home={stay}").text).group(1)
    answer = physician.post(f"/patient/{p.id}/prescribe/add", {"form": key, "kind": "drug", "cis": cis, "how": "moments", "take": "matin soir", "route": "orale", "home": stay, **more})
    assert answer.status_code == 303, answer.text[:2000]


def test_an_ordonnance_holds_what_is_signed_for_home_in_two_zones(server, stage, tmp_path):
    p = stage.mine[7]
    physician = Person(server, server.account("physician")).come()
    answer = physician.get(f"/patient/{p.id}/ordonnance.pdf")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html") and "Rien n’est signé pour le domicile" in html.unescape(answer.text)
    stay = re.search(r"home=([\w-]+)", physician.get(f"/patient/{p.id}/discharge").text).group(1)
    add_for_home(physician, p, stay, DOLIPRANE, dose="1 cp", during="5 j", ald="1")
    add_for_home(physician, p, stay, ACTISKENAN, dose="1 gélule", during="7 j")
    assert "Rien n’est signé" in html.unescape(physician.get(f"/patient/{p.id}/ordonnance.pdf").text), "a basket is no ordonnance"
    clerk = Person(server, server.account("clerk")).come()
    treating = re.search(r'name="practitioner" value="([^"]+)"', clerk.post(f"/patient/{p.id}/treating", {"text": server.account("physician")["name"].split()[-1]}).text).group(1)
    assert clerk.post(f"/patient/{p.id}/treating/set", {"practitioner": treating}).status_code == 303
    treating_name = shown(clerk.get(f"/patient/{p.id}/treating").text, "Médecin traitant actuel")
    review = physician.get(f"/patient/{p.id}/prescribe/review").text
    sign = dict(re.findall(r'type="hidden" name="(form|seen)" value="([^"]+)"', review))
    assert physician.post(f"/patient/{p.id}/prescribe/review", {**sign, "reason": "benefit"}).status_code == 303
    before = server.ledger(1)[-1]["number"]
    pdf = pdf_of(physician.get(f"/patient/{p.id}/ordonnance.pdf"))
    assert [e for e in server.ledger(before + 1) if e.get("route", "").endswith("/ordonnance.pdf")], "a print is a look at the patient"
    words = " ".join(tool("pdftotext", pdf, "-layout", tmp=tmp_path).replace("\u00a0", " ").replace("\u202f", " ").split())
    for said in ("une gélule, voie orale, le matin et le soir pendant sept jours", "dix milligrammes", "stupéfiants", "1 comprimé, voie orale, le matin et le soir pendant 5 jours", "Prescripteur",
                 "En rapport avec l’affection de longue durée (ALD), selon le prescripteur", "Sans rapport avec l’affection de longue durée", "Nombre de médicaments : 2"):
        assert said in words, said
    assert f"Médecin traitant {treating_name}" in words, words[:1500]
    assert words.index("En rapport") < words.index("pendant 5 jours") < words.index("Sans rapport") < words.index("ACTISKENAN")
    identity = physician.get(f"/patient/{p.id}/identity").text
    assert shown(identity, "Nom de naissance") in words
    assert ("INS" in words.split("Prescripteur")[1].split("En rapport")[0]) == ("Identité non qualifiée" not in words), "an INS only of a qualified identity"
    assert re.search(r"Title: +Ordonnance", tool("pdfinfo", pdf, tmp=tmp_path))
    if os.environ.get("HYGIE_SHOTS"):
        (tmp_path / "o.pdf").write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", "70", "-png", str(tmp_path / "o.pdf"), os.environ["HYGIE_SHOTS"] + "/ordonnance"], check=True)
    assert pdf_of(physician.get(f"/patient/{p.id}/ordonnance.pdf")) == pdf, "the same paper is the same bytes"
    assert Person(server, server.account("clerk")).come().get(f"/patient/{p.id}/ordonnance.pdf").status_code in (403, 404)


# ---- an invoice ----

def test_an_invoice_says_what_each_pays_by_which_rule_and_its_credit_note_takes_it_back(server, stage, tmp_path):
    p = stage.mine[8]
    physician, billing = (Person(server, server.account(role)).come() for role in ("physician", "billing"))
    own, number_in = f"/patient/{p.id}", lambda answer: re.search(r"no=(\d+)", answer.headers["Location"]).group(1)
    stay = re.search(r'name="stay" value="([^"]+)"', billing.get(own + "/bills").text).group(1)
    assert physician.post(own + "/acts", {"stay": stay, "act": "AAFA001", "activity": "1", "phase": "0", "day": "02/01/2025"}).status_code == 303
    draft = number_in(billing.post(own + "/bills", {"stay": stay}))

    def send(tail, **more):
        version = re.search(r'name="version" value="(\d+)"', billing.get(f"{own}/bill?no={draft}").text).group(1)
        answer = billing.post(own + tail, {"no": draft, "version": version, **more})
        assert answer.status_code == 303, answer.text[-800:]
        return answer

    send("/bill/amount", place="1", amount="120,50")
    send("/bill/share", own="20")
    send("/bill/check")
    no = number_in(send("/bill/post"))

    def words(number):
        pdf = pdf_of(billing.get(f"{own}/invoice.pdf?no={number}"))
        assert pdf_of(billing.get(f"{own}/invoice.pdf?no={number}")) == pdf, "the same paper is the same bytes"
        assert re.search(r"Tagged: +yes", tool("pdfinfo", pdf, tmp=tmp_path))
        return " ".join(tool("pdftotext", pdf, "-layout", tmp=tmp_path).replace("\u00a0", " ").replace("\u202f", " ").split())

    before = server.ledger(1)[-1]["number"]
    text = words(no)
    assert [e for e in server.ledger(before + 1) if e.get("route", "").endswith("/invoice.pdf")], "a print is a look at the patient"
    year, nth = server.sql("SELECT year, number FROM invoice WHERE no = ?", int(no))[0]
    for said in (f"Facture N° {year}-{nth:06d}", "AAFA001", "Saisi à la main", "obligatoire", "120,50", "100,50", "20,00", number_of(physician, p.id)):
        assert said in text, (said, text)
    assert text.count("120,50") == 2 and "Annulée par un avoir" not in text, "the line and the sum"
    for role in ("nurse", "physician", "clerk", "pharmacist"):
        assert Person(server, server.account(role)).come().get(f"{own}/invoice.pdf?no={no}").status_code in (403, 404), role
    assert billing.get(f"/patient/{stage.mine[1].id}/invoice.pdf?no={no}").headers["Content-Type"] != "application/pdf", "another patient's is none"
    credit = billing.post(own + "/invoice/credit", {"no": no, "code": billing.code()})
    assert credit.status_code == 303, credit.text[-800:]
    note, = server.sql("SELECT no, number FROM invoice WHERE credits = ?", int(no))
    taken = words(note[0])
    assert f"Avoir N° {year}-{note[1]:06d}" in taken and re.search(r"[-−–]\s?120,50", taken), taken
    assert "Annulée par un avoir" in words(no)


# ---- what a wristband opens ----

def number_of(person, patient):
    return shown(person.get(f"/patient/{patient}/identity").text, "(IPP)")


def test_a_scanned_wristband_opens_its_patient_from_a_list(open_browser, server, nurse, stage):
    p = stage.mine[3]
    number = number_of(nurse, p.id)
    b = open_browser()
    b.take(nurse.token)
    for path in ("/round", "/unit"):
        b.get(path)
        b.driver.execute_script("document.activeElement.blur()")
        b.press(number, Keys.ENTER)
        b.until(lambda: b.path == f"/patient/{p.id}/plan", told=f"a scan on {path}")
    b.get("/round")
    b.one("[data-scan]").send_keys("000000000000", Keys.ENTER)
    b.until(lambda: "identifiant" in b.text, told="nobody wears it")
    assert number not in b.path
    b.get("/round")
    b.driver.execute_script("document.activeElement.blur()")
    b.press("g")
    b.press("l")
    b.until(lambda: b.path == "/unit", told="keys that no scanner sent stay keys")
    b.get("/round").shot("round")


def test_another_patients_wristband_gives_nothing(open_browser, server, nurse, stage):
    p, other = stage.mine[:2]
    order = server.machine().post("/MedicationRequest", {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "medicationCodeableConcept": {"text": "paracétamol 500 mg"},
                                                         "subject": {"reference": f"Patient/{p.id}"}, "dosageInstruction": [{"text": "en cas de douleur", "asNeededBoolean": True}]})
    assert order.status_code == 201, order.text
    link = re.search(rf'href="(/patient/{p.id}/plan/dose\?line={order.json()["id"]}[^"]*)"', nurse.get(f"/patient/{p.id}/plan").text)
    assert link, "it stands in the plan"
    b = open_browser()
    b.take(nurse.token)
    b.get(html.unescape(link.group(1)))
    b.one("#give [name=wristband]").send_keys(number_of(nurse, other.id), Keys.ENTER)
    assert b.one("#give [name=scan]") == b.driver.switch_to.active_element, "the scanner's Enter goes on to the box"
    Select(b.one("#give [name=reason]")).select_by_value("no_code")
    b.submit("#give")
    assert "pas le bracelet de ce patient" in b.text, b.text
    assert b.one("#give [name=reason]").get_attribute("value") == "no_code", "nothing typed is lost"
    b.shot("other-wristband")
    box = b.one("#give [name=wristband]")
    box.clear()
    box.send_keys(number_of(nurse, p.id))
    if "à la demande" in b.text or b.all("#give [name=planned][value='0']"):
        b.one("#give [name=dose]").send_keys("1")
    b.submit("#give")
    assert b.path == f"/patient/{p.id}/plan", b.text[:800]
