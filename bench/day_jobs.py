# SPDX-License-Identifier: Apache-2.0
"""
What each kind of work does in bench/day, by pages and forms, over and over until the day is over: clerk, nurse, physician, pharmacist, biller, identity cell. People of one unit share a
Team: whom the clerk admitted, who has what prescribed. A step of one person waits for no other: who finds nothing to do looks at his list again.
Whoever goes home was billed, has the treatments gone through, a letter signed and an appointment.
"""
import re
import time

PARACETAMOL, BOX = "60234100", "03400935955838"
LINES_MOST = 2  # that one physician prescribes for one patient
OWN_MOST = 12   # patients that one nurse or physician looks after; a day's budget is 43 (docs/decisions/0013)


class Team:
    def __init__(self, unit, label, nth):
        self.unit, self.label, self.nth = unit, label, nth
        self.store = None
        self.present = []    # ids of those whom the unit has
        self.admitted = []   # who came today
        self.lines = {}      # patient: lines prescribed today
        self.acts = {}       # patient: acts captured and not billed yet
        self.leaving = []    # who was billed: a physician goes through the treatments and writes the letter
        self.ready = []      # whose letter is signed: the clerk books an appointment and lets go
        self.made = 0


def of(path):
    return re.match(r"/patient/([0-9a-f-]{36})", path).group(1)


def mine(team, nth, of_how_many):
    """The share of the unit's patients that the nth of so many looks after."""
    return (team.present[nth::of_how_many][:OWN_MOST - 4] + team.admitted[nth::of_how_many][-4:])


# ---- clerk ----

async def clerk(d, team, nth, many, over):
    while not over():
        await d.get("/arrivals")
        await d.think()
        await (admits if len(team.admitted) < 8 * many or d.random.random() < 0.5 else moves)(d, team)
        if team.ready and d.random.random() < 0.5:
            patient = team.ready.pop(0)
            await books(d, patient)
            await discharges(d, team, patient)
        elif own := mine(team, nth, many):
            await books(d, d.random.choice(own))


async def makes(d, team, born, given):
    """A record of somebody who was never here. Gives the id, or None."""
    page = await d.get("/patients/new")
    await d.think()
    form = page.form("/patients/new")
    if not form:
        return None
    sent = await d.send(form, birth_name=f"ZORGLUB{chr(65 + team.nth % 26)}{chr(65 + team.made % 26)}{chr(65 + team.made // 26 % 26)}", given_names=given, birthdate=born, sex="female")
    again = sent.form("/patients/new")
    if sent.status != 303 and again and "confirm_no_duplicate" in again.names:
        await d.think()
        sent = await d.send(again, confirm_no_duplicate="1")
    return of(sent.location) if sent.status == 303 else None


async def admits(d, team):
    team.made += 1
    born = f"{1 + d.random.randrange(28):02d}/{1 + d.random.randrange(12):02d}/{1930 + d.random.randrange(70)}"
    page = await d.get("/search")
    await d.think()
    if form := page.form("/search"):
        await d.send(form, q=born.replace("/", ""))
    patient = await makes(d, team, born, "Aurore Inès")
    if not patient:
        return
    page = await d.get(f"/patient/{patient}/moves")
    for _ in range(3): # a bed may be taken meanwhile by another clerk
        await d.think()
        form = page.form("/moves/admit")
        own = [(value, text) for value, text in (form.options.get("place", []) if form else []) if text.startswith(team.label)]
        if not own:
            return
        beds = [value for value, text in own if value != team.unit and "(" not in text] or [team.unit]
        again = {"reason": "no_bed"} if form.fields.get("place") else {} # shown again: the bed is not quite right
        sent = await d.send(form, kind="inpatient", **again, place=form.fields.get("place") or d.random.choice(beds))
        if sent.status == 303:
            team.admitted.append(patient)
            d.tally.sums["admitted"] += 1
            break
        page = sent
    if d.random.random() < 0.25: # typed a second time: the identity cell is asked to join the two
        second = await makes(d, team, born, "Aurore")
        if second:
            page = await d.get(f"/patient/{second}/merge")
            await d.think()
            form = page.form("/merge")
            if form and (choices := [v for v, _ in form.options.get("other", []) if v]):
                sent = await d.send(form, other=patient if patient in choices else choices[0], text="saisie deux fois à l'accueil")
                d.tally.sums["merges asked"] += sent.status in (200, 303)


