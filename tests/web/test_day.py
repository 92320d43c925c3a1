# SPDX-License-Identifier: Apache-2.0
"""
One day of a hospital, as several people live it in sessions of their own, each step by the form that its page has and by the keyboard alone: a clerk admits somebody who was never here, a nurse
measures, a physician prescribes against two alerts and signs once, the pharmacist accepts, asks for a change that the physician takes on, and refuses; the pharmacist orders and a technician takes
in what comes, a lot comes in and an old one is left out, a nurse gives by scan, is refused
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
# Task: (keys at most, seconds, where UX has it). UX §9 has figures for finding and for renewing a chart; the others are what its flows take when each step is one form and each form one
# Control and Enter: what is typed, and up to a dozen steps of Tab.
BUDGETS = {
    "find":                          (10,  1, "§9.1"),
    "find and open":                 (13,  2, "§9.1"),
    "vital signs":                   (36, 20, "§8"),
    "an allergy":                    (40, 10, "§8"),
    "one line":                      (36, 20, "§9.2"),
    "sign":                          (1,   5, "§9.2"),
    "a chart renewed":               (14, 10, "§9.2"),
    "one line accepted":             (8,   5, "§9.3"),
    "a line to change, beside its words": (24, 20, "§9.3"),
    "a change taken on":             (32, 20, "§9.2"),
    "an order made and sent":        (34, 20, "§9.5"),
    "an order received by scan":     (8,  10, "§9.5"),
    "the rest received, typed":      (40, 20, "§9.5"),
    "give by scan, from the plan":   (10, 10, "§9.4"),
    "refused, with its reason":      (30, 10, "§9.4"),
    "late by hours":                 (30, 10, "§9.4"),
    "dispense":                      (36, 10, "§9.5"),
    "one treatment goes on":         (8,   5, "§9.7"),
    "reconciliation signed":         (12,  5, "§9.7"),
    "a letter begun":                (24, 10, "§9.7"),
    "a block read":                  (14,  5, "§9.7"),
    "a letter signed":               (16,  5, "§9.7"),
    "an appointment booked":         (10,  5, "§8"),
    "an appointment moved":          (8,   5, "§8"),
    "an appointment cancelled":      (8,   5, "§8"),
    "a stay's draft":                (8,   5, "§9.6"),
    "an amount typed":               (12, 10, "§9.6"),
    "a bill checked and posted":     (8,  10, "§9.6"),
    "a payment":                     (16, 10, "§9.6"),
    "two records joined":            (12, 10, "§8"),
    "two records parted":            (8,  10, "§8"),
}
# A time is that of a robot's hands on a machine that may do anything else: keys, each page, and what the browser driver takes of each. It is held against the budget times this, in one place; 1 asks the
# budget itself of a quiet machine.
SLOWER = float(os.environ.get("HYGIE_DAY_SLOWER", "10"))
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

    def budget(self, what, h, over=0):
        """More keys than BUDGETS has (and what this hour puts before them) fail here; more time than SLOWER times that fails at the end, so that a slow minute does not end the story."""
        keys, seconds, _ = BUDGETS[what]
        took = h.keys - over
        self.told[what] = (took, h.seconds)
        print(f"{what}: {took} keys of {keys}, {h.seconds:.1f} s of {seconds}")
        assert took <= keys, f"{what} takes {took} keys, not {keys}"


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
    day.budget("find", h)
    h.enter("#results [data-row]")
    assert h.b.path == day.chart
    day.budget("find and open", h)
    h.start().key("g", "v")
    h.fill("#vitals", systolic="128", diastolic="76", pulse="88", temperature="37,9", saturation="96", breaths="18", pain="4", weight="62,5").send()
    assert "128/76" in h.text and "37,9" in h.text
    day.budget("vital signs", h)
    h.shot("constantes")


def test_the_nurse_asks_for_allergies_and_enters_what_she_is_told(sit, day):
    h = sit("nurse").chart()
    assert "Allergies non renseignées" in said(h.b.one(".banner"))
    h.start().key("g", "w")
    h.fill("#allergy", substance="amoxicilline", criticality="low", reaction="urticaire en 2019").send()
    day.budget("an allergy", h)
    assert "amoxicilline" in said(h.b.one(".banner")) and "En cours" in h.row("amoxicilline", "urticaire").text
    h.shot("allergies")


# ---- a pharmacy that was there before the day ----

def set_up_pharmacy(day):
    """The pharmacy that validates what is signed, with a store whose shelf of paracetamol is empty."""
    pharmacist = Person(day.server, day.account("pharmacist")).come()
    assert pharmacist.post("/pharmacy", {}).status_code == 303
    assert pharmacist.post("/stock/product", {"cis": PARACETAMOL, "counted": "tablet"}).status_code == 303
    assert pharmacist.post("/stock/new", {"label": "PUI", "kind": "central"}).status_code == 303
    store = re.search(r"/stock/store\?store=(\d+)", pharmacist.get("/stock").text).group(1)
    assert pharmacist.post("/stock/level", {"store": store, "cis": PARACETAMOL, "critical": "10", "minimum": "20", "optimum": "100", "maximum": "200"}).status_code == 303


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


def test_the_pharmacist_orders_what_the_thresholds_propose(sit, day):
    h = sit("pharmacist").section("Stocks")
    h.start().enter(h.row("PUI").find_element(By.CSS_SELECTOR, "a[href*='/stock/proposals']"))
    assert "100 comprimé" in said(h.row("DOLIPRANE")), h.text
    h.fill("form[action='/stock/orders/new']", supplier="F-01").send()
    assert "Commande préparée" in h.text or "Brouillon" in h.text, h.text
    h.enter(h.link("Elle est partie chez le fournisseur", "main"))
    day.budget("an order made and sent", h)
    assert "Commandé" in h.text, h.text
    h.shot("commande")


def test_a_technician_takes_in_part_of_the_order_by_scan_and_then_the_rest(sit, day):
    h = sit("technician")
    assert h.b.path == "/stock" and not h.b.all("a[href^='/patient']"), "a day among goods"
    form = "form[action='/stock/order/receive']"

    def order():
        h.section("Stocks").enter(h.link("Commandes", "main"))
        h.enter(h.row("F-01").find_element(By.CSS_SELECTOR, "a"))

    order()
    assert not h.b.all("form[action='/stock/order/end'], form[action='/stock/order/send']"), "what is ordered is the pharmacist's"
    scan = f"01{PARACETAMOL_BOX}1729123110C-TARD"
    h.start().fill(form, scan=scan).send()
    h.fill(form, quantity="60").send()
    h.keys -= len(scan)  # the scanner types these
    day.budget("an order received by scan", h)
    assert "Reçue en partie" in h.text and "60 comprimé" in said(h.row("DOLIPRANE")), h.text
    rest = {"cis": "DOLI", "number": "C-TOT", "expires": "30/06/2028"}
    h.fill(form, **rest, quantity="41").send()
    assert h.b.all(f"{form} .faults") and "60 comprimé" in said(h.row("DOLIPRANE")), "more than was ordered does not come in"
    order()
    h.start().fill(form, **rest, quantity="40").send()
    day.budget("the rest received, typed", h)
    assert "100 comprimé" in said(h.row("DOLIPRANE")) and not h.b.all(form), h.text
    assert not h.b.all("form[action='/stock/order/invoice']"), "nor is the invoice the technician's"
    h.shot("commande-recue")
    row = said(h.section("Stocks").enter(h.link("PUI", "main")).row("DOLIPRANE"))
    assert row.index("C-TOT") < row.index("C-TARD"), "what is over first goes first: " + row


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
    day.budget("one line", h)
    add_line(h, "amoxicilline arrow 500", "AMOXICILLINE ARROW 500 mg, gélule", dose="1 gél", how="À int", every="8 h", during="7 j")
    add_line(h, "coumadine 2", "COUMADINE 2 mg", dose="1 cp", how="À des", take="soir", during="5 j")
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
    day.budget("sign", h)
    assert h.b.path == f"{day.chart}/prescriptions" and said(h.b.one("main")).count("Avis attendu") == 5, h.text


def test_the_pharmacist_sees_what_is_new_accepts_one_asks_for_a_change_and_refuses_one(sit, day):
    h = sit("pharmacist").section("Prescriptions à valider")
    h.enter(h.row(day.name).find_element(By.CSS_SELECTOR, "[data-row]"))
    assert h.text.count("Nouveau") >= 5
    h.shot("validation")
    h.start().enter(h.link("Accepter paracétamol", "main"))
    day.budget("one line accepted", h)
    for name, opinion, words in (("COUMADINE", "modify", "INR à J3 et à J7, miconazole"), ("AMOXICILLINE", "refuse", "Allergie : une autre famille")):
        line = h.row(name, "Modifier ou refuser")
        h.start().open(line, "Modifier ou refuser")
        h.fill("#" + line.find_element(By.CSS_SELECTOR, "form[id]").get_attribute("id"), opinion=opinion, text=words).send()
        h.keys -= len(words)
        day.budget("a line to change, beside its words", h)
    for role in ("nurse", "physician"):
        h = sit(role).chart().key("g", "p")
        assert "Avis : accepté" in said(h.row("DOLIPRANE", "Actif"))
        assert "Avis : à modifier" in said(h.row("COUMADINE", "Actif")) and "INR à J3 et à J7" in h.text
        assert "Avis : refusé" in said(h.row("AMOXICILLINE", "Actif")) and "une autre famille" in h.text
    h.shot("prescriptions")


def test_the_physician_takes_on_what_the_pharmacist_asked_for_and_he_accepts_it(sit, day):
    h = sit("physician").chart().key("g", "p")
    h.start().enter(h.row("COUMADINE", "Actif").find_element(By.CSS_SELECTOR, "a[href*='replaces=']"))
    h.enter(h.link("Garder le même médicament", "main"))
    h.fill("#line", during="3 j").send()  # the INR of the third day decides what follows
    assert not h.b.all(".faults"), h.text
    h.enter(h.link("Vérifier et signer", "main"))
    if h.b.all("#sign [name=reason]"):
        h.fill("#sign", reason="monitored")
    h.send()
    day.budget("a change taken on", h)
    row = said(h.row("COUMADINE", "Actif"))
    assert "remplace une prescription antérieure" in row and "Avis attendu" in row and "pendant 3 jours" in row, row
    assert said(h.b.one("main")).count("Avis attendu") == 1 + 2, "the gel and the capsule wait as before"
    h.shot("changement-pris")
    h = sit("pharmacist").section("Prescriptions à valider")
    h.enter(h.row(day.name).find_element(By.CSS_SELECTOR, "[data-row]"))
    row = said(h.row("COUMADINE"))
    assert "pendant 3 jours" in row and "à modifier" not in row, row
    h.enter(h.link("Accepter warfarine", "main"))
    h = sit("nurse").chart().key("g", "p")
    assert "Avis : accepté" in said(h.row("COUMADINE", "Actif"))


# ---- given, refused, late ----

def cells(h, drug):
    """The doses of a medicine in the grid."""
    return [a for tr in h.b.all("table.plan tbody tr") if drug in tr.text for a in tr.find_elements(By.CSS_SELECTOR, "a.dose")]


def dose(h, drug, state):
    """The dose of a medicine in the grid that says so."""
    return next((a for a in cells(h, drug) if state in a.text), None)


def late(h, drug):
    """The dose that is late, in the grid; above it where it is of the day before: around midnight the story has two days."""
    return dose(h, drug, "Retard") or next(li.find_element(By.CSS_SELECTOR, "a") for li in h.b.all(".overdue li") if drug in li.text)


def kept(h, drug, what):
    """What the plan says of the dose that something was recorded of, on this day or the day before; back at this day's plan after."""
    for day in ("", "Veille"):
        if day:
            h.enter(h.link(day, "main"))
        words = next((said(a) for a in cells(h, drug) if what in a.text), None)
        if day:
            h.enter(h.link("Aujourd'hui", "main"))
        if words:
            return words
    raise AssertionError(f"no {drug} with {what} in the plan: {h.text}")


