# SPDX-License-Identifier: Apache-2.0
"""
One day of a hospital, as several people live it in sessions of their own, each step by the form that its page has and by the keyboard alone: a clerk admits somebody who was never here, a nurse
measures, a physician prescribes against two alerts and signs once, the pharmacist accepts, asks for a change and refuses, a lot comes in and an old one is left out, a nurse gives by scan, is refused
and is late, the patient changes wards and goes home; the identity cell joins two records and parts them again. The tests are one story: each goes on where the one before ended.

HYGIE_DAY_SHOTS=docs/images/day writes the pictures of the main pages.
"""
import os
import re
import struct
import zlib
import zoneinfo
from datetime import datetime, timedelta

import pytest

from browser import By, Keys
from hands import Hands, said
from hygie_server import Person
from test_every_page import LOOK, unnamed

SHOTS = os.environ.get("HYGIE_DAY_SHOTS")
PARACETAMOL, PARACETAMOL_BOX = "60234100", "03400935955838"


def small(png):
    """The same picture in at most 256 colours: a screen has few, and a repository keeps what it gets."""
    at, head, data = 8, None, b""
    while at < len(png):
        n, kind = struct.unpack(">I4s", png[at:at + 8])
        head, data = (png[at + 8:at + 8 + n] if kind == b"IHDR" else head), data + (png[at + 8:at + 8 + n] if kind == b"IDAT" else b"")
        at += n + 12
    (wide, high), step = struct.unpack(">II", head[:8]), {2: 3, 6: 4}[head[9]]
    raw, before, lines = zlib.decompress(data), bytearray(wide * step), []
    for y in range(high):
        kind, line = raw[y * (wide * step + 1)], bytearray(raw[y * (wide * step + 1) + 1:(y + 1) * (wide * step + 1)])
        for i in range(len(line) if kind else 0):
            a, b, c = (line[i - step] if i >= step else 0), before[i], (before[i - step] if i >= step else 0)
            near = a if kind == 1 else b if kind == 2 else (a + b) // 2 if kind == 3 else min((a, b, c), key=lambda v: abs(a + b - c - v))
            line[i] = line[i] + near & 255
        lines.append(line)
        before = line
    colours = {}
    for bits in (4, 3, 2):
        mask = 256 - (1 << (8 - bits))
        out = [[(line[i] & mask, line[i + 1] & mask, line[i + 2] & mask) for i in range(0, len(line), step)] for line in lines]
        colours = {c: n for n, c in enumerate(sorted({c for line in out for c in line}))}
        if len(colours) <= 256:
            break
    part = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    whole = 256 - (1 << (8 - bits))
    table = b"".join(bytes(v * 255 // whole for v in c) for c in colours)
    return (png[:8] + part(b"IHDR", head[:8] + bytes((8, 3, 0, 0, 0))) + part(b"PLTE", table)
            + part(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(colours[c] for c in line) for line in out), 9)) + part(b"IEND", b""))


class Day:
    def __init__(self, server):
        self.server, self.chart, self.wrong, self.looked = server, None, [], set()
        self.told = {}
        self.initials = "".join(word[0] for word in self.account("nurse")["name"].split())

    def account(self, role, nth=0):
        return self.server.account(role, nth)

    def budget(self, what, h, keys, seconds):
        self.told[what] = (h.keys, round(h.seconds, 1))
        print(f"{what}: {h.keys} keys of {keys}, {h.seconds:.1f} s of {seconds}")
        assert h.keys <= keys, f"{what} takes {h.keys} keys, not {keys}"
        assert h.seconds <= seconds, f"{what} takes {h.seconds:.1f} s, not {seconds}"


@pytest.fixture(scope="module")
def day(server):
    return Day(server)


@pytest.fixture
def sit(open_browser, day):
    """sit(role): somebody sits down at a desk of 1366 by 768. Each page that is left by these hands was looked at as test_every_page looks."""
    seats = []

    def down(role, nth=0):
        if not seats:
            seats.append(Seat(open_browser(), day))
        seats[0].b.take(Person(day.server, day.account(role, nth)).come().token)
        return seats[0].start()

    yield down
    for seat in seats:
        seat.look()
    assert not day.wrong, "\n".join(map(str, day.wrong))


