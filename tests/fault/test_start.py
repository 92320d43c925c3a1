# SPDX-License-Identifier: Apache-2.0
"""What cannot start says why in one clear sentence, with exit code 1, and leaves everything as it was: afterwards the same directory serves again."""
import hashlib
import os
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from hygie_server import HYGIE, Server, Stage, copy_base, free_port, hygie


def serve(directory, *more, timeout=8, port=None, http_port=None, config=None, **popen):
    """`hygie serve` that is expected to fail: (exit code, sentences on stderr, stdout). Log lines (JSON) and warnings are not sentences."""
    words = [str(HYGIE), "serve", "--dir", str(directory), "--port", str(port or free_port()), "--http-port", str(http_port or free_port()), *map(str, more)]
    if config:
        words += ["--config", str(config)]
    p = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
    try:
        out, err = p.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise AssertionError("the server started, or hangs")
    lines = [line for line in err.decode("utf-8", "replace").splitlines() if not line.startswith("{") and ": warning:" not in line]
    return p.returncode, lines, out.decode()


def files_of(directory):
    """Names and contents, but for locks, sockets and what a start may rightly write: the ledger's own start and stop."""
    out = {}
    for f in sorted(Path(directory).rglob("*")):
        if f.is_file() and f.name not in ("lock",):
            out[str(f.relative_to(directory))] = hashlib.sha256(f.read_bytes()).hexdigest()
    return out


def says(result, *words):
    code, lines, out = result
    assert code == 1, f"exit code {code}: {lines}"
    assert len(lines) == 1, f"not one sentence: {lines}"
    assert lines[0].startswith("hygie: "), lines
    assert "Ready" not in out
    for word in words:
        assert word.lower() in lines[0].lower(), lines[0]
    assert len(lines[0]) < 300 and "errno" not in lines[0].split("(")[0], lines[0]


def serves(directory):
    with Server(directory) as s:
        a = s.machine().get("/Patient?_count=1")
        assert a.status_code == 200, a.text
    assert hygie("db", "check", "--dir", directory).returncode == 0


# ---- around it ----

def test_a_taken_port_is_told(base_copy):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        says(serve(base_copy, port=s.getsockname()[1]), "port")
        says(serve(base_copy, http_port=s.getsockname()[1]), "port")
    serves(base_copy)


def test_a_second_server_on_the_directory_is_told_and_the_first_goes_on(own_server):
    says(serve(own_server.dir), "another hygie")
    assert own_server.machine().get("/Patient?_count=1").status_code == 200
    for words in (("db", "check"), ("db", "reindex"), ("db", "migrate")):
        done = hygie(*words, "--dir", own_server.dir)
        assert done.returncode == 1 and "another hygie" in done.stderr.lower(), done.stderr


def test_a_missing_or_empty_data_directory_is_told(work_dir):
    says(serve(work_dir / "not-there"), "directory")
    assert not (work_dir / "not-there").exists()
    (work_dir / "empty").mkdir(exist_ok=True)
    says(serve(work_dir / "empty"), "directory")
    (work_dir / "plain-file").write_text("x")
    says(serve(work_dir / "plain-file"), "directory")


@pytest.mark.parametrize("text, word", [
    ("[http]\nprot = 8443\n", "unknown setting http.prot"),
    ("[htpp]\nport = 8443\n", "unknown setting htpp.port"),
    ("[http]\nport = many\n", "http.port"),
    ("[http]\nport = 70000\n", "http.port"),
    ("[session]\nidle = 60\n", "session.idle"),
    ("[log]\nlevel = loud\n", "log.level"),
    ("this is no settings file\n", "line 1"),
], ids=["unknown key", "unknown section", "not a number", "too large", "longer than allowed", "not a choice", "not a setting"])
def test_a_wrong_setting_is_named(base_copy, tmp_path, text, word):
    before = files_of(base_copy)
    conf = tmp_path / "hygie.conf"
    conf.write_text(text)
    says(serve(base_copy, config=conf), word)
    assert files_of(base_copy) == before