def test_the_nurse_gives_by_scan_is_refused_and_sees_how_late_she_is(sit, day):
    h = sit("nurse").key("g", "o")
    row = h.row(day.name).text
    assert "1 en retard" in row and "2 à faire" in row, "what the pharmacist refused is not asked for: " + row
    h.shot("tournee")
    h.enter(h.row(day.name).find_element(By.CSS_SELECTOR, "[data-row]"))
    words = said(h.b.one(".overdue"))
    assert "oméprazole" in words and re.search(r"2 h 1\d de retard", words), words
    assert dose(h, "amoxicilline", "Ne pas donner")
    assert not [label for label in h.b.all("#round-ticks label") if "amoxicilline" in label.text]
    h.shot("plan")
    assert h.has_focus(late(h, "oméprazole")), "the first that is due has the focus"
    over = 0 if dose(h, "oméprazole", "Retard") else 3  # from above the grid over the links to other days
    scan = f"01{PARACETAMOL_BOX}1727123110L-TOT"
    h.start().enter(dose(h, "paracétamol", "À faire"))
    h.fill("#give", scan=scan).send()
    h.keys -= len(scan)  # the scanner types these
    day.budget("give by scan, from the plan", h, over)
    assert kept(h, "paracétamol", day.initials)
    h.start().enter(dose(h, "miconazole", "À faire"))
    h.fill("#refuse", reason="Refus du patient").send()
    day.budget("refused, with its reason", h, over)
    assert kept(h, "miconazole", "Refus du patient")
    tick = next(i for i in h.b.all("#round [name=ticks]") if "oméprazole" in i.find_element(By.XPATH, "..").text)
    h.start().put(tick, True)
    h.fill("#round", reason="Pas de code").send()
    day.budget("late by hours", h)
    assert re.search(r"2 h 1\d après", kept(h, "oméprazole", day.initials))
    assert not h.b.all(".overdue")
    h.shot("plan-apres-tournee")


