/* SPDX-License-Identifier: Apache-2.0 */
/* front/demo.c: the current code of a demonstration person. Start at demo_code. */
#include "front/demo.h"

#include <liboath/oath.h>

#include "codec/base64.h"

bool
demo_code(const struct demo_person *who, int64_t now_ms, char out[7])
{
	struct buf secret;
	bool good = false;

	buf_init(&secret, 64);
	if (base32_get(str_of(who->totp_secret), &secret) == RC_OK)
		good = oath_totp_generate(secret.p, secret.n, (time_t)(now_ms / 1000), OATH_TOTP_DEFAULT_TIME_STEP_SIZE, OATH_TOTP_DEFAULT_START_TIME, 6, out) == OATH_OK;
	buf_done_wiped(&secret);
	return good;
}