@pytest.mark.parametrize("text", ["[passkeys]\nname = 127.0.0.1\n", "[passkeys]\nname = DPI.hopital.test\n", "[passkeys]\nname = dpi.hopital.test\norigins = https://hopital.test\n",
                                  "[passkeys]\norigins = http://dpi.hopital.test\n"], ids=["an address", "capitals", "another host", "without TLS"])
def test_passkeys_that_no_browser_would_make_are_told_before_serving(base_copy, tmp_path, text):
    conf = tmp_path / "hygie.conf"
    conf.write_text(text)
    says(serve(base_copy, config=conf), "security keys")


def test_a_settings_file_that_is_not_there_is_told(base_copy, tmp_path):
    says(serve(base_copy, config=tmp_path / "none.conf"), "none.conf")


def test_a_demonstration_serves_this_machine_only(base_copy):
    says(serve(base_copy, env={**os.environ, "HYGIE_HTTP_ADDRESS": "0.0.0.0"}), "loopback")
    says(serve(base_copy, env={**os.environ, "HYGIE_HTTP_ADDRESS": "nowhere"}))
    serves(base_copy)


def pem(tmp_path, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem")], check=True, capture_output=True)


def test_a_bad_certificate_or_key_is_told(base_copy, tmp_path):
    pem(tmp_path, "a")
    pem(tmp_path, "b")
    (tmp_path / "junk").write_text("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n")
    (tmp_path / "empty").write_text("")
    for cert, key in (("a.pem", "b.key"), ("junk", "a.key"), ("a.pem", "junk"), ("empty", "a.key"), ("a.pem", "none"), ("none", "a.key"), ("a.key", "a.pem")):
        conf = tmp_path / "c.conf"
        conf.write_text(f"[tls]\ncertificate = {tmp_path / cert}\nkey = {tmp_path / key}\n")
        says(serve(base_copy, config=conf), "certificate")
    (base_copy / "tls").mkdir()
    (base_copy / "tls/cert.pem").write_text("junk")
    (base_copy / "tls/key.pem").write_text("junk")
    says(serve(base_copy), "certificate")
    shutil.rmtree(base_copy / "tls")
    serves(base_copy)


# ---- the database ----

def flip(path, at, n=64):
    with open(path, "r+b") as f:
        f.seek(at)
        data = f.read(n)
        f.seek(at)
        f.write(bytes(b ^ 0x5A for b in data))


SPOILED = {
    "a header that is not ours":     lambda db: flip(db, 0, 100),
    "a schema page with flipped bytes": lambda db: flip(db, 100, 400),
    "a file of text":                lambda db: db.write_text("not a database\n" * 1000),
    "an empty file":                 lambda db: db.write_bytes(b""),
    "a file cut in half":            lambda db: os.truncate(db, db.stat().st_size // 2),
    "a file cut after its first page": lambda db: os.truncate(db, 4096),
    "a folder":                      lambda db: (db.unlink(), db.mkdir()),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_database_is_told_and_left_alone(base_copy, what):
    db = base_copy / "hygie.db"
    kept = base_copy.parent / (base_copy.name + ".kept")
    shutil.copy(db, kept)
    SPOILED[what](db)
    before = db.read_bytes() if db.is_file() else None
    says(serve(base_copy))
    assert before is None or db.read_bytes() == before, "a spoiled database was written to"
    shutil.rmtree(db) if db.is_dir() else db.unlink()
    for tail in ("-wal", "-shm"):
        (base_copy / ("hygie.db" + tail)).unlink(missing_ok=True)
    shutil.move(kept, db)
    serves(base_copy)


def test_bytes_flipped_anywhere_in_the_database_never_crash_the_server(base_copy):
    """Either it says that the database is damaged, or it serves; reading through everything ends in an answer, never in a crash."""
    rng = random.Random(4)
    db = base_copy / "hygie.db"
    good = db.read_bytes()
    outcomes = []
    for nth in range(4):
        db.write_bytes(good)
        for tail in ("-wal", "-shm"):
            (base_copy / ("hygie.db" + tail)).unlink(missing_ok=True)
        for _ in range(40):
            flip(db, rng.randrange(4096, len(good) - 64), 16)
        server = Server(base_copy)
        try:
            server.start()
        except AssertionError:
            assert server.proc.returncode == 1, server.log[-500:]
            outcomes.append("refused")
            continue
        m = server.machine()
        for type_ in ("Patient", "Condition", "Encounter", "Observation", "Organization"):
            a = m.get(f"/{type_}?_count=200")
            assert a.status_code in (200, 401, 403, 404, 500, 503), a.status_code
            try:
                found = a.json().get("entry", []) if a.status_code == 200 else []
            except ValueError:
                continue  # stored bytes go out as they are: what a disk spoils inside of a text is found by the check, not by each read
            for e in found[:60]:
                assert m.get("/" + "/".join(e["fullUrl"].split("/")[-2:])).status_code in (200, 401, 404, 410, 500, 503)
        assert server.alive(), server.log[-500:]
        assert server.stop() in (0, 1)
        done = hygie("db", "check", "--dir", base_copy)
        assert done.returncode in (0, 1)
        outcomes.append(f"served, check says {done.returncode}")
    print(outcomes)


def test_a_damaged_database_is_found_by_the_check(base_copy):
    import sqlite3
    c = sqlite3.connect(base_copy / "hygie.db")
    c.execute("DELETE FROM by_patient WHERE rid IN (SELECT rid FROM by_patient LIMIT 3)")
    c.commit()
    c.close()
    done = hygie("db", "check", "--dir", base_copy)
    assert done.returncode == 1 and "differences" in done.stdout and " 0 differences" not in done.stdout, done.stdout + done.stderr
    assert hygie("db", "reindex", "--dir", base_copy).returncode == 0
    assert hygie("db", "check", "--dir", base_copy).returncode == 0


# ---- the ledger ----

def test_a_ledger_that_was_changed_is_told_and_the_first_bad_entry_named(base_copy):
    with Server(base_copy) as s:
        nurse = s.person("nurse")
        nurse.get("/unit")
    kept = copy_base(base_copy / "ledger", base_copy.parent / (base_copy.name + ".ledger"))
    end = len(next(kept.glob("segment-*")).read_bytes().rstrip(b"\0"))
    for at in (200, end // 2, end - 40):
        shutil.rmtree(base_copy / "ledger")
        copy_base(kept, base_copy / "ledger")
        flip(next((base_copy / "ledger").glob("segment-*")), at, 1)
        done = hygie("audit", "verify", "--dir", base_copy)
        assert done.returncode == 1 and "BAD" in done.stdout and "First bad entry" in done.stdout, done.stdout + done.stderr
        code, lines, _ = serve(base_copy)
        assert code == 1 and len(lines) == 1, f"served over a ledger that was changed at byte {at}: {code} {lines}"
    shutil.rmtree(base_copy / "ledger")
    shutil.move(kept, base_copy / "ledger")
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0
    serves(base_copy)


def test_an_older_ledger_put_back_gives_no_budget_back(base_copy):
    """Whole and well signed, but older than the database: what was spent since would be forgotten."""
    older = copy_base(base_copy / "ledger", base_copy.parent / (base_copy.name + ".older"))
    stage = Stage(base_copy)
    with Server(base_copy) as s:
        nurse = s.person("nurse")
        for p in stage.mine[:5]:
            assert nurse.get(f"/patient/{p.id}").status_code == 200
        assert nurse.get("/accesses").status_code == 200
    shutil.rmtree(base_copy / "ledger")
    shutil.move(older, base_copy / "ledger")
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0
    says(serve(base_copy), "ledger")


def test_a_ledger_cut_short_is_not_taken_for_a_torn_tail(base_copy):
    """Entries that were signed for and are gone: budgets would come back with them."""
    with Server(base_copy) as s:
        nurse = s.person("nurse")
        for _ in range(5):
            nurse.get("/unit")
    segment = next((base_copy / "ledger").glob("segment-*"))
    good = segment.read_bytes()
    end = len(good.rstrip(b"\0"))
    segment.write_bytes(good[:end * 2 // 3] + b"\0" * (len(good) - end * 2 // 3))
    done = hygie("audit", "verify", "--dir", base_copy)
    assert done.returncode == 1, done.stdout
    code, lines, _ = serve(base_copy)
    assert code == 1 and len(lines) == 1, f"served: {code} {lines}"


def test_without_its_ledger_a_base_is_not_served_as_if_nothing_had_been_spent(base_copy):
    with Server(base_copy) as s:
        s.person("nurse").get("/unit")
    shutil.move(base_copy / "ledger", base_copy.parent / (base_copy.name + ".ledger"))
    says(serve(base_copy))
    shutil.rmtree(base_copy / "ledger", ignore_errors=True)
    shutil.move(base_copy.parent / (base_copy.name + ".ledger"), base_copy / "ledger")
    serves(base_copy)


def test_a_ledger_that_is_a_file_is_told(base_copy):
    shutil.rmtree(base_copy / "ledger")
    (base_copy / "ledger").write_text("x")
    says(serve(base_copy))


class Unprivileged:
    """Permissions bind everybody but root: started as root, the server runs as nobody."""

    def __init__(self, directory):
        self.extra = {}
        if os.geteuid() == 0:
            for path in [directory, *Path(directory).rglob("*")]:
                os.chown(path, 65534, 65534)
            for parent in Path(directory).parents:
                if parent != Path("/") and parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                    os.chmod(parent, 0o755)
            self.extra = {"user": 65534, "group": 65534, "extra_groups": []}


def test_an_unwritable_ledger_is_told(base_copy):
    u = Unprivileged(base_copy)
    ledger = base_copy / "ledger"
    files = list(ledger.iterdir())
    try:
        os.chmod(ledger, 0o500)
        for f in files:
            os.chmod(f, 0o400)
        says(serve(base_copy, **u.extra))
    finally:
        os.chmod(ledger, 0o700)
        for f in files:
            os.chmod(f, 0o600)
    if os.geteuid() != 0:
        serves(base_copy)


def test_an_unwritable_database_or_directory_is_told(base_copy):
    u = Unprivileged(base_copy)
    os.chmod(base_copy / "hygie.db", 0o400)
    says(serve(base_copy, **u.extra))
    os.chmod(base_copy / "hygie.db", 0o000)
    says(serve(base_copy, **u.extra))
    os.chmod(base_copy / "hygie.db", 0o600)
    os.chmod(base_copy, 0o500)
    try:
        says(serve(base_copy, **u.extra))
    finally:
        os.chmod(base_copy, 0o700)


def test_a_missing_or_spoiled_demo_file_is_told(base_copy):
    demo = base_copy / "demo.json"
    text = demo.read_text()
    for spoiled in ("", "{", "[]", "not json"):
        demo.write_text(spoiled)
        says(serve(base_copy))
    demo.unlink()
    says(serve(base_copy))
    demo.write_text(text)
    serves(base_copy)


# ---- a newer or older base ----

def test_a_base_of_a_newer_version_is_refused(base_copy):
    import sqlite3
    c = sqlite3.connect(base_copy / "hygie.db")
    tables = {name for (name,) in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "migration" in tables, sorted(tables)
    columns = [r[1] for r in c.execute("PRAGMA table_info(migration)")]
    last = c.execute("SELECT * FROM migration ORDER BY 1 DESC LIMIT 1").fetchone()
    values = list(last)
    values[0] = last[0] + 100
    c.execute(f"INSERT INTO migration({','.join(columns)}) VALUES ({','.join('?' * len(columns))})", values)
    c.commit()
    c.close()
    says(serve(base_copy), "newer")


def test_a_start_is_quick(base_copy):
    server = Server(base_copy)
    start = time.time()
    server.start()
    took = time.time() - start
    assert server.stop() == 0
    assert took < 3, f"{took:.1f} s"
