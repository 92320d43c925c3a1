# SPDX-License-Identifier: Apache-2.0
"""
A house in which something of everything has happened, so that each screen has something to show: glass that was broken, an account that was stopped and judged and
one that waits, patients to be told, an export, a rule and a lost key that wait for somebody else, a deleted record, a plan blanc that was asked for.

    s = Scene(server, stage); s.people[role], s.pages (rows of the route table by path), s.address(row, role)
"""
import re
import time

from gate_tables import PAGES, PEOPLE, may
from hygie_server import Person, present_in

DOLIPRANE, MORPHINE = "60234100", "60762795"
NOBODY = "00000000-0000-4000-8000-000000000000"
# What is no screen: the choice of a language, the way in, papers, and a file of the record, which the browser saves.
NO_SCREEN = ("/lang/:lang", "/", "/patient/:patient/document/:id")
SCREENS = [r for r in PAGES if r["surface"] == "page" and r["method"] == "GET" and not r["path"].startswith("/lang/") and r["path"] not in NO_SCREEN and not r["path"].endswith(".pdf")]
SENT = [r for r in PAGES if r["surface"] == "page" and r["method"] == "POST" and any(f["required"] for f in r["fields"])]
ROLES = ("nurse", "clerk", "rssi", "physician", "admin", "dpo", "pharmacist", "billing", "technician")   # who is asked for first, where one is enough
assert sorted(ROLES) == sorted(PEOPLE)

# What a page that needs something is opened with. A new one fails in test_every_page.py until it stands here.
WITH = {
    "/budget":         lambda s, role: {"login": s.stopped.account["login"]},
    "/accounts/until": lambda s, role: {"login": s.stopped.account["login"]},
    "/accounts/work":  lambda s, role: {"login": s.people["nurse"].account["login"]},
    "/accounts/keys":  lambda s, role: {"login": s.people["physician"].account["login"]},
    "/drugs/one":      lambda s, role: {"cis": "60002283"},
    "/exports/approve": lambda s, role: {"no": s.export},
    "/export":         lambda s, role: {"no": s.export},
    "/keys/revoke":    lambda s, role: {"no": s.key if role == "physician" else "1"},
    "/me/session":     lambda s, role: {"session": "1"},
    "/rules/people":   lambda s, role: {"rule": "two_keys"},
    "/rules/change":   lambda s, role: {"rule": "password"},
    "/rules/sign":     lambda s, role: {"no": s.rule},
    "/recovery/give":  lambda s, role: {"no": s.recovery},
    "/stop":           lambda s, role: {"number": s.stop},
    "/places/rooms":   lambda s, role: {"unit": s.stage.unit},
    "/to-tell/one":    lambda s, role: {"no": s.tell},
    "/patient/:patient/bill":    lambda s, role: {"no": s.bill},
    "/coding/units":    lambda s, role: {"unit": s.people["billing"].account["unit"]},
    "/patient/:patient/invoice": lambda s, role: {"no": s.invoice},
    "/patient/:patient/invoice.pdf": lambda s, role: {"no": s.invoice},
    "/patient/:patient/reminder.pdf": lambda s, role: {"no": s.invoice, "letter": s.letter},
    "/billing/reminders.pdf": lambda s, role: {"batch": s.batch},
    "/identity/compare": lambda s, role: {"patient": s.mine.id, "with": s.stage.mine[1].id},
    "/identity/reopen": lambda s, role: {"no": "1"},
    "/stock/store":     lambda s, role: {"store": s.ward},
    "/stock/move":      lambda s, role: {"store": s.ward, "lot": s.lot},
    "/stock/receive":   lambda s, role: {"store": s.pui},
    "/stock/level":     lambda s, role: {"store": s.pui, "cis": DOLIPRANE},
    "/stock/close":     lambda s, role: {"store": s.ward},
    "/stock/kit":       lambda s, role: {"kit": s.kit, **({"from": s.pui} if role in ("pharmacist", "technician") else {})},
    "/stock/movements": lambda s, role: {"store": s.ward},
    "/stock/lot":       lambda s, role: {"lot": s.lot},
    "/stock/medicine":  lambda s, role: {"cis": DOLIPRANE},
    "/stock/counts":    lambda s, role: {"store": s.ward},
    "/stock/count":     lambda s, role: {"no": s.count},
    "/stock/register":  lambda s, role: {"store": s.ward, "cis": MORPHINE},
    "/stock/round":     lambda s, role: {"unit": s.unit, "store": s.pui},
    "/stock/round.pdf": lambda s, role: {"unit": s.unit, "store": s.pui},
    "/stock/proposals": lambda s, role: {"store": s.ward, "from": s.pui},
    "/stock/order":     lambda s, role: {"no": s.order},
    "/incoming/correct": lambda s, role: {"no": s.incoming},
    "/incoming/document": lambda s, role: {"no": s.incoming},
    "/patient/:patient/letter": lambda s, role: {"no": s.letter},
    "/letter-template": lambda s, role: {"template": s.template},
}
# By whom such a page is met with something on it, where that is not the first who may.
BY = {"/keys/revoke": "physician"}