async def moves(d, team):
    patient = d.random.choice(team.admitted)
    page = await d.get(f"/patient/{patient}/moves")
    await d.think()
    form = page.form("/moves/transfer")
    beds = [value for value, text in (form.options.get("place", []) if form else []) if value and value != team.unit and text.startswith(team.label) and "(" not in text]
    if beds:
        sent = await d.send(form, place=d.random.choice(beds))
        d.tally.sums["transferred"] += sent.status == 303


async def books(d, patient):
    """The first free time, or another that nobody took meanwhile; now and then moved, or cancelled."""
    page = await d.get(f"/patient/{patient}/appointments")
    for _ in range(3):
        await d.think()
        if not (form := page.form("/appointments/book")) or not (free := [v for v, _ in form.options.get("slot", []) if v]):
            return
        sent = await d.send(form, slot=d.random.choice(free), about="contrôle")
        page = sent.next
        if sent.status == 303:
            d.tally.sums["booked"] += 1
            break
    else:
        return
    if d.random.random() < 0.4 and (form := page.form("/appointments/move")) and (free := [v for v, _ in form.options.get("slot", []) if v]):
        await d.think()
        sent = await d.send(form, slot=d.random.choice(free))
        d.tally.sums["moved"] += sent.status == 303
        page = sent.next
    if d.random.random() < 0.2 and (form := page.form("/appointments/cancel")):
        await d.think()
        sent = await d.send(form, reason="pat")
        d.tally.sums["cancelled"] += sent.status == 303


async def discharges(d, team, patient):
    page = await d.get(f"/patient/{patient}/moves")
    await d.think()
    if form := page.form("/moves/discharge"):
        sent = await d.send(form)
        if sent.status == 303:
            d.tally.sums["discharged"] += 1
            for some in (team.admitted, team.present):
                if patient in some:
                    some.remove(patient)


async def opens_one(d, team, nth, many, *lists):
    """From one of these lists to the chart of somebody of his own; None where nobody is."""
    await d.get(d.random.choice(lists))
    await d.think()
    own = mine(team, nth, many)
    patient = d.random.choice(own) if own else None
    if patient:
        await d.get(f"/patient/{patient}")
        await d.think()
    return patient


# ---- nurse ----

async def nurse(d, team, nth, many, over):
    while not over():
        patient = await opens_one(d, team, nth, many, "/unit", "/round")
        if not patient:
            continue
        if d.random.random() < 0.5:
            page = await d.get(f"/patient/{patient}/vitals")
            await d.think()
            if form := page.form("/vitals"):
                r = d.random.randrange
                sent = await d.send(form, systolic=str(110 + r(40)), diastolic=str(60 + r(25)), pulse=str(60 + r(40)), temperature=f"3{6 + r(3)},{r(10)}", saturation=str(93 + r(7)), pain=str(r(5)))
                d.tally.sums["vital signs"] += sent.status == 303
                await d.think()
        await round_of(d, patient)


async def round_of(d, patient):
    """What is due: one by scan, now and then one refused; the rest ticked together."""
    page = await d.get(f"/patient/{patient}/plan")
    await d.think()
    soon = (time.time() + 1800) * 1000
    due = [link for link in page.links(r"[^\"]*/plan/dose\?[^\"]*") if (at := re.search(r"planned=(\d+)", link)) and 0 < int(at.group(1)) < soon and "line=" in link]
    if due:
        one = await d.get(due[0])
        await d.think()
        give, refuse = one.form("/plan/give"), one.form("/plan/refuse")
        if refuse and d.random.random() < 0.1:
            sent = await d.send(refuse, reason="refused")
            d.tally.sums["doses refused"] += sent.status == 303
        elif give:
            sent = await d.send(give, scan=f"01{BOX}1727123110L-TOT")
            if sent.status == 303:
                d.tally.sums["doses given by scan"] += 1
        return
    form = page.form("/plan/round")
    if form and (ticks := [v for v, _ in form.options.get("ticks", [])]):
        sent = await d.send(form, ticks=ticks[0], reason="no_code")
        d.tally.sums["doses ticked"] += sent.status == 303


# ---- physician ----

async def physician(d, team, nth, many, over):
    while not over():
        if team.leaving:
            patient = team.leaving.pop(0)
            if await reconciles(d, team, patient) and await writes(d, patient):
                team.ready.append(patient)
            continue
        patient = await opens_one(d, team, nth, many, "/my-patients", "/unit")
        if not patient:
            continue
        if team.lines.get(patient, 0) < LINES_MOST:
            await prescribes(d, team, patient, for_home=d.random.random() < 0.35)
        else:
            await d.get(f"/patient/{patient}/prescriptions")
            await d.think()
        if team.acts.get(patient, 0) == 0 and d.random.random() < 0.5:
            await captures(d, team, patient)


