# SPDX-License-Identifier: Apache-2.0
"""
Signed heads leave the house: to syslog receivers over TCP and TLS, and by mail. The receivers are real ones, of Python; what they kept is judged by hygie-verify
against the ledger and against what is published. A receiver that is away, slow, or not whom it says it is holds up none of the others, and is named.
"""
import contextlib
import email
import email.policy
import os
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

from hygie_server import BUILD, Server, Stage, copy_base, free_port, hygie

VERIFY = BUILD / "src/ledger/hygie-verify"


class Receiver:
    """Takes frames of octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3), each a message (RFC 5424)."""

    def __init__(self, context=None, deaf=False):
        self.messages, self.errors, self.context, self.deaf = [], [], context, deaf
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            if self.deaf:
                time.sleep(20)
                connection.close()
                continue
            try:
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                bytes_of = b""
                while piece := connection.recv(4096):
                    bytes_of += piece
                while bytes_of:
                    n, rest = bytes_of.split(b" ", 1)
                    assert re.fullmatch(rb"[1-9][0-9]*", n) and len(rest) >= int(n)
                    self.messages.append(rest[:int(n)].decode())
                    bytes_of = rest[int(n):]
            except (OSError, AssertionError) as e:
                self.errors.append(e)
            finally:
                connection.close()

    def got(self, n=1):
        for _ in range(50):
            if len(self.messages) >= n:
                break
            time.sleep(0.1)
        assert len(self.messages) == n, (self.messages, self.errors)
        return self.messages[-1]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority and what it vouches for: good for localhost and 127.0.0.1, one for another name, one for us; and a stranger's."""
    at = tmp_path_factory.mktemp("certificates")

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    for ca in ("ca", "other-ca"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at / f"{ca}.key", "-out", at / f"{ca}.pem", "-days", "2", "-subj", f"/CN={ca}")
    for name, ca, names in (("good", "ca", "DNS:localhost,IP:127.0.0.1"), ("elsewhere", "ca", "DNS:syslog.elsewhere.test"), ("stranger", "other-ca", "DNS:localhost,IP:127.0.0.1"), ("us", "ca", "DNS:hygie.house.test")):
        (at / "names").write_text(f"subjectAltName={names}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at / f"{name}.key", "-out", at / f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", at / f"{name}.csr", "-CA", at / f"{ca}.pem", "-CAkey", at / f"{ca}.key", "-CAcreateserial", "-out", at / f"{name}.pem", "-days", "2", "-extfile", at / "names")
    return at


def context(certificates, name, ask=False):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    if ask:
        c.verify_mode = ssl.CERT_REQUIRED
        c.load_verify_locations(certificates / "ca.pem")
    return c


def settings(tmp_path, **rows):
    path = tmp_path / "hygie.conf"
    path.write_text("[heads]\n" + "".join(f"{key} = {one}\n" for key, value in rows.items() for one in (value if isinstance(value, list) else [value])))
    return path


def publish(base, folder, *words):
    return hygie("audit", "publish", folder, "--dir", base, *words)


