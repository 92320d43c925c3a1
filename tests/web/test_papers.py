# SPDX-License-Identifier: Apache-2.0
"""
Papers that nobody has to go home for: the ordonnance of a consultation with how much is to be handed out, the reminders of what patients owe, the list of a calendar's day. Each a PDF that a real
server's presses draw, looked at with poppler's tools; the same bytes for the same paper.
"""
import html
import os
import re
import subprocess
import zoneinfo
from datetime import datetime

from browser import By
from hygie_server import Person
from test_prescribing import write
from test_print import pdf_of, tool

def plain(text):
    return " ".join(html.unescape(text).replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").split())


def words(pdf, tmp):
    return plain(tool("pdftotext", pdf, "-layout", tmp=tmp))


def pictures(pdf, tmp, name):
    if os.environ.get("HYGIE_SHOTS"):
        (tmp / "p.pdf").write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", "60", "-png", str(tmp / "p.pdf"), os.environ["HYGIE_SHOTS"] + "/" + name], check=True)


# ---- the ordonnance of a consultation ----

def choose(b, said):
    b.one("#medicine [name=q]").send_keys(said)
    b.submit("#medicine")
    form = next(f for f in b.all("main td form") if f.find_elements(By.CSS_SELECTOR, "input[name=cis]"))
    b.driver.execute_script("arguments[0].setAttribute('id', 'chosen')", form)
    b.submit("#chosen")


def test_an_ordonnance_is_written_signed_and_printed_without_a_discharge(open_browser, server, stage, tmp_path):
    p = stage.mine[6]
    physician = Person(server, server.account("physician")).come()
    b = open_browser()
    b.take(physician.token)
    b.get(f"/patient/{p.id}/prescribe")
    b.driver.execute_script("arguments[0].click()", b.one("main a[href$='prescribe?out=1']"))
    b.until(lambda: "Ordonnance de ville" in b.text)
    choose(b, "bisoprolol 5")
    write(b, how="moments", dose="1 cp", take="matin", during="30 j", qsp="1 mois", renewals="beaucoup")
    b.submit("#line")
    assert "28 j, 4 semaines" in plain(b.text) and b.one("#line [name=qsp]").get_attribute("value") == "1 mois", "beside the field, nothing typed is lost"
    write(b, renewals="2")
    b.submit("#line")
    assert "28 j, 4 semaines" in plain(b.text), b.text
    b.shot("ordonnance-refused")
    write(b, qsp="")
    b.submit("#line")
    assert "Quantité : 30 comprimés pour 30 jours. À renouveler 2 fois." in plain(b.text), b.text
    assert b.path.endswith("prescribe?out=1"), "the next line is of the same ordonnance"
    choose(b, "actiskenan 10")
    write(b, how="moments", dose="1 cp", take="matin soir", qsp="14 j")
    b.submit("#line")
    b.shot("ordonnance-basket")
    b.get(f"/patient/{p.id}/prescribe/review")
    assert "QSP) 14 jours, soit 28 comprimés" in plain(b.text)
    b.shot("ordonnance-review")
    if b.all("#sign [name=reason]"):
        b.driver.execute_script("arguments[0].click()", b.one("#sign input[name=reason][value=benefit]"))
    b.submit("#sign")
    assert "Ordonnances de ville" in b.text and "hors d’une sortie" in b.text.replace("'", "’"), b.text
    b.shot("ordonnance-list")
    link = b.one("main a[href*='/ordonnance.pdf?line=']").get_attribute("href").removeprefix(b.url)
    before = server.ledger(1)[-1]["number"]
    pdf = pdf_of(physician.get(link))
    assert [e for e in server.ledger(before + 1) if e.get("route", "").endswith("/ordonnance.pdf")], "a print is a look at the patient"
    text = words(pdf, tmp_path)
    for said in ("Quantité : 30 comprimés pour 30 jours. À renouveler 2 fois.", "Quantité suffisante pour (QSP) quatorze jours, soit vingt-huit comprimés.", "En chiffres : Quantité suffisante pour (QSP) 14 jours, soit 28 comprimés.",
                 "Nombre de médicaments : 2", "Prescripteur"):
        assert said in text, (said, text)
    pictures(pdf, tmp_path, "ordonnance-consultation")
    assert pdf_of(physician.get(link)) == pdf, "the same paper is the same bytes"
    assert Person(server, server.account("clerk")).come().get(link).status_code in (403, 404)
    assert physician.get(link.replace(p.id, stage.mine[5].id)).headers["Content-Type"].startswith("text/html"), "a line of another patient makes no paper"
    nurse = Person(server, server.account("nurse")).come()
    assert "BISOPROLOL" not in nurse.get(f"/patient/{p.id}/plan").text.upper().split("<MAIN")[1], "it is given by nobody here"


# ---- reminders ----

def owes(server, stage, nth):
    """Somebody who owes 20,00 € of an invoice that was posted today."""
    p = stage.mine[nth]
    physician, billing = (Person(server, server.account(role)).come() for role in ("physician", "billing"))
    own, number_in = f"/patient/{p.id}", lambda answer: re.search(r"no=(\d+)", answer.headers["Location"]).group(1)
    stay = re.search(r'name="stay" value="([^"]+)"', billing.get(own + "/bills").text).group(1)
    assert physician.post(own + "/acts", {"stay": stay, "act": "AAFA001", "activity": "1", "phase": "0", "day": "03/02/2025"}).status_code == 303
    draft = number_in(billing.post(own + "/bills", {"stay": stay}))
    for tail, more in (("/bill/amount", {"place": "1", "amount": "120,50"}), ("/bill/share", {"own": "20"}), ("/bill/check", {}), ("/bill/post", {})):
        version = re.search(r'name="version" value="(\d+)"', billing.get(f"{own}/bill?no={draft}").text).group(1)
        answer = billing.post(own + tail, {"no": draft, "version": version, **more})
        assert answer.status_code == 303, answer.text[-800:]
    return p, billing, number_in(answer)


def test_reminders_are_written_once_a_day_and_printed_as_they_stood(open_browser, server, stage, tmp_path):
    p, billing, no = owes(server, stage, 4)
    assert billing.post(f"/patient/{p.id}/invoice/pay", {"no": no, "payer": "patient", "seen": "1", "means": "cash", "amount": "5"}).status_code == 303
    b = open_browser()
    b.take(billing.token)
    b.get("/billing/reminders")
    assert "neutre" in b.text
    b.shot("reminders")
    b.one("#since [name=days]").send_keys("trente")
    b.submit("#since")
    assert b.one("#since [name=days]").get_attribute("value") == "trente" and b.all(".faults, .fault, [aria-invalid=true]"), "typed badly: told, and still there"
    box = b.one("#since [name=days]")
    box.clear()
    box.send_keys("9")
    b.submit("#since")
    assert "aussi ancienne" in b.text
    box = b.one("#since [name=days]")
    box.clear()
    box.send_keys("0")
    b.submit("#since")
    assert "15,00" in b.text and stage.mine[4].id in b.driver.page_source, b.text
    b.shot("reminders-due")
    b.driver.execute_script("document.querySelector(\"form[action='/billing/reminders/make']\").setAttribute('id', 'make')")
    b.submit("#make")
    assert "Lettres écrites : 1" in plain(b.text), b.text
    b.shot("reminders-made")
    batch = b.one("main a[href*='reminders.pdf?batch=']").get_attribute("href").removeprefix(b.url)
    b.get(batch.split("?")[0].replace(".pdf", ""))
    pdf = pdf_of(billing.get(batch))
    text = words(pdf, tmp_path)
    year, number = server.sql("SELECT year, number FROM invoice WHERE no = ?", int(no))[0]
    for said in (f"N° {year}-{number:06d}", "Part à votre charge", "20,00", "Déjà réglé", "5,00", "Reste dû : 15,00", "Sauf erreur de notre part", "Numéro du rappel 1"):
        assert said in text, (said, text)
    for never in ("intérêt", "huissier", "pénalité", "mise en demeure", "tribunal"):
        assert never not in text.lower(), never
    pictures(pdf, tmp_path, "rappel")
    again = billing.post("/billing/reminders", {"days": "0"})
    assert "aussi ancienne" in html.unescape(again.text), "nobody is written to twice on a day"
    assert billing.post(f"/patient/{p.id}/invoice/pay", {"no": no, "payer": "patient", "seen": "3", "means": "cash", "amount": "15"}).status_code == 303
    assert pdf_of(billing.get(batch)) == pdf, "paid since: the letter says what it said"
    page = billing.get(f"/patient/{p.id}/invoice?no={no}").text
    one = html.unescape(re.search(r'href="([^"]*/reminder\.pdf[^"]*)"', page).group(1))
    assert "Reste dû : 15,00" in words(pdf_of(billing.get(one)), tmp_path)
    b.get(f"/patient/{p.id}/invoice?no={no}")
    b.shot("invoice-reminded")
    for role in ("nurse", "physician", "clerk", "pharmacist"):
        person = Person(server, server.account(role)).come()
        assert person.get(batch).status_code in (403, 404) and person.get(one).status_code in (403, 404), role
    answer = billing.post("/billing/reminders/words", {"from": "01/01/2026", "words": "Nos mots.\nSur deux lignes.", "code": billing.code()})
    assert answer.status_code == 303, answer.text[-800:]
    b.get("/billing/reminders").shot("reminders-words")
    assert "Nos mots." in b.text and "En vigueur" in b.text


# ---- the list of a day ----

def test_the_day_of_a_calendar_is_a_paper(open_browser, server, stage, tmp_path):
    p = stage.mine[1]
    b = open_browser()
    b.sign_in(server.account("clerk")).get(f"/patient/{p.id}/appointments")
    b.submit("#book")
    start, agenda = server.sql("SELECT a.start_ms, p.agenda FROM appointment a JOIN appointment_place p ON p.appointment = a.no WHERE a.patient = ? ORDER BY a.no DESC LIMIT 1", p.rid)[0]
    at = datetime.fromtimestamp(start / 1000, zoneinfo.ZoneInfo("Europe/Paris"))
    clerk = Person(server, server.account("clerk")).come()
    page = html.unescape(clerk.get(f"/agenda/day?day={at.date()}").text)
    link = re.search(r'href="(/agenda/day\.pdf\?day=[^"]+)"', page).group(1)
    before = server.ledger(1)[-1]["number"]
    pdf = pdf_of(clerk.get(link))
    assert [e for e in server.ledger(before + 1) if e.get("route") == "/agenda/day.pdf"], "a print is a look, recorded as one list"
    text = words(pdf, tmp_path)
    pictures(pdf, tmp_path, "agenda")
    for said in (f"{at:%H:%M}–", f"{at:%d/%m/%Y}", "1 rendez-vous", "créneaux libres", "Réservé", "Aucun rendez-vous :", "État au"):
        assert said in text, (said, text)
    info = tool("pdfinfo", pdf, tmp=tmp_path)
    assert re.search(r"Title: +Liste du jour", info), "no name in a title"
    assert re.search(r"Pages: +1\b", info), "a page for whom somebody comes to, and names at its end for the others"
    week = html.unescape(clerk.get(f"/agenda/day?day={at.date()}&agenda={agenda}").text)
    days = re.findall(r'href="(/agenda/day\.pdf\?day=[\d-]+&agenda=\d+)"', week)
    assert len(days) == 7
    one = words(pdf_of(clerk.get(next(d for d in days if f"day={at.date()}" in d))), tmp_path)
    assert "1 rendez-vous" in one and f"{at:%H:%M}–" in one and "Aucun rendez-vous" not in one, one
    empty = words(pdf_of(clerk.get(next(d for d in days if f"day={at.date()}" not in d))), tmp_path)
    assert "0 rendez-vous" in empty and f"{at:%d/%m/%Y}" not in empty, empty
    assert clerk.get("/agenda/day.pdf?day=hier").status_code in (200, 400, 422)
    assert Person(server, server.account("rssi")).come().get(link).status_code in (403, 404)
