# SPDX-License-Identifier: Apache-2.0
"""A document comes in through the real form: refused with what was typed kept, taken, filed by choice, taken out again; hostile bodies are refused and never broken."""
import json
import re

from browser import Keys
from hygie_server import Person

TYPED = {"family": "ZZESSAI", "given": "Ida", "born_on": "14/02/1957", "sex": "female", "kind": "discharge", "dated_on": "05/01/2026", "author": "Dr Loin"}
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


def words(answer):
    return re.sub("<[^>]*>", " ", answer.text)


def send(who, name="x.pdf", content=PDF, kind="application/pdf", **more):
    return who.post("/incoming/add", {**TYPED, **more}, files={"file": (name, content, kind)})


def test_a_document_is_taken_filed_and_taken_out(server, stage):
    who = Person(server, server.account("physician")).come()
    p = stage.mine[0]
    refused = send(who, name="x.pdf", content=b"\x89PNG\r\n\x1a\n", once="web1")
    assert refused.status_code == 422 and "Seuls les fichiers PDF" in words(refused) and 'value="ZZESSAI"' in refused.text and 'enctype="multipart/form-data"' in refused.text
    made = send(who, name="x.exe", kind="application/x-msdownload", once="web1")
    assert made.status_code == 303, words(made)[-1500:]
    assert send(who, name="y", once="web1").headers["Location"] == made.headers["Location"], "sent twice, taken once"
    no = made.headers["Location"].split("=")[1]
    assert "Sans INS" in who.get(made.headers["Location"]).text
    own = f"/patient/{p.id}/incoming"
    need = who.post(own + "/file", {"document": f"{no}/1"})
    assert need.status_code == 422 and "dites pourquoi" in words(need) and f'value="{no}/1" selected' in need.text, words(need)[-1500:]
    assert who.post(own + "/file", {"document": f"{no}/1", "reason": "vu avec la personne"}).status_code == 303
    late = who.post(own + "/file", {"document": f"{no}/1", "reason": "vu avec la personne"})
    assert late.status_code == 409 and "entre-temps" in words(late)
    listed = who.get(f"/patient/{p.id}/documents").text
    assert "Dr Loin" in listed and re.search(r'/document/[^"]*part=1', listed)
    assert who.post(own + "/return", {"document": f"{no}/2", "reason": "mauvais dossier"}).status_code == 303
    assert "ZZESSAI" in who.get("/incoming").text


def test_what_was_typed_is_corrected_and_a_stale_form_shows_both(server, stage):
    who, other = Person(server, server.account("physician")).come(), Person(server, server.account("clerk")).come()
    made = send(who, once="web2")
    no = made.headers["Location"].split("=")[1]
    page = who.get(f"/incoming/correct?no={no}").text
    assert 'value="ZZESSAI"' in page and 'value="14/02/1957"' in page and f'value="{no}/1"' in page, "what was typed stands in the form"
    form = {**TYPED, "document": f"{no}/1", "family": "ZZJUSTE"}
    bad = who.post("/incoming/correct", {**form, "born_on": "31/02/1957"})
    assert bad.status_code == 422 and 'value="31/02/1957"' in bad.text and 'value="ZZJUSTE"' in bad.text
    assert other.post("/incoming/correct", {**form, "family": "ZZPREMIER"}).status_code == 303
    late = who.post("/incoming/correct", form)
    assert late.status_code == 409 and 'value="ZZJUSTE"' in late.text and "ZZPREMIER" in words(late) and f'value="{no}/2"' in late.text, words(late)[-1500:]
    assert who.post("/incoming/correct", {**form, "document": f"{no}/2"}).status_code == 303
    shown = words(who.get(f"/incoming/document?no={no}"))
    assert "ZZJUSTE" in shown and "ZZPREMIER" in shown and "ZZESSAI" in shown, "the originals stand beside"
    none = who.post("/incoming/drop", {"document": f"{no}/3"})
    assert none.status_code == 422 and "Pourquoi il est écarté" in words(none)
    assert who.post("/incoming/drop", {"document": f"{no}/2", "ground": "nobody"}).status_code == 409
    assert who.post("/incoming/drop", {"document": f"{no}/3", "ground": "nobody", "reason": "inconnue ici"}).status_code == 303
    assert "ZZJUSTE" in who.get("/incoming/dropped").text and "ZZJUSTE" not in who.get("/incoming").text
    assert "inconnue ici" in words(who.get(f"/incoming/document?no={no}"))
    assert who.post("/incoming/restore", {"document": f"{no}/4"}).status_code == 303
    assert "ZZJUSTE" in who.get("/incoming").text