async def prescribes(d, team, patient, for_home=False):
    """A line given here; or one for home at once, whose ordonnance is printed."""
    page = await d.get(f"/patient/{patient}/prescribe" + ("?out=1" if for_home else ""))
    await d.think()
    if not (form := page.form("/prescribe")):
        return
    page = await d.send(form, q="dolip 1000")
    await d.think()
    chosen = next((f for f in page.forms("/prescribe") if f.fields.get("cis") == PARACETAMOL), None)
    if not chosen:
        return
    page = await d.send(chosen)
    await d.think()
    if not (form := page.form("/prescribe/add")):
        return
    sent = await d.send(form, dose="1 cp", **({"how": "moments", "take": "matin soir", "during": "5 j", "renewals": "1"} if for_home else {"how": "every", "every": "6 h"}))
    if sent.status != 303:
        return
    page = await d.get(f"/patient/{patient}/prescribe/review")
    await d.think()
    form = page.form("/prescribe/review")
    if form and form.fields.get("seen"):
        sent = await d.send(form, **({"reason": "monitored"} if "reason" in form.names else {}))
        if sent.status == 303:
            team.lines[patient] = team.lines.get(patient, 0) + 1
            d.tally.sums["lines signed"] += 1
            for paper in sent.next.links(r"/patient/[^\"]*/ordonnance\.pdf\?line=[^\"]*")[:1] if for_home else ():
                await d.think()
                d.tally.sums["ordonnances printed"] += (await d.get(paper)).text.startswith("%PDF-")


async def reconciles(d, team, patient):
    """What is prescribed goes on at home, signed as lines for home, then signed as gone through. Says whether it was."""
    page = await d.get(f"/patient/{patient}/discharge")
    await d.think()
    if form := page.form("/discharge/continue"): # of all, where there are several
        if (await d.send(form)).status != 303:
            return False
        page = await d.get(f"/patient/{patient}/prescribe/review")
        await d.think()
        form = page.form("/prescribe/review")
        if not form or not form.fields.get("seen"):
            return False
        sent = await d.send(form, **({"reason": "monitored"} if "reason" in form.names else {}))
        if sent.status != 303:
            return False
        d.tally.sums["lines signed"] += 1
        page = await d.get(f"/patient/{patient}/discharge")
        await d.think()
    if not (form := page.form("/discharge/sign")):
        return False
    sent = await d.send(form)
    d.tally.sums["reconciled"] += sent.status == 303
    return sent.status == 303


async def writes(d, patient):
    """The discharge letter: begun from its template, its text typed, saved, signed. Says whether it was."""
    page = await d.get(f"/patient/{patient}/letters")
    await d.think()
    if not (form := page.form("/letters")):
        return False
    sent = await d.send(form, begin="discharge")
    if sent.status != 303 or not (form := sent.next.form("/letter")):
        return False
    d.tally.sums["letters begun"] += 1
    await d.think()
    text = "# Motif du séjour\nFièvre.\n# Allergies\n{{bloc.allergies}}\n# Traitements à la sortie\n{{bloc.traitements}}\n# Suites à donner\nContrôle à J7."
    sent = await d.send(form, to="Dr Petit", text=text)
    if sent.status != 303 or not (form := sent.next.form("/letter/sign")):
        return False
    await d.think()
    sent = await d.send(form)
    d.tally.sums["letters signed"] += sent.status == 303
    return sent.status == 303


async def captures(d, team, patient):
    page = await d.get(f"/patient/{patient}/acts")
    await d.think()
    form = page.form("/acts")
    if form and (stays := [v for v, _ in form.options.get("stay", []) if v]):
        d.acts = getattr(d, "acts", 0) + 1
        sent = await d.send(form, act="AAFA001", stay=stays[0], nth=str(1 + d.acts % 99))
        if sent.status == 303:
            team.acts[patient] = team.acts.get(patient, 0) + 1
            d.tally.sums["acts captured"] += 1


# ---- pharmacist ----

async def pharmacist(d, team, nth, many, over):
    rounds = 0
    while not over():
        page = await d.get("/pharmacy")
        await d.think()
        own = set(team.present + team.admitted)
        waiting = [link for link in page.links(r"/patient/[0-9a-f-]{36}/pharmacy") if of(link) in own]
        if waiting:
            page = await d.get(d.random.choice(waiting[:4]))
            await d.think()
            if form := page.form("/pharmacy"):
                sent = await d.send(form)
                d.tally.sums["opinions"] += sent.status == 303
        rounds += 1
        if rounds % 3 == 1:
            await receives(d, team)
        elif rounds % 3 == 2:
            await orders(d, team)