class Seat(Hands):
    def __init__(self, browser, day):
        super().__init__(browser)
        self.day = day

    def look(self):
        b, where = self.b, re.sub(r"[0-9a-f-]{36}", ":id", self.b.path.split("?")[0])
        if where in self.day.looked:
            return
        self.day.looked.add(where)
        found = b.driver.execute_script(LOOK, "fr") + unnamed(b)
        if found:
            self.day.wrong.append((where, sorted(set(found))))

    def leave(self, element):
        super().leave(element)
        self.look()
        return self

    @property
    def text(self):
        return self.b.text

    def shot(self, name):
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            self.b.driver.execute_script("scrollTo(0, 0)")
            with open(f"{SHOTS}/{name}.png", "wb") as to:
                to.write(small(self.b.driver.get_screenshot_as_png()))
        return self

    def find(self, born):
        """F2, a birth date, Enter; then the line and Enter."""
        self.press(Keys.F2)
        body = self.b.one("body")
        self.press(re.sub(r"\D", "", born), Keys.ENTER)
        return self.leave(body)

    def chart(self, born=None):
        """Through the search, as anybody comes to a chart: the line is gone to, nothing chooses it."""
        return self.find(born or self.day.born).enter("#results [data-row]")

    def section(self, words):
        return self.enter(self.link(words, ".rail"))


def test_a_clerk_makes_the_record_of_somebody_who_was_never_here(sit, day):
    h = sit("clerk")
    day.born, day.name = "04/04/1971", "ZYSMANOVIC"
    h.find(day.born)
    h.enter(h.link("Créer le dossier", "main"))
    h.fill("#new", birth_name=day.name, given_names="Aurore Inès", birthdate=day.born, sex="female").shot("nouveau-dossier")
    h.send()
    assert h.b.path.endswith("/admin"), h.text
    day.chart = h.b.path[:-len("/admin")]
    assert "Identité provisoire" in h.b.one(".banner").text.replace("\u202f", " "), h.b.one(".banner").text


def test_the_clerk_admits_her_to_a_bed_and_her_identity_waits_to_be_qualified(sit, day):
    h = sit("clerk").start()
    h.chart().section("Mouvements")
    h.to(h.link("Admission", "main"))
    h.press(Keys.ENTER)
    form = "form[action$='/moves/admit']"
    beds = [o.text for o in h.b.all(f"{form} [name=place] option")]
    day.bed = next(b for b in beds if b.startswith("Médecine 2A, Lit") and "(" not in b)
    h.fill(form, kind="inpatient", place=day.bed)
    h.send()
    assert "Présent" in h.text and "Médecine 2A" in h.text, h.text
    h.shot("mouvements")


def test_a_nurse_finds_her_and_takes_vital_signs(sit, day):
    h = sit("nurse").start()
    h.find(day.born)
    day.budget("find", h, 10, 5)
    h.enter("#results [data-row]")
    assert h.b.path == day.chart
    day.budget("find and open", h, 13, 8)
    h.start().key("g", "v")
    h.fill("#vitals", systolic="128", diastolic="76", pulse="88", temperature="37,9", saturation="96", breaths="18", pain="4", weight="62,5").send()
    assert "128/76" in h.text and "37,9" in h.text
    day.budget("vital signs", h, 36, 20)
    h.shot("constantes")


def test_the_nurse_asks_for_allergies_and_enters_what_she_is_told(sit, day):
    h = sit("nurse").chart()
    assert "Allergies non renseignées" in said(h.b.one(".banner"))
    h.start().key("g", "w")
    h.fill("#allergy", substance="amoxicilline", criticality="low", reaction="urticaire en 2019").send()
    day.budget("an allergy", h, 40, 10)
    assert "amoxicilline" in said(h.b.one(".banner")) and "En cours" in h.row("amoxicilline", "urticaire").text
    h.shot("allergies")


