# SPDX-License-Identifier: Apache-2.0
"""
The witness over HTTP: every status of C2SP tlog-witness, many at once, killed at any moment; and `hygie audit publish --witness`, which asks it. Whatever
happens, what it signed of one ledger is one past: sizes only grow, and no size has two roots.
"""
import base64
import contextlib
import http.server
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

from hygie_server import BUILD, FULL, Server, Stage, free_port, hygie

VERIFY, WITNESS = BUILD / "src/ledger/hygie-verify", BUILD / "src/witness/hygie-witness"


def make(state, name, *pubs):
    pub = subprocess.run([WITNESS, "make", state, name], capture_output=True, text=True, check=True).stdout.strip()
    for p in pubs:
        subprocess.run([WITNESS, "trust", state, p], check=True)
    return pub


@contextlib.contextmanager
def serving(state, *words, port=None, scheme="http"):
    port = port or free_port()
    words = words or ("--plain-port", str(port))
    p = subprocess.Popen([WITNESS, "serve", state, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = p.stdout.readline()
    assert line.startswith("Ready: " + scheme), line
    try:
        yield line.split()[1], p
    finally:
        p.terminate()
        assert p.wait(10) in (0, -signal.SIGKILL)


def add(url, body, **more):
    return requests.post(url + "/add-checkpoint", data=body.encode() if isinstance(body, str) else body, timeout=10, **more)


def publish(base, folder, *words):
    return hygie("audit", "publish", folder, "--dir", base, *words)


def grown(kept, folder):
    return hygie("audit", "grown", kept, "--published", folder, check=True).stdout


ONE_KEY = {"HYGIE_LEDGER_EPOCH_HOURS": "0"}   # for forks that one key signed


def work(base, n=40, env=None):
    stage = Stage(base)
    with Server(base, env=env or {}) as server:
        machine = server.machine()
        for i in range(n):
            machine.get(f"/Patient/{stage.mine[i % len(stage.mine)].id}")


def verify(*words):
    done = subprocess.run([VERIFY, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def size_of(note):
    return int(note.split("\n")[1])


@pytest.fixture(scope="module")
def house(demo_base, tmp_path_factory):
    """Bodies for add-checkpoint: a first head of a ledger, a second, and that of a fork which the same key signed; `again`: from the very head, for an answer that was lost."""
    from hygie_server import copy_base
    tmp = tmp_path_factory.mktemp("house")
    base, folder, fork_folder = copy_base(demo_base, tmp / "base"), tmp / "published", tmp / "fork-published"
    assert publish(base, folder).returncode == 0
    shutil.copytree(folder, tmp / "first")
    fork = copy_base(base, tmp / "fork")
    work(base, env=ONE_KEY)
    assert publish(base, folder).returncode == 0
    work(fork, 70, env=ONE_KEY)
    assert publish(fork, fork_folder).returncode == 0
    first = tmp / "first/checkpoint"
    return {"pub": base / "ledger/ledger.pub", "base": base, "one": grown("0", tmp / "first"), "two": grown(first, folder), "two_from_0": grown("0", folder), "fork": grown(first, fork_folder),
            "two_again": grown(folder / "checkpoint", folder), "fork_again": grown(fork_folder / "checkpoint", fork_folder), "fork_base": fork}


def note_of(body):
    return body.split("\n\n", 1)[1]


def test_each_answer_has_the_status_that_the_protocol_gives_it(house, tmp_path):
    state = tmp_path / "state"
    make(state, "essai.test/w1")
    one, two = house["one"], house["two"]
    with serving(state) as (url, _):
        assert add(url, one).status_code == 404   # known to nobody yet
        subprocess.run([WITNESS, "trust", state, house["pub"]], check=True)
        assert add(url, "old 0\n\nnews.test/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— news.test/log AAAAAAA=\n").status_code == 404
        for bad in ("", "old\n", "old 0\n", "old x\n\n" + note_of(one), "old 00\n\n" + note_of(one), "old 0\nAAAA\n\n" + note_of(one), "old 99999999\n\n" + note_of(one), b"\xff\x00" * 40):
            assert add(url, bad).status_code == 400, bad
        head, sig = note_of(one).split(" ", 2)[0:2], base64.b64decode(note_of(one).split()[-1])
        forged = note_of(one).replace(note_of(one).split()[-1], base64.b64encode(sig[:-1] + bytes([sig[-1] ^ 1])).decode())
        assert head and add(url, "old 0\n\n" + forged).status_code == 403
        done = add(url, one)
        assert done.status_code == 200 and done.text.startswith("— essai.test/w1 ") and done.text.endswith("\n") and done.text.count("\n") == 1
        done = add(url, one)
        assert done.status_code == 409 and done.headers["Content-Type"] == "text/x.tlog.size" and done.text == f"{size_of(note_of(one))}\n"
        assert add(url, two.replace("\n", "\n" + base64.b64encode(bytes(32)).decode() + "\n", 1)).status_code == 422   # a hash too many
        assert add(url, "old %d\n\n%s" % (size_of(note_of(one)), note_of(two))).status_code == 422
        # the protocol lets a log send what others signed too: only its own signature counts
        assert add(url, two + "— essai.test/other " + base64.b64encode(bytes(76)).decode() + "\n").status_code == 200
        fork = house["fork"]
        done = add(url, fork)
        assert done.status_code == 409 and done.text == f"{size_of(note_of(two))}\n"
        assert add(url, fork.replace(f"old {size_of(note_of(one))}\n", f"old {size_of(note_of(two))}\n")).status_code == 422
        assert add(url, "x" * 20000).status_code == 413
        assert requests.get(url + "/add-checkpoint", timeout=10).status_code == 405 and requests.get(url + "/", timeout=10).status_code == 404
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as s:   # chunks are not taken
            s.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            assert s.recv(100).startswith(b"HTTP/1.1 411")
    done = subprocess.run([WITNESS, "cosign", state], input=house["two"], capture_output=True, text=True)
    assert done.stdout == f"409\n{size_of(note_of(two))}\n"   # the same state, the other way in


def test_of_many_at_once_one_is_signed(house, tmp_path):
    state = tmp_path / "state"
    make(state, "essai.test/w1", house["pub"])
    with serving(state) as (url, _):
        for bodies in ([house["one"], house["two_from_0"]], [house["two"], house["fork"]]):
            answers, gate = [], threading.Barrier(12)

            def ask(body):
                gate.wait()
                answers.append(add(url, body))
            threads = [threading.Thread(target=ask, args=(bodies[i % 2],)) for i in range(12)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            assert sorted(a.status_code for a in answers) in ([200] + [409] * 11,), [a.status_code for a in answers]
            if answers[0].text and bodies[0] is house["one"] and size_of((state / next(f for f in os.listdir(state) if f.endswith(".checkpoint"))).read_text()) != size_of(note_of(house["one"])):
                break   # the longer one won: there is no second round


def test_killed_at_any_moment_it_never_signs_two_pasts(house, tmp_path):
    """Two futures of one ledger race for the signature while the witness is killed again and again: one of them only is ever signed."""
    rng = random.Random(7)
    size_two, size_fork = size_of(note_of(house["two"])), size_of(note_of(house["fork"]))
    for turn in range(8 if FULL else 3):
        state = tmp_path / f"state{turn}"
        make(state, "essai.test/w1", house["pub"])
        signed, stop = set(), threading.Event()
        port = free_port()

        def ask(name, first):
            while not stop.is_set():
                for body in (first, house[name], house[name + "_again"]):
                    with contextlib.suppress(requests.RequestException):
                        if add(f"http://127.0.0.1:{port}", body).status_code == 200 and body is not first:
                            signed.add(name)
        threads = [threading.Thread(target=ask, args=(name, house["one"])) for name in ("two", "fork")]
        for t in threads:
            t.start()
        for _ in range(5):
            with serving(state, port=port) as (_, p):
                time.sleep(rng.uniform(0, 0.03))
                p.kill()
        with serving(state, port=port):
            for _ in range(50):
                if signed:
                    break
                time.sleep(0.1)
            time.sleep(0.2)
        stop.set()
        for t in threads:
            t.join()
        kept = size_of((state / next(f for f in os.listdir(state) if f.endswith(".checkpoint"))).read_text())
        assert len(signed) == 1 and kept == (size_two if "two" in signed else size_fork), (signed, kept)


def test_it_serves_tls_by_itself_when_it_is_given_a_certificate(house, tmp_path):
    state, cert, key = tmp_path / "state", tmp_path / "cert.pem", tmp_path / "key.pem"
    pub = make(state, "essai.test/w1", house["pub"])
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    port = free_port()
    with serving(state, "--port", port, "--certificate", cert, "--key", key, scheme="https") as (url, _):
        assert add(url, house["one"], verify=str(cert)).status_code == 200
        folder = tmp_path / "published"
        done = publish(house["base"], folder, "--witness", url, "--witness-key", pub)
        assert done.returncode == 3 and "; 0 cosignatures" in done.stdout and f"witness {url}: cannot be asked" in done.stderr   # nobody vouches for that certificate
        done = publish(house["base"], folder, "--witness", url, "--witness-key", pub, "--witness-ca", cert)
        assert done.returncode == 0 and "; 1 cosignatures" in done.stdout, done.stderr
    for words in (("serve", state, "--port", "1"), ("serve", state, "--plain-port", "x"), ("serve", state, "--plain-port"), ("serve", tmp_path / "none"), ("serve",)):
        assert subprocess.run([WITNESS, *map(str, words)], capture_output=True).returncode == 2


def test_publishing_asks_the_witnesses_and_goes_on_from_where_they_stand(base_copy, tmp_path):
    folder, pub = tmp_path / "published", base_copy / "ledger/ledger.pub"
    states = [tmp_path / f"w{i}" for i in range(2)]
    keys = [make(state, f"essai.test/{state.name}", pub) for state in states]
    named = [word for key in keys for word in ("--witness-key", key)]
    asked = [word for key in keys for word in ("--witness", key)]
    with serving(states[0]) as (url0, _), serving(states[1]) as (url1, _):
        assert publish(base_copy, folder).returncode == 0   # a head that no witness saw
        work(base_copy)
        done = publish(base_copy, folder, "--witness", url0 + "/", *named)   # it must find out that this one stands at 0
        assert done.returncode == 0 and "; 1 cosignatures" in done.stdout, done.stderr
        work(base_copy)
        done = publish(base_copy, folder, "--witness", url0, "--witness", url1, *named)
        assert done.returncode == 0 and "; 2 cosignatures" in done.stdout, done.stderr
        assert verify("--published", folder, pub, *asked)[0] == 0
        work(base_copy)
        assert publish(base_copy, folder, "--witness", url1, *named).returncode == 0
        work(base_copy)
        done = publish(base_copy, folder, "--witness", url0, "--witness", url1, *named)   # the one stands behind, the other where we think
        assert done.returncode == 0 and "; 2 cosignatures" in done.stdout, done.stderr
        done = publish(base_copy, folder, "--witness", url0, "--witness", url1, *named)   # nothing new: signed again
        assert done.returncode == 0 and "; 2 cosignatures" in done.stdout, done.stderr
    assert verify("--published", folder, pub, *asked, "--fresh", 60)[0] == 0


class Liar(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, text = self.server.says
        if status == 0:
            time.sleep(30)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def test_a_witness_that_is_away_slow_or_lies_holds_nothing_up_and_is_named(house, tmp_path):
    pub, state = house["pub"], tmp_path / "state"
    key = make(state, "essai.test/w1", pub)
    dead = f"http://127.0.0.1:{free_port()}"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    liar = f"http://127.0.0.1:{server.server_port}"
    with serving(state) as (url, _):
        for n, (says, told) in enumerate((((200, b"<html>hello</html>"), ""), ((200, b"\xe2\x80\x94 essai.test/w1 " + base64.b64encode(bytes(76)) + b"\n"), ""), ((200, b"x" * 100000), "cannot be asked"),
                                          ((404, b""), "404"), ((409, b"99999999999\n"), "has signed 99999999999"), ((409, b"0\n"), "another past"), ((409, b"1e5\n"), "without a size"),
                                          ((409, b"7\n"), "signed another past of 7"), ((302, b""), "302"), ((500, b""), "500"), ((0, b""), "in time"))):
            server.says = says
            folder = tmp_path / f"p{n}"
            began = time.time()
            done = publish(house["base"], folder, "--witness", dead, "--witness", liar, "--witness", url, "--witness-key", key, "--wait", "4")
            assert time.time() - began < 15
            assert done.returncode == 3 and "; 1 cosignatures" in done.stdout and f"witness {dead}: cannot be asked" in done.stderr, done.stdout + done.stderr
            assert told in done.stderr and (f"witness {liar}" in done.stderr) == bool(told), (says, done.stderr)
            assert verify("--published", folder, pub, "--witness", key)[0] == 0
    server.shutdown()
    for words in (("--witness", liar), ("--witness", "ftp://x", "--witness-key", key), ("--witness", liar, "--witness-key", key, "--wait", "0")):
        assert publish(house["base"], tmp_path / "q", *words).returncode == 2


def test_a_publication_that_waits_for_a_witness_puts_no_older_head_over_a_newer_one(base_copy, tmp_path):
    folder, pub = tmp_path / "published", base_copy / "ledger/ledger.pub"
    key = make(tmp_path / "state", "essai.test/w1", pub)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.says = (0, b"")
    assert publish(base_copy, folder).returncode == 0
    work(base_copy, 30)
    slow = subprocess.Popen([BUILD / "src/cli/hygie", "audit", "publish", folder, "--dir", base_copy, "--witness", f"http://127.0.0.1:{server.server_port}", "--witness-key", key, "--wait", "25"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)   # it waits
    work(base_copy, 30)
    assert publish(base_copy, folder).returncode == 0
    assert slow.wait(60) == 3
    code, says = verify("--published", folder, pub)
    assert code == 0 and hygie("audit", "head", "--dir", base_copy, check=True).stdout == (folder / "checkpoint").read_text(), says
    # killed while it asks: the witness has signed a head that never stood there, and the next one goes on from it
    with serving(tmp_path / "state") as (url, _):
        asked = ("--witness", f"http://127.0.0.1:{server.server_port}", "--witness", url, "--witness-key", key)
        work(base_copy, 30)
        cut = subprocess.Popen([BUILD / "src/cli/hygie", "audit", "publish", folder, "--dir", base_copy, *asked, "--wait", "25"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            time.sleep(0.1)
            if any(f.endswith(".checkpoint") for f in os.listdir(tmp_path / "state")):
                break
        cut.kill()
        cut.wait()
        assert verify("--published", folder, pub)[0] == 0 and verify("--published", folder, pub, "--witness", key)[0] == 1
        work(base_copy, 30)
        done = publish(base_copy, folder, *asked[2:])
        assert done.returncode == 0 and "; 1 cosignatures" in done.stdout and verify("--published", folder, pub, "--witness", key)[0] == 0, done.stderr
    server.shutdown()


def test_a_house_that_forks_its_ledger_finds_no_witness(house, tmp_path):
    state = tmp_path / "state"
    key = make(state, "essai.test/w1", house["pub"])
    with serving(state) as (url, _):
        assert publish(house["base"], tmp_path / "a", "--witness", url, "--witness-key", key).returncode == 0
        done = publish(house["fork_base"], tmp_path / "b", "--witness", url, "--witness-key", key)
        assert done.returncode == 3 and "; 0 cosignatures" in done.stdout and ("422" in done.stderr or "more than" in done.stderr), done.stderr
    assert verify("--published", tmp_path / "b", house["pub"])[0] == 0 and verify("--published", tmp_path / "b", house["pub"], "--witness", key)[0] == 1


def test_a_house_that_certifies_two_keys_for_one_epoch_finds_no_witness(base_copy, tmp_path):
    from hygie_server import copy_base
    state, pub, fork = tmp_path / "state", base_copy / "ledger/ledger.pub", copy_base(base_copy, tmp_path / "fork")
    key = make(state, "essai.test/w1", pub)
    work(base_copy)
    work(fork, 70)
    assert publish(base_copy, tmp_path / "a").returncode == 0 and publish(fork, tmp_path / "b").returncode == 0
    lists = [(tmp_path / of / "epochs").read_bytes() for of in "ab"]
    body = grown("0", tmp_path / "a")
    with serving(state) as (url, _):
        assert add(url, body).status_code == 403   # of a key that it was not told of
        for bad in (b"", b"x\n", lists[0][:-2], lists[0].replace(b"epoch 1", b"epoch 2"), lists[0].split(b"\n", 1)[1]):
            assert requests.post(url + "/add-epochs", data=bad, timeout=10).status_code in (400, 404), bad
        assert add(url, body).status_code == 403
        for _ in range(2):
            assert requests.post(url + "/add-epochs", data=lists[0], timeout=10).status_code == 200
        assert requests.post(url + "/add-epochs", data=lists[1], timeout=10).status_code == 409
        assert add(url, body).status_code == 200
        done = publish(fork, tmp_path / "b", "--witness", url, "--witness-key", key)
        assert done.returncode == 3 and "; 0 cosignatures" in done.stdout and "403" in done.stderr, done.stderr
    done = subprocess.run([WITNESS, "epochs", state], input=lists[1], capture_output=True)
    assert done.returncode == 1
    assert subprocess.run([WITNESS, "epochs", state], input=lists[0], capture_output=True).returncode == 0
