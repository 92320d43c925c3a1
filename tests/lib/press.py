# SPDX-License-Identifier: Apache-2.0
"""A paper written as base/paper.c writes it, and a press (hygie-press) of its own to give it to, without a server."""
import os
import resource
import socket
import struct
import subprocess
import time

from hygie_server import BUILD

PRESS, FONTS = BUILD / "src/worker/hygie-press", "/usr/share/fonts/truetype/dejavu"
A4, LABEL, WRISTBAND = 1, 2, 3
(HEADING, TEXT, STRONG, SMALL, FIELD, ITEM, TABLE, ROW, TABLE_END, ZONE, ZONE_END, CODE, RULE, SIGNATURE, FOOT, BREAK) = range(1, 17)


def text(s):
    b = s.encode()
    return struct.pack("<I", len(b)) + b


def block(kind, *texts, before=b""):
    body = before + b"".join(text(t) for t in texts)
    return bytes([kind]) + struct.pack("<I", len(body)) + body


def heading(level, t):
    return block(HEADING, t, before=bytes([level]))


def table(columns, rows):
    """columns: (name, parts, right)."""
    head = bytes([len(columns)]) + b"".join(bytes([parts, right]) + text(name) for name, parts, right in columns)
    return (bytes([TABLE]) + struct.pack("<I", len(head)) + head + b"".join(block(ROW, *row, before=bytes([len(row)])) for row in rows) + block(TABLE_END))


def paper(*blocks, title="Essai", lang="fr", form=A4, made=1764490000):
    return b"HYP1" + bytes([form]) + struct.pack("<q", made) + text(lang) + text(title) + b"".join(blocks)


class Press:
    """One press, which draws one paper."""

    def __init__(self, how="on", env=None, preload=None, memory=None):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.counter = ours

        def at_three():
            os.dup2(theirs.fileno(), 3)
            if memory:
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
            os.closerange(4, 64)
        self.proc = subprocess.Popen([str(PRESS), FONTS, how], close_fds=False, preexec_fn=at_three, stderr=subprocess.PIPE,
                                     env={"PATH": "/usr/bin:/bin", **({"LD_PRELOAD": str(preload)} if preload else {}), **(env or {})})
        theirs.close()

    def print(self, what):
        """The PDF, or None: it broke or refused."""
        answer, theirs = os.pipe()
        socket.send_fds(self.counter, [what], [theirs])
        os.close(theirs)
        self.began = time.monotonic()
        got = b""
        while more := os.read(answer, 1 << 20):
            got += more
        self.took = time.monotonic() - self.began
        os.close(answer)
        self.counter.close()
        self.said = self.proc.communicate(timeout=20)[1].decode(errors="replace")
        if len(got) < 8 or got[:1] != b"P":
            return None
        assert struct.unpack("<I", got[4:8])[0] == len(got) - 8
        return got[8:]