# ---- a pharmacy that was there before the day ----

def set_up_pharmacy(day):
    """The pharmacy that validates what is signed, and a shelf of the ward."""
    pharmacist = Person(day.server, day.account("pharmacist")).come()
    assert pharmacist.post("/pharmacy", {}).status_code == 303
    assert pharmacist.post("/stock/product", {"cis": PARACETAMOL, "counted": "tablet"}).status_code == 303


def test_the_pharmacist_opens_a_store_for_the_ward_by_its_name(sit, day):
    set_up_pharmacy(day)
    h = sit("pharmacist").section("Stocks")
    h.fill("form[action='/stock/new']", label="PH-2A", kind="ward", unit="Médecine 2A").send()
    assert "PH-2A" in h.row("Médecine 2A").text


def test_lots_come_in_and_the_one_that_is_over_is_not_proposed(sit, day):
    h = sit("pharmacist").section("Stocks")
    h.enter(h.link("PH-2A", "main"))
    form = "form[action='/stock/receive']"
    h.enter(h.link("Réceptionner", "main"))
    h.fill(form, cis=PARACETAMOL_BOX[1:], number="L-VIEUX", expires="30/06/2024", quantity="16", source="delivery").send()
    assert "Cette date est passée" in h.text, "what is over does not come with a delivery"
    assert h.b.one(f"{form} [name=number]").get_attribute("value") == "L-VIEUX"
    h.fill(form, source="found").send()
    for number, expires, quantity in (("L-TARD", "31/12/2030", "40"), ("L-TOT", "31/12/2027", "24")):
        h.enter(h.link("Réceptionner", "main"))
        h.fill(form, cis=PARACETAMOL_BOX[1:], number=number, expires=expires, quantity=quantity, source="delivery").send()
    row = h.row("DOLIPRANE").text
    assert "64 comprimé" in row and "Périmé" in row, row
    assert row.index("L-TOT") < row.index("L-TARD"), "what is over first goes first"
    h.shot("stock")


# ---- prescribed, validated ----

def add_line(h, words, name, **how):
    """F4, a few letters, the medicine, how it is given."""
    h.key(Keys.F4)
    body = h.b.one("body")
    h.press(words, Keys.ENTER)
    h.leave(body)
    h.enter(h.row(name).find_element(By.CSS_SELECTOR, "button"))
    h.fill("#line", **how).send()
    assert not h.b.all(".faults"), h.text


def test_the_physician_writes_six_lines_meets_two_alerts_and_signs_once(sit, day):
    h = sit("physician").chart()
    assert "amoxicilline" in h.b.one(".banner").text
    two_hours_ago = datetime.now(zoneinfo.ZoneInfo("Europe/Paris")) - timedelta(minutes=130)
    h.start()
    add_line(h, "dolip 1000", "DOLIPRANE 1000 mg, comprimé", dose="1 cp", how="À int", every="6 h")
    day.budget("one line", h, 36, 20)
    add_line(h, "amoxicilline arrow 500", "AMOXICILLINE ARROW 500 mg, gélule", dose="1 gél", how="À int", every="8 h", during="7 j")
    add_line(h, "coumadine 2", "COUMADINE 2 mg", dose="1 cp", how="À des", take="soir")
    add_line(h, "daktarin gel", "DAKTARIN", dose="1", unit="applic", how="À int", every="6 h")
    add_line(h, "mopral 20", "MOPRAL 20 mg", dose="1 gél", how="Une", start=two_hours_ago.strftime("%d/%m/%Y %Hh%M"))
    h.key(Keys.F4)
    h.to(h.link("Biologie, imagerie", "main"))
    h.press(Keys.ENTER)
    h.fill("#other", kind="lab", what="INR, NFS").send()
    h.enter(h.link("Vérifier et signer", "main"))
    alerts = [tr.text for tr in h.b.all("main tbody tr") if "Motif exigé" in tr.text]
    assert len(alerts) == 2 and any("Interaction" in a and "ANSM, édition" in a for a in alerts) and any("Allergie à la substance" in a for a in alerts), alerts
    assert "voie voie" not in h.text
    h.shot("verifier-et-signer")
    h.send()
    assert "Motif" in h.b.one("#sign .error").text or "outre" in h.b.one(".faults").text, "without a reason nothing is signed"
    h.fill("#sign", reason="monitored")
    h.start().send()
    day.budget("sign", h, 1, 5)
    assert h.b.path == f"{day.chart}/prescriptions" and said(h.b.one("main")).count("Avis attendu") == 5, h.text