def test_what_was_given_left_the_shelf_of_the_ward(sit, day):
    h = sit("nurse").section("Stocks")
    h.enter(h.link("PH-2A", "main"))
    row = h.row("DOLIPRANE").text
    assert "63 comprimé" in row and "23 comprimé" in row, "the scanned lot is one tablet less: " + row


def test_what_the_pharmacist_refused_is_stopped_and_the_rest_of_the_chart_renewed_in_two_actions(sit, day):
    h = sit("physician").chart().key("g", "p")
    line = h.row("AMOXICILLINE", "Actif")
    h.open(line, "Arrêt")
    h.fill("#" + line.find_element(By.CSS_SELECTOR, "form[id]").get_attribute("id"), reason="Prescrit par erreur").send()
    assert not [tr for tr in h.b.all("main tbody tr") if "AMOXICILLINE" in tr.text and "Actif" in tr.text]
    h.start().enter(h.link("Renouveler tout ce qui a une fin", "main"))
    if h.b.all("#sign [name=reason]"):
        h.fill("#sign", reason="monitored")
    h.send()
    assert h.pages == 2 and "COUMADINE" in h.row("COUMADINE", "Actif").text
    day.budget("a chart renewed", h)


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
    assert kept(h, "paracétamol", day.initials), "the plan came with her, and what was given"