def needs(row):
    return [f["name"] for f in row["fields"] if f["required"]]


def first(row):
    """The role by which a page is looked at where one is enough."""
    return BY.get(row["path"]) or next(role for role in ROLES if may(role, row))


def found(pattern, answer):
    assert answer.status_code == 200, answer.text[:400]
    m = re.search(pattern, answer.text)
    assert m, f"{pattern} is not in {answer.url}"
    return m.group(1)


def done(answer):
    assert answer.status_code == 303, f"{answer.url}: {answer.status_code} {re.sub('<[^>]*>', ' ', answer.text)[-600:]}"
    return answer


class Scene:
    def __init__(self, server, stage):
        self.server, self.stage = server, stage
        self.people = {role: server.person_by_key(role) if role in ("physician", "rssi") else Person(server, server.account(role)).come() for role in PEOPLE}
        self.free = iter(stage.strangers[40:])
        self.mine = stage.mine[0]
        nurse, physician, rssi, clerk = (self.people[role] for role in ("nurse", "physician", "rssi", "clerk"))
        for text in ("Douleur thoracique", "Chute dans le couloir"):
            self.glass(nurse, next(self.free), "emergency", text)
        self.judged, self.stopped = (self.to_the_stop(server.account("nurse", nth)) for nth in (1, 2))
        self.own_of_stopped = stage.by_rid[present_in(server.dir, self.stopped.account["unit"])[0]]
        numbers = sorted(set(re.findall(r"/stop\?number=(\d+)", rssi.get("/stops").text)), key=int)
        assert len(numbers) == 2, numbers
        page = rssi.get(f"/stop?number={numbers[0]}")
        hidden = {name: found(rf'name="{name}" value="(\d+)"', page) for name in ("number", "account", "upto")}
        done(rssi.post("/stop", {**hidden, "verdict": "keep", **rssi.proof()}))
        self.stop = numbers[1]
        self.tell = found(r"/to-tell/one\?no=(\d+)", rssi.get("/to-tell"))
        done(rssi.post("/rules/change", {"rule": "idle", "value": "12", **rssi.proof()}))
        done(rssi.post("/rules/change", {"rule": "idle", "value": "14", **rssi.proof()}))
        self.rule = found(r"/rules/sign\?no=(\d+)", rssi.get("/rules"))
        admin = self.people["admin"]
        done(admin.post("/recovery", {"login": server.account("clerk", 1)["login"], "reason": "badge perdu", "code": admin.code()}))
        self.recovery = found(r"/recovery/give\?no=(\d+)", rssi.get("/recovery"))
        asked = {"purpose": "Rappel de dépistage", "kind": "contact", "cohort": "gender=female", "hours": "2", "recipient": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}
        count = found(r'name="count" value="(\d+)"', physician.post("/exports/count", asked))
        for _ in range(2):
            done(physician.post("/exports/ask", {**asked, "count": count, **physician.proof()}))
        self.receipt, self.export = sorted(set(re.findall(r"/export\?no=(\d+)", physician.get("/exports").text)), key=int)
        hash_ = found(r'name="hash" value="([0-9a-f]{64})"', rssi.get(f"/exports/approve?no={self.receipt}"))
        done(rssi.post("/exports/approve", {"no": self.receipt, "hash": hash_, **rssi.proof()}))
        done(physician.post("/export/take", {"no": self.receipt, **physician.proof()}))
        self.key = found(r"/keys/revoke\?no=(\d+)", physician.get("/keys"))
        made = done(clerk.post("/patients/new", {"birth_name": "ZYSMANOVIC", "given_names": "Aurore", "birthdate": "03/04/1971", "sex": "female"})).headers["Location"]
        done(clerk.post(made.removesuffix("/admin") + "/delete", {"reason": "error", "text": "saisi deux fois"}))
        done(physician.post("/plan", {"reason": "Accident de car sur la rocade", **physician.proof()}))
        end = time.monotonic() + 60
        while "Reçu" not in physician.get(f"/export?no={self.receipt}").text:
            assert time.monotonic() < end
            time.sleep(0.2)
        self.to_bill(physician, self.people["billing"])
        self.letter = re.search(r"no=(\d+)", done(physician.post(f"/patient/{self.mine.id}/letters", {"once": "scene1", "begin": "discharge"})).headers["Location"]).group(1)
        done(admin.post("/letter-templates", {"kind": "free", "name": "Avis au correspondant", "text": "# Avis\nLe {{date.jour}}"}))
        self.template = found(r"/letter-template\?template=(\d+)", admin.get("/letter-templates"))
        typed = {"once": "scene1", "family": "ZYSMANOVIC", "given": "Aurore", "born_on": "03/04/1971", "sex": "female", "kind": "free", "dated_on": "05/01/2026", "author": "Dr Loin"}
        self.incoming = re.search(r"no=(\d+)", done(clerk.post("/incoming/add", typed, files={"file": ("x.txt", b"Un texte.", "text/plain")})).headers["Location"]).group(1)
        dropped = re.search(r"no=(\d+)", done(clerk.post("/incoming/add", {**typed, "once": "scene2"}, files={"file": ("x.txt", b"Un autre.", "text/plain")})).headers["Location"]).group(1)
        done(clerk.post("/incoming/correct", {**{k: v for k, v in typed.items() if k != "once"}, "given": "Aurora", "document": f"{dropped}/1"}))
        done(clerk.post("/incoming/drop", {"document": f"{dropped}/2", "ground": "elsewhere", "reason": "rendu à l'expéditeur"}))
        self.stock(self.people["pharmacist"], nurse)
        # More of the same pages, where they look otherwise.
        self.more = {"physician": [f"/export?no={self.receipt}", "/plan"], "rssi": [f"/export?no={self.receipt}", f"/stop?number={numbers[0]}"],
                     "nurse": [f"/patient/{self.mine.id}?print=1", f"/patient/{self.mine.id}/vitals/one?id={stage.one_of('Observation', self.mine)}",
                               f"/patient/{self.mine.id}/plan/dose?line={stage.one_of('MedicationRequest', self.mine)}"],
                     "billing": [f"/patient/{self.mine.id}/coding?stay={self.stay}"]}

    def to_bill(self, physician, billing):
        """An invoice that was paid in part and one whose payer refused, a draft that stands still, and an act that no draft has yet."""
        own, of = f"/patient/{self.mine.id}", lambda answer: re.search(r"no=(\d+)", done(answer).headers["Location"]).group(1)
        self.stay = found(r'name="stay" value="([^"]+)"', billing.get(own + "/bills"))
        act = {"stay": self.stay, "act": "AAFA001", "activity": "1", "phase": "0", "day": "02/01/2025"}
        for nth in ("1", "2"):
            done(physician.post(own + "/acts", {**act, "nth": nth}))
            self.bill = of(billing.post(own + "/bills", {"stay": self.stay}))
            send = lambda tail, **more: billing.post(own + tail, {"no": self.bill, "version": found(r'name="version" value="(\d+)"', billing.get(f"{own}/bill?no={self.bill}")), **more})
            if nth == "1":
                done(send("/bill/amount", place="1", amount="120,50"))
                done(send("/bill/share", own="20"))
                done(send("/bill/check"))
                self.invoice = of(send("/bill/post"))
        done(billing.post(own + "/invoice/pay", {"no": self.invoice, "payer": "patient", "seen": "1", "means": "cheque", "amount": "12,50", "reference": "7001234"}))
        form = re.search(r'action="/billing/reminders/make".*?name="form" value="([^"]+)"', billing.post("/billing/reminders", {"days": "0"}).text, re.S).group(1)
        self.batch = re.search(r"reminders\.pdf\?batch=(\d+)", billing.post("/billing/reminders/make", {"form": form, "days": "0"}).text).group(1)
        self.letter = re.search(r"letter=(\d+)", billing.get(f"{own}/invoice?no={self.invoice}").text).group(1)
        done(billing.post(own + "/invoice/reject", {"no": self.invoice, "payer": "compulsory", "seen": "1", "reason": "R12"}))
        done(physician.post(own + "/acts", {**act, "nth": "3"}))
        done(billing.post(own + "/coding", {"stay": self.stay, "version": "1", "dp": "A000", "ghm": "01C031", "ghs": "0022"}))

    def stock(self, pharmacist, nurse):
        """A central store and one of the unit, an order under way, a count that waits for its second signature, a lot that was given and called back, a dose that no store had."""
        stores = lambda: re.findall(r'/stock/store\?store=(\d+)"', pharmacist.get("/stock").text)
        unit = next(a for a in self.server.demo["accounts"] if a["role"] == "nurse")["unit"]
        self.unit = unit
        done(pharmacist.post("/stock/new", {"label": "PUI", "kind": "central"}))
        self.pui = stores()[0]
        done(pharmacist.post("/stock/new", {"label": "PH-2B", "kind": "ward", "unit": unit}))
        self.ward = next(no for no in stores() if no != self.pui)
        n = iter(range(100))
        for cis, counted, quantity in ((DOLIPRANE, "tablet", "120"), (MORPHINE, "ampoule", "20"), ("60002283", "tablet", "2,5")):
            done(pharmacist.post("/stock/product", {"cis": cis, "counted": counted}))
            for store in (self.pui, self.ward):
                for number, expires in (("A1", "2029-01-31"), ("B2", "2031-06-30")):
                    done(pharmacist.post("/stock/receive", {"key": f"essai{next(n)}", "store": store, "cis": cis, "number": number, "expires": expires, "quantity": quantity, "amount": "12,50", "source": "delivery"}))
                done(pharmacist.post("/stock/level", {"store": store, "cis": cis, "critical": "10", "minimum": "200", "optimum": "400", "maximum": "900"}))
        self.order = done(pharmacist.post("/stock/orders/new", {"key": "essai", "store": self.pui, "supplier": "CERP"})).headers["Location"].split("=")[1]
        self.lot = found(r"/stock/move\?store=\d+&amp;lot=(\d+)", nurse.get(f"/stock/store?store={self.ward}"))
        for quantity in ("2", "1000"):
            done(nurse.post(f"/patient/{self.mine.id}/dispense", {"key": f"essai{next(n)}", "store": self.ward, "cis": DOLIPRANE, "quantity": quantity}))
        done(pharmacist.post("/stock/receive", {"key": f"essai{next(n)}", "store": self.ward, "cis": DOLIPRANE, "number": "C3", "expires": "2032-06-30", "quantity": "2000", "source": "found"}))
        done(nurse.post("/stock/move", {"key": f"essai{next(n)}", "store": self.ward, "lot": found(r"/stock/move\?store=\d+&amp;lot=(\d+)", nurse.get(f"/stock/store?store={self.ward}")), "kind": "loss", "reason": "broken", "quantity": "1"}))
        self.kit = done(pharmacist.post("/stock/kits/new", {"store": self.ward, "label": "CHARIOT-2B"})).headers["Location"].split("=")[1]
        for version, cis, quantity in (("1", DOLIPRANE, "20"), ("2", MORPHINE, "5")):
            done(pharmacist.post("/stock/kit/line", {"kit": self.kit, "version": version, "cis": cis, "quantity": quantity}))
        self.count = done(pharmacist.post("/stock/counts", {"store": self.ward})).headers["Location"].split("=")[1]
        self.lot = max(re.findall(r"/stock/move\?store=\d+&amp;lot=(\d+)", nurse.get(f"/stock/store?store={self.ward}").text), key=int)
        done(pharmacist.post("/stock/count/line", {"no": self.count, "lot": self.lot, "quantity": "1998"}))
        done(pharmacist.post("/stock/count/sign", {"no": self.count}))

    @staticmethod
    def glass(person, patient, reason, text):
        done(person.post(f"/patient/{patient.id}/glass", {"reason": reason, "text": text}))

    def to_the_stop(self, account):
        """A person who opens strangers, proves once and goes on until the account is stopped."""
        thief = Person(self.server, account).come()
        for p in self.free:
            assert thief.post(f"/patient/{p.id}/glass", {"reason": "advice", "text": "essai du jour"}).status_code in (303, 403)
            a = thief.get(f"/patient/{p.id}")
            if a.status_code == 303:
                done(thief.post("/prove", {"reason": "other", "text": "renfort aux urgences", "code": thief.code()}))
            elif a.status_code == 403:
                return thief
        raise AssertionError("nothing stopped the account")

    def address(self, row, role):
        path = row["path"].replace(":patient", self.mine.id)
        with_ = WITH[row["path"]](self, role) if needs(row) or row["path"] in WITH else {}
        return path + "".join(f"{'&' if i else '?'}{name}={value}" for i, (name, value) in enumerate(with_.items()))
