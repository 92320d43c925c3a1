/* SPDX-License-Identifier: Apache-2.0 */
/* codec/gzip.h: gzip (RFC 1952) both ways through zlib, bounded: output over max is RC_LIMIT. Pure. */
#ifndef HYGIE_CODEC_GZIP_H
#define HYGIE_CODEC_GZIP_H
#include "base/str.h"
bool gzip_is(struct str bytes);
enum rc gzip_unpack(struct str packed, struct buf *out /* its max is the bound */, struct problem *p) CHECKED;
enum rc gzip_pack(struct str plain, struct buf *out, struct problem *p) CHECKED;
#endif
