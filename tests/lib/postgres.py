#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
A throw-away PostgreSQL cluster from Debian's package: in a directory of its own, on a Unix socket only, fsync on, as an unprivileged user.

    postgres.py run -- COMMAND…     starts one, runs the command with HYGIE_PG set to its address, stops it; exit code of the command
    with Cluster() as pg: …         the same for tests that stop and start it: pg.url(), pg.restart()

Without the package nothing can be shown: SKIPPED is said loudly.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def binaries():
    """The newest server of 15 or later that is installed."""
    found = [(int(m.group(1)), path) for path in glob.glob("/usr/lib/postgresql/*/bin") if (m := re.search(r"/(\d+)/bin$", path)) and os.path.exists(path + "/initdb")]
    found = [f for f in found if f[0] >= 15]
    return max(found)[1] if found else None


class Cluster:
    def __init__(self, settings=()):
        self.bin = binaries()
        self.settings = {"fsync": "on", "listen_addresses": "''", "shared_buffers": "256MB", "max_connections": "200", "max_wal_size": "2GB", "log_min_messages": "fatal",
                         "log_min_error_statement": "panic", **dict(settings)}

    def __enter__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="hygie-pg-", dir=os.environ.get("HYGIE_TMP") or None))
        subprocess.run([f"{self.bin}/initdb", "-D", str(self.dir / "data"), "-U", "hygie", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(self.dir / "data/postgresql.conf", "a", encoding="ascii") as f:
            f.write(f"unix_socket_directories = '{self.dir}'\n" + "".join(f"{k} = {v}\n" for k, v in self.settings.items()))
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop("immediate")
        shutil.rmtree(self.dir, ignore_errors=True)

    def _ctl(self, *words):
        subprocess.run([f"{self.bin}/pg_ctl", "-D", str(self.dir / "data"), "-l", str(self.dir / "log"), "-s", "-w", "-t", "60", *words], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def start(self):
        self._ctl("start")

    def stop(self, mode="fast"):
        self._ctl("stop", "-m", mode)

    def restart(self, mode="fast"):
        self._ctl("restart", "-m", mode)

    def url(self, name="postgres"):
        return f"postgresql://hygie@/{name}?host={self.dir}"


# ---- bases on the server that HYGIE_PG names ----

_made = [0]


def server():
    return os.environ.get("HYGIE_PG", "")


def named(name):
    """The address of another database of the server."""
    return re.sub(r"@/[^?]*", "@/" + name, server())


def name_in(url):
    return re.search(r"@/([^?]*)", url).group(1)


def psql(url, *queries):
    words = [word for q in queries for word in ("-c", q)]
    done = subprocess.run([f"{binaries()}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *words, url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{queries}: {done.stderr}"
    return done.stdout


def make(template_url=None):
    """A database of its own, empty or a copy; gives its address."""
    _made[0] += 1
    name = f"p{os.getpid()}_{_made[0]}"
    psql(server(), f'CREATE DATABASE "{name}" TEMPLATE "{name_in(template_url) if template_url else "template0"}"')
    return named(name)


def drop(url):
    psql(server(), f'DROP DATABASE IF EXISTS "{name_in(url)}" WITH (FORCE)')


def url_of(directory):
    """What the data directory says of its base: an address, or None for SQLite."""
    path = Path(directory) / "base.url"
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def rows(url, query, *args):
    """Rows as sqlite3 gives them: numbers, text, bytes, None. ? stands for args; CAST(body AS TEXT) reads the bytes as text, as it does there."""
    for a in args:
        query = query.replace("?", str(a) if isinstance(a, int) else "'" + str(a).replace("'", "''") + "'", 1)
    query = query.replace("CAST(body AS TEXT)", "convert_from(body, 'UTF8')")
    out = psql(url, "SET search_path=hygie", f"SELECT row_to_json(q) FROM ({query}) q")
    return [tuple(bytes.fromhex(v[2:]) if isinstance(v, str) and v.startswith("\\x") else v for _, v in json.loads(line, object_pairs_hook=list)) for line in out.splitlines()]


def main():
    if sys.argv[1:3] != ["run", "--"] or len(sys.argv) < 4:
        sys.exit("usage: postgres.py run -- COMMAND…")
    if not binaries():
        print("SKIPPED: PostgreSQL 15 or later is not installed (package postgresql)")
        return 0
    with Cluster() as pg:
        return subprocess.run(sys.argv[3:], env={**os.environ, "HYGIE_PG": pg.url()}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