def test_the_pharmacist_sees_what_is_new_accepts_one_asks_for_a_change_and_refuses_one(sit, day):
    h = sit("pharmacist").section("Prescriptions à valider")
    h.enter(h.row(day.name).find_element(By.CSS_SELECTOR, "[data-row]"))
    assert h.text.count("Nouveau") >= 5
    h.shot("validation")
    h.start().enter(h.link("Accepter paracétamol", "main"))
    for name, opinion, words in (("COUMADINE", "modify", "INR à J3 et à J7, miconazole"), ("AMOXICILLINE", "refuse", "Allergie : une autre famille")):
        line = h.row(name, "Modifier ou refuser")
        h.open(line, "Modifier ou refuser")
        h.fill("#" + line.find_element(By.CSS_SELECTOR, "form[id]").get_attribute("id"), opinion=opinion, text=words).send()
    for role in ("nurse", "physician"):
        h = sit(role).chart().key("g", "p")
        assert "Avis : accepté" in said(h.row("DOLIPRANE", "Actif"))
        assert "Avis : à modifier" in said(h.row("COUMADINE", "Actif")) and "INR à J3 et à J7" in h.text
        assert "Avis : refusé" in said(h.row("AMOXICILLINE", "Actif")) and "une autre famille" in h.text
    h.shot("prescriptions")


# ---- given, refused, late ----

def dose(h, drug, state):
    """The cell of a medicine in the grid that says so."""
    for tr in h.b.all("table.plan tbody tr"):
        if drug in tr.text:
            return next(a for a in tr.find_elements(By.CSS_SELECTOR, "a.dose") if state in a.text)
    raise AssertionError(f"no {drug} in the plan: {h.text}")


def test_the_nurse_gives_by_scan_is_refused_and_sees_how_late_she_is(sit, day):
    h = sit("nurse").key("g", "o")
    row = h.row(day.name).text
    assert "1 en retard" in row and "2 à faire" in row, "what the pharmacist refused is not asked for: " + row
    h.shot("tournee")
    h.enter(h.row(day.name).find_element(By.CSS_SELECTOR, "[data-row]"))
    late = said(h.b.one(".overdue"))
    assert "oméprazole" in late and re.search(r"2 h 1\d de retard", late), late
    assert dose(h, "amoxicilline", "Ne pas donner")
    assert not [label for label in h.b.all("#round-ticks label") if "amoxicilline" in label.text]
    h.shot("plan")
    assert h.has_focus(dose(h, "oméprazole", "Retard")), "the first that is due has the focus"
    scan = f"01{PARACETAMOL_BOX}1727123110L-TOT"
    h.start().enter(dose(h, "paracétamol", "À faire"))
    h.fill("#give", scan=scan).send()
    h.keys -= len(scan)     # the scanner types these
    day.budget("give by scan, from the plan", h, 10, 10)
    assert dose(h, "paracétamol", day.initials)
    h.enter(dose(h, "miconazole", "À faire"))
    h.fill("#refuse", reason="Refus du patient").send()
    assert dose(h, "miconazole", "Refus du patient")
    tick = next(i for i in h.b.all("#round [name=ticks]") if "oméprazole" in i.find_element(By.XPATH, "..").text)
    h.start().put(tick, True)
    h.fill("#round", reason="Pas de code").send()
    assert re.search(r"2 h 1\d après", said(dose(h, "oméprazole", day.initials)))
    assert not h.b.all(".overdue")
    h.shot("plan-apres-tournee")


