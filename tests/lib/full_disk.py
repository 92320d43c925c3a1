# SPDX-License-Identifier: Apache-2.0
"""A disk that is full while told so, without root: tests/fault/full_disk.c, preloaded."""
from hygie_server import BUILD


class FullDisk:
    """Full for every file, or for those whose path holds a word; at once, or when a process has written so many bytes there."""

    def __init__(self, base):
        self.flag = base / "full"  # where the vault may read: it gave up all other files
        self.env = {"LD_PRELOAD": str(BUILD / "tests/fault/libfull_disk.so"), "FULL_DISK_FLAG": str(self.flag)}

    def fill(self, word="", room=0):
        written = self.flag.with_suffix(".new")  # a flag that is empty for a moment means every file, the ledger's among them
        written.write_text(f"{word}\n{room}\n")
        written.rename(self.flag)

    def free(self):
        self.flag.unlink()