def test_an_earlier_lot_comes_in_and_is_taken_first_until_it_is_put_aside(sit, day):
    soon = (datetime.now() + timedelta(days=20)).strftime("%d/%m/%Y")
    h = sit("pharmacist").section("Stocks")
    h.enter(h.link("PH-2A", "main")).enter(h.link("Réceptionner", "main"))
    h.fill("form[action='/stock/receive']", cis=PARACETAMOL_BOX[1:], number="L-PROCHE", expires=soon, quantity="10", source="delivery").send()
    row = h.row("DOLIPRANE").text
    assert row.index("L-PROCHE") < row.index("L-TOT") < row.index("L-TARD"), "what is over first goes first: " + row

    def dispense(left):
        h.chart().section("Dispenser")
        h.start().fill("#dispense", store="PH-2A", cis=PARACETAMOL_BOX[1:], quantity="2").send()
        day.budget("dispense", h)
        assert not h.b.all(".faults"), h.text
        row = said(h.section("Stocks").enter(h.link("PH-2A", "main")).row("DOLIPRANE"))
        for lot, quantity in left.items():
            assert f"{quantity} comprimé(s) {lot} " in row, row

    dispense({"L-PROCHE": 8, "L-TOT": 23})
    h.shot("lot-proche")
    h.section("Stocks").enter(h.link("Lots et rappels", "main"))
    h.fill("#lots", cis=PARACETAMOL_BOX[1:]).send()
    h.enter(h.row("L-PROCHE").find_element(By.CSS_SELECTOR, "a[href*='/stock/lot?']"))
    h.fill("#state", state="quarantine", reason="Doute").send()
    assert "Quarantaine" in h.text
    h.shot("lot-de-cote")
    dispense({"L-PROCHE": 8, "L-TOT": 21})