def ins_of(p):
    return next((i["value"] for i in p.body["identifier"] if i.get("system", "").startswith("urn:oid:1.2.250.1.213.1.4.")), "")


def test_a_clerk_takes_one_in_by_the_form_and_one_key_files_the_match(open_browser, server, stage, tmp_path):
    p = next(p for p in stage.mine if '"QUAL"' in json.dumps(p.body) and ins_of(p))
    official = next(n for n in p.body["name"] if n.get("use") == "official")
    (tmp_path / "lettre.pdf").write_bytes(PDF)
    b = open_browser()
    b.sign_in(server.account("clerk")).get("/incoming/add")
    b.shot("incoming-add")
    b.one("#incoming-file").send_keys(str(tmp_path / "lettre.pdf"))
    year, month, day = p.body["birthDate"].split("-")
    for name, value in (("author", "Dr Loin"), ("dated_on", "05/01/2026"), ("family", official["family"].lower()), ("given", official["given"][0]), ("born_on", f"{day}/{month}/{year}"), ("ins", ins_of(p))):
        b.one(f"#incoming-{name}").send_keys(value)
    b.one("#incoming-kind option[value=discharge]").click()
    b.submit("#incoming")
    b.shot("incoming-refused")
    assert "obligatoire" in b.text and b.one("#incoming-family").get_attribute("value") == official["family"].lower(), "no sex was chosen: told, and nothing typed is lost"
    b.one("#incoming-file").send_keys(str(tmp_path / "lettre.pdf"))
    b.one(f"#incoming [name=sex][value={p.body['gender']}]").click()
    b.submit("#incoming")
    assert "Une identité qualifiée a exactement" in b.text
    b.shot("incoming-match")
    b.all("a[href^='/incoming/correct']")[0].click()
    b.until(lambda: b.path.startswith("/incoming/correct"))
    b.shot("incoming-correct")
    b.one("#incoming-author").clear()
    b.one("#incoming-author").send_keys("Dr Loin de là")
    b.submit("#incoming")
    assert "Corrigé" in b.text and "Dr Loin de là" in b.text
    b.shot("incoming-corrected")
    b.get("/incoming")
    b.shot("incoming-list")
    assert "Dr Loin" in b.text
    b.all("main th a, main td a")[-1].click()
    b.until(lambda: "Une identité qualifiée a exactement" in b.text)
    b.press(Keys.F9)
    b.until(lambda: b.path == f"/patient/{p.id}/incoming")
    assert "Dr Loin" in b.text
    b.shot("incoming-record")


def test_hostile_bodies_are_refused_and_never_broken(server, stage):
    who = Person(server, server.account("physician")).come()
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    part = lambda name, value, more="": f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
    good = part("csrf", who.csrf) + "".join(part(k, v) for k, v in {**TYPED, "once": "web9"}.items())
    file = part("file", PDF.decode(), '; filename="x"')
    raw = lambda body, headers=kind: who.http.post(server.http_url + "/incoming/add", data=body.encode("latin-1"), headers=headers, allow_redirects=False, timeout=30).status_code
    for body in ("", "--B--\r\n", good + file, good + file + "--B--\r\nx", good + part("file", "text as a file") + "--B--\r\n", good + file + file + "--B--\r\n", good + file + part("other", "x") + "--B--\r\n",
                 good + part("family", "x") + file + "--B--\r\n", good.replace('name="family"', 'name="family"; filename="x"') + file + "--B--\r\n", part("a" * 5000, "x") + "--B--\r\n", good.replace("ZZESSAI", "ZZ\0") + file + "--B--\r\n"):
        assert raw(body) in (400, 403, 413), body[-200:]
    for headers in ({"Content-Type": "multipart/form-data"}, {"Content-Type": "multipart/mixed; boundary=B"}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/plain"}):
        assert raw(good + file + "--B--\r\n", headers) in (400, 403), headers
    assert raw((good + file + "--B--\r\n").replace(who.csrf, "x" * len(who.csrf))) == 403
    assert raw(good + part("file", "x" * ((4 << 20) + 1), '; filename="x"') + "--B--\r\n") == 422, "over the limit of the file: told beside it"
    assert raw(good + part("file", "x" * (5 << 20), '; filename="x"') + "--B--\r\n") == 413, "over the limit of the route"
    assert raw(good + file + "--B--\r\n") == 303
    assert who.post("/stock", {}, files={"x": ("x", b"x")}).status_code in (400, 403, 404, 405), "no other page takes a multipart form"
