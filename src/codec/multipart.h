/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/multipart.h: multipart/form-data (RFC 7578, RFC 2046 §5.1) as browsers write it, and nothing wider: no preamble, no epilogue, no nesting, no transfer encoding, no
 * filename*, one Content-Disposition a part. What is read two ways by two readers is refused. File names and declared types are not told: nobody shall judge by them. Pure.
 */
#ifndef HYGIE_CODEC_MULTIPART_H
#define HYGIE_CODEC_MULTIPART_H

#include "base/arena.h"

#define MULTIPART_PARTS   32    /* of one form */
#define MULTIPART_HEAD    2048  /* bytes of one part's head */
#define MULTIPART_NAME    32    /* a name is [a-z0-9_] */

struct part { struct str name, value; bool file; /* it came with a file name */ };
struct parts { struct part *at; size_t n; };

/* type: the header Content-Type, with its boundary. Values point into body. BAD_INPUT BAD_REQUEST: anything but the above; LIMIT: over a limit. Cost: one pass over the body. */
enum rc multipart_read(struct str type, struct str body, struct arena *a, struct parts *out_r, struct problem *p) CHECKED;
#endif
