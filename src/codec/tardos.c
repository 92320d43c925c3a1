/* SPDX-License-Identifier: Apache-2.0 */
/* codec/tardos.c: see tardos.h. */
#include "codec/tardos.h"

#include <math.h>
#include <string.h>

#include "base/map.h"

/* Biases stay away from 0 and 1 by 1/(300 c), as Tardos has it. */
#define CUT (1.0 / (300.0 * TARDOS_COALITION))

static double draw(const unsigned char key[TARDOS_KEY], unsigned char what, uint64_t word, unsigned place)
{
	unsigned char text[13] = { what };
	uint64_t k0, k1;
	memcpy(&k0, key, 8);
	memcpy(&k1, key + 8, 8);
	for (int i = 0; i < 8; i++)
		text[1 + i] = (unsigned char)(word >> 8 * i);
	for (int i = 0; i < 4; i++)
		text[9 + i] = (unsigned char)(place >> 8 * i);
	return (double)(hash_keyed((struct str){ (const char *)text, sizeof text }, k0, k1) >> 11) / 9007199254740992.0; /* 2^53 */
}

/* The arcsine law, cut at both ends. */
double tardos_bias(const unsigned char key[TARDOS_KEY], unsigned place)
{
	double low = asin(sqrt(CUT)), r = low + draw(key, 'b', 0, place) * (acos(0.0) - 2 * low), s = sin(r);
	return s * s;
}

unsigned tardos_bit(const unsigned char key[TARDOS_KEY], uint64_t word, unsigned place, double bias) { return draw(key, 'w', word, place) < bias; }

double tardos_score(double bias, unsigned bit, unsigned seen)
{
	double rare = sqrt((1 - bias) / bias); /* of a 1 */
	if (seen)
		return bit ? rare : -1 / rare;
	return bit ? -rare : 1 / rare;
}