def test_what_was_given_left_the_shelf_of_the_ward(sit, day):
    h = sit("nurse").section("Stocks")
    h.enter(h.link("PH-2A", "main"))
    row = h.row("DOLIPRANE").text
    assert "63 comprimé" in row and "23 comprimé" in row, "the scanned lot is one tablet less: " + row


# ---- to another ward, and home ----

@pytest.mark.parametrize("role", ["clerk", "nurse", "physician", "pharmacist"])
def test_no_key_leads_to_two_places(sit, day, role):
    h = sit(role).chart()
    keys = [a.get_attribute("data-key") for a in h.b.all(".rail [data-key]")]
    assert len(keys) == len(set(keys)), sorted(k for k in keys if keys.count(k) > 1)


def test_she_is_transferred_and_the_other_ward_goes_on(sit, day):
    h = sit("nurse").chart().section("Mouvements")
    h.to(h.link("Transfert", "main"))
    h.press(Keys.ENTER)
    form = "form[action$='/moves/transfer']"
    h.fill(form, place="Médecine 2B").send()
    assert not h.b.all(".faults"), h.text
    assert "Médecine 2B" in h.b.one("main h2").text
    h = sit("nurse", 1).key("g", "o")
    assert day.name in h.row(day.name).text
    h.enter(h.row(day.name).find_element(By.CSS_SELECTOR, "[data-row]"))
    assert dose(h, "paracétamol", "À venir"), "the plan came with her"


def test_she_goes_home(sit, day):
    h = sit("clerk", 1).chart().section("Mouvements")
    h.to(h.link("Sortie", "main"))
    h.press(Keys.ENTER)
    h.to("form[action$='/moves/discharge'] [name=day]")
    h.send()
    assert "Sortie" in h.row("A03").text, h.text
    h.shot("sortie")
    h = sit("nurse", 1).key("g", "o")
    assert day.name not in h.text


# ---- two records of one person ----

def test_an_administrator_names_two_members_of_the_identity_cell(sit, day):
    h = sit("admin").section("Membres de l'identitovigilance")
    for role in ("nurse", "physician"):
        h.fill("#member", login=day.account(role)["login"], code=h.b.code(day.account("admin"))).send()
        assert day.account(role)["name"] in h.b.one("main table").text, h.text


def test_a_clerk_who_made_her_a_second_time_asks_for_the_two_to_be_joined(sit, day):
    h = sit("clerk").find(day.born)
    h.enter(h.link("Créer le dossier", "main"))
    h.fill("#new", birth_name=day.name, given_names="Aurore", birthdate=day.born, sex="female").send()
    assert "déjà connue" in said(h.b.one("main"))
    h.fill("#new", confirm_no_duplicate=True).send()
    day.second = h.b.path[:-len("/admin")]
    assert day.second != day.chart
    h.section("Justificatifs d'identité").enter(h.link("Demander une fusion", "main"))
    choice = [o.text for o in h.b.all("#merge [name=other] option") if "1971" in o.text]
    h.fill("#merge", other=choice[0][:8], text="saisie deux fois à l'accueil").send()
    assert "La demande est faite" in h.text, h.text


def test_a_member_of_the_identity_cell_joins_them_and_another_parts_them_again(sit, day):
    h = sit("nurse").section("Identitovigilance")
    h.enter(h.link("Fusions demandées", "main"))
    h.enter(h.link("Comparer", "main"))
    assert day.name in h.text and "diffère" in h.text
    h.shot("comparer")
    h.enter(h.link("Conserver le plus ancien", "main"))
    assert h.b.path == "/identity?kind=merged"
    joined = sit("nurse").chart().text
    assert "Un autre dossier de cette personne a été fusionné" in joined, joined
    h = sit("physician").section("Identitovigilance")
    h.enter(h.link("Fusions faites", "main"))
    h.enter(h.link("Annuler la fusion", "main"))
    assert "Aucune fusion" in h.text, h.text
    h = sit("clerk").find(day.born)
    assert len(h.b.all("#results [data-row]")) == 2
