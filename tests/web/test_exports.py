# SPDX-License-Identifier: Apache-2.0
"""An export by two people on the screens: counted, asked for, approved from the inbox after a look at the sample, taken, downloaded with its receipt; in both languages."""
import hashlib
import subprocess
import time

import pytest

from browser import Keys, in_by_key, press_key, with_key
from hygie_server import base_sql


def fill(b, form, **values):
    for name, value in values.items():
        field = b.one(f"#{form} [name={name}]")
        field.clear()
        field.send_keys(value)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    text = subprocess.run(["age-keygen"], capture_output=True, check=True, text=True).stdout
    path = tmp_path_factory.mktemp("age") / "key.txt"
    path.write_text(text)
    return next(line.split(": ")[1] for line in text.splitlines() if line.startswith("# public key")), path


def test_two_people_make_an_export_and_its_recipient_opens_it(open_browser, server, key):
    physician, rssi = server.account("physician"), server.account("rssi")
    b = with_key(open_browser)
    b.sign_in(physician)
    in_by_key(b, physician)  # a session of a code neither asks nor approves
    b.get("/exports")
    assert "aucun export" in b.text and "Demander un export" in b.text
    b.get("/exports/ask")
    b.shot("export-ask")
    fill(b, "export", purpose="Rappel de dépistage du cancer du sein", cohort="gender=female", recipient=key[0])
    b.one("#export [name=kind][value=contact]").click()
    b.submit("#export")
    count = int(b.one("#export [name=count]").get_attribute("value"))
    assert count > 50 and f"{count} patients" in b.text
    assert b.one("#export [name=purpose]").get_attribute("value") == "Rappel de dépistage du cancer du sein", "what was typed stays"
    b.shot("export-counted")
    press_key(b, "#export")
    assert b.path == "/exports" and "En attente d'approbation" in b.text.replace("’", "'")
    b.shot("exports-mine")
    no = str(base_sql(server.dir, "SELECT max(no) FROM export_ticket")[0][0])
    own = b.get(f"/export?no={no}")
    assert "Approuver" not in own.one("main").text and "Annuler cet export" in own.text

    officer = with_key(open_browser)
    officer.sign_in(rssi)
    in_by_key(officer, rssi)
    officer.get("/exports/inbox")
    officer.shot("exports-inbox")
    officer.one(f'a[href="/exports/approve?no={no}"]').click()
    assert "% de la base" in officer.text and "Dix de ces patients" in officer.text and len(officer.all("main table tbody tr")) >= 10
    hash_ = base_sql(server.dir, "SELECT hex(hash) FROM export_ticket WHERE no = ?", int(no))[0][0].lower()
    assert hash_ in officer.text
    officer.shot("export-approve")
    # a wrong code is told at its field, and by the keyboard alone a key approves
    fill(officer, "step", code="000000")
    officer.one("#step [name=code]").send_keys(Keys.ENTER)
    assert officer.all("#step [aria-invalid=true]") or "code" in officer.one("main").text.lower()
    if not officer.all("#step"):
        officer.get(f"/exports/approve?no={no}")
    officer.one("#step [data-passkey] button").send_keys(Keys.ENTER)
    officer.until(lambda: officer.path == "/exports/inbox")

    b.get(f"/export?no={no}")
    b.shot("export-take")
    press_key(b, "#step")
    end = time.time() + 60
    while "Reçu" not in b.get(f"/export?no={no}").text:
        assert time.time() < end
        time.sleep(0.3)
    b.shot("export-receipt")
    sealed = (server.dir / "exports" / f"{no}.1.age").read_bytes()
    assert hashlib.sha256(sealed).hexdigest() in b.text and "écriture" in b.text
    plain = subprocess.run(["age", "-d", "-i", str(key[1])], input=sealed, capture_output=True, check=True).stdout
    assert plain.count(b"\r\n") == count + 1
    english = open_browser(lang="en").sign_in(server.account("dpo")).get(f"/export?no={no}")
    assert "Receipt" in english.text and "Sealed" in english.text
    english.shot("export-english")


def test_the_file_is_downloaded_by_whoever_asked_and_nobody_else(server, key):
    """Over HTTP: the bytes, their name, and who gets them."""
    physician, rssi, other = server.person_by_key("physician", 1), server.person_by_key("rssi", 1) if len([a for a in server.demo["accounts"] if a["role"] == "rssi"]) > 1 else server.person_by_key("dpo"), server.person("billing")
    asked = {"purpose": "Rappel de dépistage", "kind": "stays", "cohort": "gender=male", "recipient": key[0], "hours": "2"}
    a = physician.post("/exports/count", asked)
    assert a.status_code == 200
    count = a.text.split('name="count" value="')[1].split('"')[0]
    a = physician.post("/exports/ask", {**asked, "count": count, **physician.proof()})
    assert a.status_code == 303, a.text[-1500:]
    no = str(base_sql(server.dir, "SELECT max(no) FROM export_ticket")[0][0])
    hash_ = base_sql(server.dir, "SELECT hex(hash) FROM export_ticket WHERE no = ?", int(no))[0][0].lower()
    assert physician.post("/exports/approve", {"no": no, "hash": hash_, **physician.proof()}).status_code == 403
    a = rssi.post("/exports/approve", {"no": no, "hash": hash_, **rssi.proof()})
    assert a.status_code == 303, a.text[-1500:]
    a = physician.post("/export/take", {"no": no, **physician.proof()})
    assert a.status_code == 303, a.text[-1500:]
    end = time.time() + 60
    while base_sql(server.dir, "SELECT ended FROM export_ticket WHERE no = ?", int(no))[0][0] != "sealed":
        assert time.time() < end
        time.sleep(0.2)
    a = physician.post("/export/fetch", {"no": no, "part": "1"})
    assert a.status_code == 200 and a.headers["Content-Disposition"] == f'attachment; filename="export-{no}-1.age"'
    assert a.content == (server.dir / "exports" / f"{no}.1.age").read_bytes() and "no-store" in a.headers["Cache-Control"]
    plain = subprocess.run(["age", "-d", "-i", str(key[1])], input=a.content, capture_output=True, check=True).stdout
    assert plain.startswith(b"ipp,birth_date,sex,start,end,status,class,unit\r\n")
    assert other.post("/export/fetch", {"no": no, "part": "1"}).status_code == 404
    assert physician.post("/export/fetch", {"no": no, "part": "9"}).status_code == 404
