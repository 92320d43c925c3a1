/* SPDX-License-Identifier: Apache-2.0 */
/* codec/base64.h: base64 (RFC 4648 §4, strict), base64url without padding, base32 (for TOTP secrets), hex. Pure. */
#ifndef HYGIE_CODEC_BASE64_H
#define HYGIE_CODEC_BASE64_H
#include "base/str.h"
void base64_put(struct buf *out, struct str bytes);
enum rc base64_get(struct str text, struct buf *out) CHECKED;      /* white space refused */
void base64url_put(struct buf *out, struct str bytes);
enum rc base64url_get(struct str text, struct buf *out) CHECKED;
void base32_put(struct buf *out, struct str bytes);
enum rc base32_get(struct str text, struct buf *out) CHECKED;
void hex_put(struct buf *out, struct str bytes);
enum rc hex_get(struct str text, struct buf *out) CHECKED;
#endif
