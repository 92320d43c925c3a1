/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/disk.h: whole reads and writes, small files replaced as one, segment files and the walk along their records. Called by this room only.
 * A segment is DIR/segment-00000001 and on, without gaps: records back to back, zeros after the last. Numbers of segments start at 1.
 * Nothing here retries a failed flush: the caller decides what a failure means.
 */
#ifndef HYGIE_LEDGER_DISK_H
#define HYGIE_LEDGER_DISK_H

#include "ledger/leaf.h"

bool disk_pwrite(int fd, const void *p, size_t n, uint64_t at);                  /* all of it, or false with errno */
enum rc disk_pread(int fd, void *p, size_t n, uint64_t at, size_t *n_r) CHECKED; /* fewer than n only at the end of the file */
/* Zeros and a flush. gently: flushed MiB by MiB, so that entries written meanwhile do not queue behind all of it. */
bool disk_zero(int fd, uint64_t from, uint64_t to, bool gently);
/* Whole small file into out (bounded by its max): RC_NOT_FOUND when absent. */
enum rc disk_read_file(int dir, const char *name, struct buf *out, struct problem *p) CHECKED;
/* NAME.tmp, fdatasync, rename, fsync of the directory: after a crash the file is the old one or the new one. */
enum rc disk_replace(int dir, const char *name, struct str bytes, unsigned mode, struct problem *p) CHECKED;

#define SEGMENT_NAME 24
void disk_segment_name(uint32_t segment, char out[SEGMENT_NAME]);
int disk_segment_open(int dir, uint32_t segment, int flags);                          /* fd, or -1 with errno */
enum rc disk_segment_count(int dir, uint32_t *n_r, struct problem *p) CHECKED;        /* RC_BROKEN CORRUPT when there is a gap */
/* Makes it whole, written with zeros and durable, before it takes its name: later flushes then change no metadata. Returns the fd. RC_BROKEN DISK_FULL. */
enum rc disk_segment_make(int dir, uint32_t segment, uint64_t bytes, bool gently, int *fd_r, struct problem *p) CHECKED;

/* The walk: one record after the other through a window. */
struct walk { int fd; uint64_t at; /* of the next record */ uint64_t size; unsigned char *window; uint64_t window_at; size_t window_n; };
enum walk_found { WALK_RECORD, WALK_END /* zero length, or the end of the file */, WALK_BAD /* bytes that are no record */, WALK_FAILED /* no memory, or the disk */ };
enum rc disk_walk_open(struct walk *w, int dir, uint32_t segment, uint64_t at, struct problem *p) CHECKED; /* RC_NOT_FOUND when the file is absent */
void disk_walk_close(struct walk *w);
/* On WALK_RECORD w->at moved behind it; r and leaf live until the next call. */
enum walk_found disk_walk_next(struct walk *w, struct record *r, struct leaf *leaf);
/* Where the last nonzero byte at or after `from` and before `to` ends; `from` when all are zero. */
enum rc disk_nonzero(int fd, uint64_t from, uint64_t to, uint64_t *end_r) CHECKED;
#endif