def test_the_physician_captures_what_was_done(sit, day):
    h = sit("physician").chart().section("Actes réalisés")
    h.fill("#act", act="AAFA001").send()
    assert "À facturer" in h.text


def test_treatments_are_decided_one_by_one_and_signed_before_she_leaves(sit, day):
    h = sit("physician", 1).chart().section("Traitements de sortie")
    h.shot("conciliation")
    h.start().enter(h.link("Poursuivre paracétamol", "main"))
    day.budget("one treatment goes on", h)
    h.enter(h.link("Poursuivre warfarine", "main"))

    def stop(name):
        line = h.row(name, "Arrêt")
        h.open(line, "Arrêt")
        h.fill("#" + line.find_element(By.CSS_SELECTOR, "form[id^='stop-']").get_attribute("id"), reason="Utile pendant").send()

    stop("miconazole")
    stop("oméprazole")
    h.enter(h.link("Signer les lignes de sortie", "main"))
    if h.b.all("#sign [name=reason]"):
        h.fill("#sign", reason="benefit")
    h.send()
    h.section("Traitements de sortie")
    stop("warfarine")  # the renewal of the stay's own line, which the one for home takes the place of
    assert "Chaque traitement a sa décision" in h.text, h.text
    h.start().enter(h.link("Signer : tous les traitements ont été revus", "main"))
    day.budget("reconciliation signed", h)
    assert "Conciliation faite" in h.text, h.text
    decided = said(h.b.one("main table"))
    assert decided.count("Poursuivi") == 2 and decided.count("Arrêté") == 3, decided
    h.shot("conciliation-faite")


def test_the_ordonnance_for_home_is_printed(sit, day):
    h = sit("physician", 1).chart().section("Traitements de sortie")
    link = h.to(h.link("Imprimer l'ordonnance de sortie", "main"))
    pdf = Person(day.server, day.account("physician", 1)).come().get(link.get_attribute("href").removeprefix(h.b.url))
    assert pdf.content.startswith(b"%PDF-") and pdf.headers["Content-Type"] == "application/pdf"


def test_the_discharge_letter_is_begun_from_its_template_read_from_the_record_and_signed(sit, day):
    h = sit("physician", 1).chart()
    h.start().key("g", "y")
    h.fill("#begin", begin="Lettre de liaison").send()
    day.budget("a letter begun", h)
    text = h.b.one("#letter [name=text]")
    assert "{{bloc.traitements}}" in text.get_attribute("value") and "DOLIPRANE" in h.b.one("main article").text
    assert "Dernier jour du séjour" in h.b.one(".faults").text, "what is missing stands there before anybody signs"
    today = datetime.now(zoneinfo.ZoneInfo("Europe/Paris")).strftime("%d/%m/%Y")
    h.fill("#letter", to="Dr Petit, médecin traitant", text=f"Aurore {day.name} sort le {today}.\n# Motif du séjour\nFièvre.\n# Allergies\n{{{{bloc.allergies}}}}\n# Traitements à la sortie\n{{{{bloc.traitements}}}}\n# Suites à donner\nINR à J7.")
    h.send()
    assert not h.b.all(".faults"), h.text
    h.start().enter(h.link("Dernières constantes", "main"))
    day.budget("a block read", h)
    h.shot("lettre")
    h.start().enter(h.link("Signer le courrier", "main"))
    day.budget("a letter signed", h)
    assert "Signé" in h.b.one("main .state").text, h.text
    link = h.to(h.link("Prendre le PDF", "main"))
    pdf = Person(day.server, day.account("physician", 1)).come().get(link.get_attribute("href").removeprefix(h.b.url))
    assert pdf.content.startswith(b"%PDF-")
    h.shot("lettre-signee").key("g", "h")
    assert "Lettre de liaison" in h.b.one("main table").text