async def receives(d, team):
    await d.get(f"/stock/store?store={team.store}")
    await d.think()
    page = await d.get(f"/stock/receive?store={team.store}")
    await d.think()
    if form := page.form("/stock/receive"):
        sent = await d.send(form, cis=PARACETAMOL, number="L-TARD", expires="31/12/2030", quantity="40", amount="6,40", source="delivery")
        if sent.status == 303:
            d.tally.sums["tablets received"] += 40


async def orders(d, team):
    """Ordered, sent, and come in."""
    page = await d.get(f"/stock/proposals?store={team.store}")
    await d.think()
    if not (form := page.form("/stock/orders/new")):
        return
    sent = await d.send(form, supplier="CERP")
    if sent.status != 303:
        return
    page = sent.next
    if form := page.form("/stock/order/line"):
        await d.think()
        sent = await d.send(form, cis=PARACETAMOL, quantity="100", amount="16")
        page = sent.next
    for tail, fields in (("/stock/order/send", {}), ("/stock/order/receive", {"cis": PARACETAMOL, "number": "L-CDE", "expires": "30/06/2030", "quantity": "100"})):
        await d.think()
        if not (form := page.form(tail)):
            return
        sent = await d.send(form, **fields)
        page = sent.next
        if sent.status == 303 and tail.endswith("receive"):
            d.tally.sums["tablets received"] += 100
            d.tally.sums["orders received"] += 1


# ---- biller ----

async def billing(d, team, nth, many, over):
    while not over():
        await d.get("/billing")
        await d.think()
        with_acts = [patient for patient, n in team.acts.items() if n > 0]
        if with_acts:
            await bills(d, team, with_acts[0])
        elif d.random.random() < 0.2:
            await reminds(d)


async def bills(d, team, patient):
    team.acts[patient] = 0
    page = await d.get(f"/patient/{patient}/bills")
    await d.think()
    if not (form := page.form("/bills")):
        return
    sent = await d.send(form)
    if sent.status != 303:
        return
    page = sent.next
    while form := page.form("/bill/amount"): # the tables of tariffs are the house's to fill: until they are, amounts are typed
        places = [v for v, _ in form.options.get("place", []) if v]
        if not places:
            break
        await d.think()
        sent = await d.send(form, place=places[0], amount="120,50")
        if sent.status != 303 or len(places) == 1:
            page = sent.next
            break
        page = sent.next
    for tail, fields in (("/bill/share", {"own": "20"}), ("/bill/check", {}), ("/bill/post", {})):
        await d.think()
        if not (form := page.form(tail)):
            return
        sent = await d.send(form, **fields)
        if sent.status != 303:
            return
        page = sent.next
    d.tally.sums["invoices posted"] += 1
    pay = next((f for f in page.forms("/invoice/pay") if f.fields.get("payer") == "patient"), page.form("/invoice/pay"))
    if pay:
        await d.think()
        sent = await d.send(pay, means="card", amount="12,50")
        if sent.status == 303:
            d.tally.sums["cents paid"] += 1250
            d.tally.sums["payments"] += 1
    if patient in team.admitted or len(team.present) > OWN_MOST:
        team.leaving.append(patient)


async def reminds(d):
    """Whoever owes since today: letters, and their paper. Most presses find nobody: who was reminded today is not reminded again."""
    await d.get("/billing/reminders")
    await d.think()
    page = await d.post("/billing/reminders", days="0")
    if not (form := page.form("/billing/reminders/make")):
        return
    await d.think()
    made = await d.send(form)
    if made.form("/billing/reminders/make") is None and (papers := made.links(r"/billing/reminders\.pdf\?batch=\d+")):
        d.tally.sums["papers of reminders"] += (await d.get(papers[0])).text.startswith("%PDF-")


# ---- identity cell ----

async def identity(d, team, nth, many, over):
    while not over():
        page = await d.get("/identity?kind=asked")
        for _ in range(3): # who compares two people takes time for it
            await d.think()
        pairs = page.links(r"/identity/compare\?[^\"]*")
        if pairs:
            page = await d.get(d.random.choice(pairs[:5]))
            await d.think()
            if form := page.form("/identity/merge"):
                sent = await d.send(form)
                d.tally.sums["merges made"] += sent.status == 303


JOBS = {"clerk": clerk, "nurse": nurse, "physician": physician, "pharmacist": pharmacist, "billing": billing, "identity": identity}
