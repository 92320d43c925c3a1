# SPDX-License-Identifier: Apache-2.0
"""A real Postfix, of Debian's package, started by a test as an ordinary user: its own folder, a local port, mail into a maildir. Nothing of the machine's mail is touched."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

from hygie_server import BUILD, free_port

DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")
OWN_USER = BUILD / "tests/fault/libown_user.so"
HERE = DAEMONS.joinpath("master").exists() and pathlib.Path("/usr/sbin/postdrop").exists()
SERVICES = """\
{port} inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
smtp unix - - n - - smtp
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """domain: whose mail it keeps. relay: a port of another, to which all else goes."""

    def __init__(self, folder, domain, relay=None):
        me = pwd.getpwuid(os.getuid())
        self.folder, self.port, self.process = pathlib.Path(folder), free_port(), None
        for name in ("bin", "etc", "data", "mail", *(f"spool/{q}" for q in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private", "public", "saved", "trace"))):
            (self.folder / name).mkdir(parents=True)
        shutil.copy("/usr/sbin/postdrop", self.folder / "bin/postdrop")  # the machine's own takes settings of /etc only
        self.settings = {
            "compatibility_level": "3.6", "queue_directory": self.folder / "spool", "data_directory": self.folder / "data", "command_directory": self.folder / "bin", "daemon_directory": DAEMONS,
            "mail_owner": me.pw_name, "setgid_group": "postdrop", "myhostname": f"mail.{domain}", "mydestination": "", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8",
            "maillog_file": self.folder / "log", "maillog_file_prefixes": self.folder, "alias_maps": "", "local_recipient_maps": "", "virtual_mailbox_domains": domain, "virtual_mailbox_base": self.folder / "mail",
            "virtual_mailbox_maps": "static:box/", "virtual_minimum_uid": 1, "virtual_uid_maps": f"static:{me.pw_uid}", "virtual_gid_maps": f"static:{me.pw_gid}",
            "relayhost": f"[127.0.0.1]:{relay}" if relay else "", "smtp_tls_security_level": "none", "smtp_dns_support_level": "disabled", "smtp_connect_timeout": "5s",
            "queue_run_delay": "1s", "minimal_backoff_time": "1s", "maximal_backoff_time": "2s", "import_environment": f"MAIL_CONFIG TZ LANG=C LD_PRELOAD={OWN_USER}",
        }
        self.configure()
        (self.folder / "etc/master.cf").write_text(SERVICES.format(port=self.port))
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAIL_CONFIG": str(self.folder / "etc"), "LD_PRELOAD": str(OWN_USER)}
        self.sendmail = self.folder / "sendmail"
        self.sendmail.write_text("#!/bin/sh\n" + "".join(f"export {k}='{v}'\n" for k, v in self.environment.items()) + 'exec /usr/sbin/sendmail "$@"\n')
        self.sendmail.chmod(0o755)

    def configure(self, **more):
        self.settings.update(more)
        (self.folder / "etc/main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self.settings.items()))

    def start(self):
        self.process = subprocess.Popen([DAEMONS / "master", "-d", "-c", self.folder / "etc"], env=self.environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text() if (self.folder / "log").exists() else "the mail server did not start")

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def mails(self, n=None):
        """What was delivered, the oldest first; n: waited for."""
        for _ in range(200):
            found = sorted((self.folder / "mail/box/new").glob("*"), key=lambda f: f.stat().st_mtime_ns)
            if n is None or len(found) >= n:
                break
            time.sleep(0.1)
        assert n is None or len(found) == n, (found, (self.folder / "log").read_text()[-3000:])
        return found

    def queued(self):
        return [f for q in ("maildrop", "incoming", "active", "deferred") for f in (self.folder / "spool" / q).rglob("*") if f.is_file()]
