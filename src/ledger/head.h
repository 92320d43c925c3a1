/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/head.h: a signed checkpoint as one line of ASCII, so that it survives whatever carries text: a syslog receiver's file, a mail, a print:
 *   hygie-head <origin> <size> <root> <signature> [<witness> <signature>]…
 * The words are those of the note, which is made again from them byte for byte. Pure. Called by heads.c and fuzzed. note: not judged here.
 */
#ifndef HYGIE_LEDGER_HEAD_H
#define HYGIE_LEDGER_HEAD_H

#include "base/str.h"

#define HEAD_WORD "hygie-head"
#define HEAD_LINE 1600 /* bytes at most: a syslog receiver need not take more than 2,048 (RFC 5424 §6.1) */

/* The line without line feed, at the end of out; cosignatures that no longer fit are left out. False when it is no note of three lines and signatures. */
bool head_put(struct str note, struct buf *out) CHECKED;
/* The next line of this kind anywhere in a text, as a note in note_r (emptied first). What cannot be one is passed over. False at the end. */
bool head_next(struct str *rest, struct buf *note_r) CHECKED;
#endif
