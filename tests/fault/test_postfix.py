# SPDX-License-Identifier: Apache-2.0
"""
Signed heads leave through a real Postfix: of the house, whose sendmail takes them into its queue, to one of elsewhere that delivers into a maildir. What arrived is judged against the ledger; what
was tampered with on the way, or never came, is noticed; a server that is away delays nothing, and the head arrives when it is back.
"""
import contextlib
import os
import re
import time

import pytest

from postfix import HERE, Postfix
from test_heads import Receiver, certificates, context, publish, settings, verify, work  # noqa: F401 (a fixture)
from vault import Vault

pytestmark = pytest.mark.skipif(not HERE, reason="postfix is not installed (debian/control names it)")
ROWS = {"mail_to": "dpo@dehors.test", "mail_from": "hygie@maison.test", "mail_hours": 0, "wait": 5}


@pytest.fixture
def servers(tmp_path):
    with Postfix(tmp_path / "outside", "dehors.test") as outside, Postfix(tmp_path / "house", "maison.test", relay=outside.port) as house:
        yield house, outside


def kept(tmp_path, name, *files):
    path = tmp_path / name
    path.write_bytes(b"\n".join(f.read_bytes() if hasattr(f, "read_bytes") else f for f in files))
    return path


def test_heads_arrive_by_postfix_and_one_that_was_changed_or_never_came_is_noticed(base_copy, certificates, servers, tmp_path):
    house, outside = servers
    house.start(), outside.start()
    tls = Receiver(context(certificates, "good"))
    pub, folder = base_copy / "ledger/ledger.pub", tmp_path / "published"
    config = settings(tmp_path, sendmail=house.sendmail, syslog=f"tls://localhost:{tls.port}", syslog_ca=certificates / "ca.pem", **ROWS)
    for n in range(1, 4):
        done = publish(base_copy, folder, "--config", config)
        assert done.returncode == 0 and "sent to 2 of 2 receivers" in done.stdout, done.stdout + done.stderr
        assert (folder / "checkpoint").read_text().split("\n")[1] in outside.mails(n)[-1].read_text() and tls.got(n)
        if n < 3:
            work(base_copy)
    mails = outside.mails(3)
    heads = [re.search(rb"hygie-head \S+ (\d+)", m.read_bytes()) for m in mails]
    assert all(heads) and len({h[1] for h in heads}) == 3 and b"Received: from" in mails[0].read_bytes()
    whole = kept(tmp_path, "whole", *mails)
    for place in (folder, base_copy / "ledger"):
        code, says = verify("--head", whole, pub, place, 1)
        assert code == 0 and says.startswith("GOOD\nheads 3\n"), says
    # on the way: a size, a letter of the hash, of the signature
    text = mails[1].read_bytes()
    line = re.search(rb"hygie-head (\S+) (\d+) (\S{44}) ", text)
    turned = bytes([line[3][5] ^ 1]) if line[3][5] ^ 1 not in b"+/=" else b"A" if line[3][5] != ord("A") else b"B"
    for changed in (text.replace(b" %s " % line[2], b" %d " % (int(line[2]) + 1)), text.replace(line[3], line[3][:5] + turned + line[3][6:])):
        assert changed != text
        code, says = verify("--head", kept(tmp_path, "changed", mails[0], changed, mails[2]), pub, folder)
        assert code == 1 and "first bad head 2, of " in says and says.endswith("signature\n"), says
    assert verify("--head", whole, pub, folder, 0)[0] == 2 and verify("--head", whole, pub, folder, "x")[0] == 2


def test_a_mail_server_that_is_away_delays_nothing_and_the_head_comes_later(base_copy, servers, tmp_path):
    house, outside = servers
    folder, config = tmp_path / "published", settings(tmp_path, sendmail=house.sendmail, **ROWS)
    house.start()
    # the one outside is away: ours keeps the mail
    began = time.time()
    done = publish(base_copy, folder, "--config", config)
    assert done.returncode == 0 and "sent to 1 of 1" in done.stdout and time.time() - began < 10, done.stdout + done.stderr
    for _ in range(100):
        if "status=deferred" in (house.folder / "log").read_text():
            break
        time.sleep(0.1)
    assert "status=deferred" in (house.folder / "log").read_text() and house.queued()
    outside.start()
    assert len(outside.mails(1)) == 1
    # ours is away: its sendmail still takes the mail, and it goes when the server is back, a second head beside it
    house.stop()
    began = time.time()
    assert publish(base_copy, folder, "--config", config).returncode == 0 and time.time() - began < 10
    assert house.queued() and len(outside.mails()) == 1
    house.start()
    outside.mails(2)
    # its queue takes nothing: it is told, the ledger goes on being published, and the next publication sends the head again
    house.stop()
    queue = house.folder / "spool/maildrop"
    queue.rename(house.folder / "spool/gone")
    os.mkdir(queue, 0o500)
    began = time.time()
    done = publish(base_copy, folder, "--config", config)
    assert done.returncode == 3 and "did not take the mail" in done.stderr and (folder / "checkpoint").exists() and time.time() - began < 20, done.stdout + done.stderr
    queue.rmdir()
    (house.folder / "spool/gone").rename(queue)
    house.start()
    assert publish(base_copy, folder, "--config", config).returncode == 0
    outside.mails(3)


def test_heads_that_never_came_are_missed_by_the_times_of_the_log(base_copy, servers, tmp_path):
    """Three days on the clock of the server; the mails of the second are lost on the way."""
    house, outside = servers
    house.start(), outside.start()
    pub, folder, config = base_copy / "ledger/ledger.pub", tmp_path / "published", settings(tmp_path, sendmail=house.sendmail, **ROWS)
    assert publish(base_copy, folder, "--config", config).returncode == 0
    outside.mails(1)
    for day in (1, 2):
        with contextlib.closing(Vault(base_copy)) as vault:
            vault.clock(int(time.time() * 1000) + day * 24 * 3600 * 1000)
            assert vault.try_sign_in({"login": "personne", "password": "x" * 12, "totp_secret": "JBSWY3DPEHPK3PXP"}).rc != "OK"
        assert publish(base_copy, folder, "--config", config).returncode == 0
    first, second, third = outside.mails(3)
    for place in (folder, base_copy / "ledger"):
        code, says = verify("--head", kept(tmp_path, "all", first, second, third), pub, place, 25)
        assert code == 0, says
        code, says = verify("--head", kept(tmp_path, "lost", first, third), pub, place, 25)
        assert code == 1 and "missing: 1 times longer than 25 h without a head" in says, says
        code, says = verify("--head", kept(tmp_path, "stopped", first, second), pub, place, 20)
        assert code == 1 and "missing: 2 times" in says, says
        assert verify("--head", kept(tmp_path, "lost", first, third), pub, place)[0] == 0, "who does not ask is not told"