def test_a_clerk_books_an_appointment_moves_it_and_cancels_it(sit, day):
    h = sit("clerk", 1).chart()
    h.start().key("g", "z")
    h.to("#book [name=slot]")
    h.send()
    day.budget("an appointment booked", h)

    def change(row, words, form):
        h.open(row, words)
        return "#" + row.find_element(By.CSS_SELECTOR, f"form[action$='/appointments/{form}']").get_attribute("id")

    h.shot("rendez-vous")
    row = h.row("Réservé")
    before = said(row).splitlines()[0]
    form = change(row, "Déplacer", "move")
    times = [said(o).split(" (")[0] for o in h.b.all(f"{form} [name=slot] option")[3:]]
    later = next(t for t in times if t not in before)
    h.start().fill(form, slot=later).send()
    h.keys -= len(later) - 1     # the time is chosen by its first letters, or by an arrow each
    day.budget("an appointment moved", h)
    assert not h.b.all(".faults") and later in said(h.row("Réservé")), (later, h.text)
    form = change(h.row("Réservé"), "Annuler", "cancel")
    h.start().fill(form, reason="pat").send()
    day.budget("an appointment cancelled", h)
    assert "Annulé : Le patient" in said(h.b.one("main table")) and "Réservé" not in said(h.b.one("main table")), h.text


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


# ---- what it costs ----

def test_billing_drafts_checks_and_posts_an_invoice(sit, day):
    h = sit("billing").section("Facturation")
    h.enter(h.row(day.name, "Actes à facturer").find_element(By.CSS_SELECTOR, "a"))
    h.start().enter(h.link("Facturer ce séjour", "main"))
    day.budget("a stay's draft", h)
    assert "Non valorisé" in h.row("AAFA001").text, "no table prices it, and it says so"
    h.start().fill("#amount", place="1", amount="120,50").send()
    day.budget("an amount typed", h)
    h.fill("#share", own="20").send()
    h.shot("facture-brouillon")
    h.start().enter(h.link("J'ai vérifié", "main")).enter(h.link("Comptabiliser la facture", "main"))
    day.budget("a bill checked and posted", h)
    assert re.search(r"N° ?\d{4}-1\b", said(h.b.one("main"))), h.text
    day.invoice = h.b.path


def test_billing_takes_a_part_payment_and_a_colleague_closes_the_cash_desk(sit, day):
    h = sit("billing").section("Facturation")
    h.enter(h.row(day.name, "Patient", "20,00").find_element(By.CSS_SELECTOR, "a"))
    h.start().fill("#pay-patient", means="Esp", amount="12,50").send()
    day.budget("a payment", h)
    row = said(h.b.one("main"))
    assert "Payé en partie" in row and "7,50" in row, row
    h.shot("facture-encaissee")
    h.section("Caisse")
    h.fill("#count", cash="12,50").send()
    assert "une autre personne clôture" in h.text, h.text
    h = sit("billing", 1).section("Caisse")
    h.fill("#close", code=h.b.code(day.account("billing", 1))).send()
    assert "Clôtures précédentes" in h.text and day.account("billing", 1)["name"] in h.text, h.text
    h.shot("caisse")
    h.section("Journal de facturation")
    assert not h.b.all(".note.warn"), h.text


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
    h.start().enter(h.link("Conserver le plus ancien", "main"))
    day.budget("two records joined", h)
    assert h.b.path == "/identity?kind=merged"
    joined = sit("nurse").chart().text
    assert "Un autre dossier de cette personne a été fusionné" in joined, joined
    h = sit("physician").section("Identitovigilance")
    h.enter(h.link("Fusions faites", "main"))
    h.start().enter(h.link("Annuler la fusion", "main"))
    day.budget("two records parted", h)
    assert "Aucune fusion" in h.text, h.text
    h = sit("clerk").find(day.born)
    assert len(h.b.all("#results [data-row]")) == 2


def test_each_task_of_the_day_kept_to_its_keys_and_its_time(day):
    print(f"\n{'task':36} {'keys':>5} {'most':>5} {'s':>5} {'most':>5}  UX")
    for what, (keys, seconds, where) in BUDGETS.items():
        told = day.told.get(what, (0, 0.0))
        print(f"{what:36} {told[0]:5} {keys:5} {told[1]:5.1f} {seconds:5}  {where}")
    assert set(day.told) == set(BUDGETS), set(BUDGETS) ^ set(day.told)
    assert not [what for what, (keys, _) in day.told.items() if keys > BUDGETS[what][0]]
    late = {what: f"{seconds:.1f} s of {BUDGETS[what][1]} times {SLOWER:g}" for what, (_, seconds) in day.told.items() if seconds > BUDGETS[what][1] * SLOWER}
    assert not late, late