def verify(*words):
    done = subprocess.run([VERIFY, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


ONE_KEY = {"HYGIE_LEDGER_EPOCH_HOURS": "0"}   # of a fork that one key signed; with keys by epoch the other past's heads are of keys that the fork's list does not have


def work(base, n=40, env=None):
    stage = Stage(base)
    with Server(base, env=env or {}) as server:
        machine = server.machine()
        for i in range(n):
            machine.get(f"/Patient/{stage.mine[i % len(stage.mine)].id}")


def sendmail(tmp_path, code=0, then=""):
    path = tmp_path / "sendmail"
    path.write_text(f"#!/bin/sh\n{then}\necho \"$@\" > {tmp_path}/words\nenv > {tmp_path}/environment\ncat > {tmp_path}/mail.$(date +%s%N)\nexit {code}\n")
    path.chmod(0o755)
    return path


def mails(tmp_path):
    return sorted(tmp_path.glob("mail.*"))


def test_what_receivers_kept_shows_a_ledger_that_was_rewritten(base_copy, certificates, tmp_path):
    pub, folder = base_copy / "ledger/ledger.pub", tmp_path / "published"
    plain, tls = Receiver(), Receiver(context(certificates, "good"))
    config = settings(tmp_path, syslog=f"tcp://127.0.0.1:{plain.port}  tls://localhost:{tls.port}", syslog_ca=certificates / "ca.pem", mail_to="dpo@hopital.test autre@hopital.test",
                      mail_from="hygie@hopital.test", sendmail=sendmail(tmp_path))
    began = time.time()
    for n in range(1, 4):
        done = publish(base_copy, folder, "--config", config)
        assert done.returncode == 0 and f"sent to {3 if n == 1 else 2} of {3 if n == 1 else 2} receivers" in done.stdout, done.stdout + done.stderr   # a mail a day
        for receiver in (plain, tls):
            message = receiver.got(n)
            form = re.fullmatch(r"<109>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) hygie (\d+) ledger-head - (hygie-head hygie/ledger/[0-9a-f]{16} (\d+) \S{44} \S{92})", message)
            assert form, message
            assert began - 60 < time.mktime(time.strptime(form[1][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone < time.time() + 60
            assert (folder / "checkpoint").read_text().split("\n")[1] == form[5] and len(message) <= 2048
        if n == 1:
            fork = copy_base(base_copy, tmp_path / "fork")
        work(base_copy, env=ONE_KEY)
    (mail,) = mails(tmp_path)
    assert (tmp_path / "words").read_text() == "-i -t\n" and "HYGIE" not in (tmp_path / "environment").read_text()
    letter = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    assert letter["From"] == "hygie@hopital.test" and letter["To"] == "dpo@hopital.test, autre@hopital.test" and letter["Auto-Submitted"] == "auto-generated" and not letter.defects
    assert abs(letter["Date"].datetime.timestamp() - began) < 60 and letter["Message-ID"].endswith("@hopital.test>") and letter.get_content_type() == "text/plain"
    body = letter.get_content()
    assert "hygie-head hygie/ledger/" in body
    (tmp_path / "kept.mail").write_bytes(mail.read_bytes())
    (tmp_path / "kept.log").write_text("".join(f"Nov 29 10:00:00 relay {m}\n" for m in tls.messages))

    publish(base_copy, folder)
    for kept, heads in (("kept.mail", 1), ("kept.log", 3)):
        for place in (folder, base_copy / "ledger"):
            code, says = verify("--head", tmp_path / kept, pub, place)
            assert code == 0 and says.startswith(f"GOOD\nheads {heads}\n"), says
    # the house goes back to its first day and lives another one
    work(fork, 150, env=ONE_KEY)
    assert publish(fork, tmp_path / "other").returncode == 0
    for place in (tmp_path / "other", fork / "ledger"):
        code, says = verify("--head", tmp_path / "kept.log", pub, place)
        assert code == 1 and says.startswith("BAD\n") and "first bad head 2, of " in says and says.endswith("rewritten\n"), says
        assert verify("--head", tmp_path / "kept.mail", pub, place)[0] == 0   # the first head is of before
    # with keys by epoch: the kept head of the one way is of no key of the other
    ways = [copy_base(base_copy, tmp_path / f"way{i}") for i in range(2)]
    for way in ways:
        work(way)
        assert publish(way, tmp_path / f"{way.name}-published").returncode == 0
    for i, way in enumerate(ways):
        kept = tmp_path / f"{way.name}-published/checkpoint"
        assert verify("--head", kept, pub, way / "ledger")[0] == 0 and verify("--head", kept, pub, tmp_path / f"{way.name}-published")[0] == 0
        for place in (ways[1 - i] / "ledger", tmp_path / f"{ways[1 - i].name}-published"):
            code, says = verify("--head", kept, pub, place)
            assert code == 1 and says.endswith("signature\n"), says
    (tmp_path / "noise").write_text("hygie-head\nhygie-head x y z\n")
    assert verify("--head", tmp_path / "noise", pub, folder)[0] == 2
    assert verify("--head", folder / "checkpoint", pub, base_copy / "ledger")[0] == 0
    assert verify("--head", folder / "checkpoint", pub)[0] == 2


def test_receivers_that_fail_are_named_and_hold_up_no_other(base_copy, certificates, tmp_path):
    folder = tmp_path / "published"
    good, wrong_name, stranger, deaf, picky, plain_server = (Receiver(context(certificates, "good")), Receiver(context(certificates, "elsewhere")), Receiver(context(certificates, "stranger")),
                                                            Receiver(deaf=True), Receiver(context(certificates, "good", ask=True)), Receiver())
    dead = free_port()
    bad = {f"tls://localhost:{wrong_name.port}": "not good for this name", f"tls://127.0.0.1:{stranger.port}": "not good for this name", f"tls://localhost:{deaf.port}": "no answer in time",
           f"tcp://127.0.0.1:{dead}": "cannot be reached", f"tls://no-such-host.invalid:{dead}": "not known", "tls://localhost": "no tls://HOST:PORT", "tls://[::1:5": "no tls://HOST:PORT",
           f"tls://localhost:{picky.port}": "refused", f"tls://localhost:{plain_server.port}": ""}
    config = settings(tmp_path, syslog=[*bad, f"tls://127.0.0.1:{good.port}"], syslog_ca=certificates / "ca.pem", wait=4)
    began = time.time()
    done = publish(base_copy, folder, "--config", config)
    assert time.time() - began < 60 and done.returncode == 3 and f"sent to 1 of {len(bad) + 1} receivers" in done.stdout and (folder / "checkpoint").exists(), done.stdout + done.stderr
    for place, told in bad.items():
        assert re.search(rf"heads: {re.escape(place)}: .*{told}", done.stderr), (place, done.stderr)
    assert good.got().startswith("<109>1 ")
    for receiver in (wrong_name, stranger, deaf, picky, plain_server):
        assert receiver.messages == []   # nothing is told to whom we do not know

    config = settings(tmp_path, syslog=f"tls://localhost:{picky.port}", syslog_ca=certificates / "ca.pem", syslog_certificate=certificates / "us.pem", syslog_key=certificates / "us.key")
    done = hygie("audit", "head", "--published", folder, "--send", "--config", config)
    assert done.returncode == 0, done.stderr
    picky.got()
    assert hygie("audit", "head", "--published", folder, check=True).stdout == (folder / "checkpoint").read_text()
    done = hygie("audit", "head", "--dir", base_copy, "--send", "--config", settings(tmp_path, syslog=f"tls://localhost:{picky.port}", syslog_ca=tmp_path / "none"))
    assert done.returncode == 1 and "cannot be read" in done.stderr


def test_a_mail_that_is_not_taken_is_told_and_tried_again(base_copy, tmp_path):
    folder = tmp_path / "published"
    rows = {"mail_to": "dpo@hopital.test", "mail_from": "hygie@hopital.test", "wait": 4}
    for program, takes in ((sendmail(tmp_path, 75), 1), (sendmail(tmp_path, then="sleep 60"), 0), (tmp_path / "none", 0), ("/bin/false", 0)):
        if program == tmp_path / "sendmail":
            sendmail(tmp_path, 75) if takes else sendmail(tmp_path, then="exec sleep 60")
        done = publish(base_copy, folder, "--config", settings(tmp_path, sendmail=program, **rows))
        assert done.returncode == 3 and "did not take the mail" in done.stderr and "sent to 0 of 1" in done.stdout, done.stderr
    with contextlib.suppress(FileNotFoundError):
        for f in mails(tmp_path):
            f.unlink()
    sendmail(tmp_path)
    for n, hours in enumerate((24, 24, 0), 1):
        done = publish(base_copy, folder, "--config", settings(tmp_path, sendmail=tmp_path / "sendmail", mail_hours=hours, **rows))
        assert done.returncode == 0 and len(mails(tmp_path)) == (1 if n < 3 else 2), done.stderr
    os.utime(folder / ".mailed", (time.time() - 25 * 3600,) * 2)
    assert publish(base_copy, folder, "--config", settings(tmp_path, sendmail=tmp_path / "sendmail", **rows)).returncode == 0 and len(mails(tmp_path)) == 3
    for wrong in ({"mail_to": "dpo@hopital.test"}, {"mail_to": "dpo", "mail_from": "a@b.test"}, {"mail_to": "a@b.test,c@d.test", "mail_from": "a@b.test"}, {"syslog": "udp://x:514"}, {"syslog_key": "x"}, {"wait": 0}):
        done = hygie("config", "check", "--config", settings(tmp_path, **wrong))
        assert done.returncode == 1 and "heads." in done.stderr, (wrong, done.stderr)
    done = hygie("audit", "head", "--dir", base_copy, "--send", "--config", settings(tmp_path))
    assert done.returncode == 1 and "no receiver" in done.stderr
