/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/identity_status.c: see identity_status.h. Must never call an identity qualified on one of the two proofs. Called by identity_source.c, patient.c and ins.c. */
#include "hospital/identity_status.h"

#define ONLY_PROV (1u << TRUST_PROV)
#define ANY (1u << TRUST_PROV | 1u << TRUST_RECUP | 1u << TRUST_VALI | 1u << TRUST_QUAL)

/* EXI SI 09: statuses that may stand with each set of attributes. */
static const struct { bool homonym, doubtful, fictive; unsigned with; } LEGAL[] = {
	{ false, false, false, ANY       },
	{ true,  false, false, ANY       },
	{ false, true,  false, ONLY_PROV },
	{ true,  true,  false, ONLY_PROV },
	{ false, false, true,  ONLY_PROV },
	{ true,  false, true,  ONLY_PROV },
	{ false, true,  true,  0         },
	{ true,  true,  true,  0         },
};

/* EXI SI 07. */
static const enum trust STATUS[2][2] = { /* [INSi][document] */
	{ TRUST_PROV,  TRUST_VALI },
	{ TRUST_RECUP, TRUST_QUAL },
};

bool identity_is_legal(enum trust trust, bool homonym, bool doubtful, bool fictive)
{
	for (size_t i = 0; i < N_OF(LEGAL); i++)
		if (LEGAL[i].homonym == homonym && LEGAL[i].doubtful == doubtful && LEGAL[i].fictive == fictive)
			return LEGAL[i].with & 1u << trust;
	return false;
}

bool identity_may_ask(bool doubtful, bool fictive)
{
	return identity_is_legal(TRUST_RECUP, false, doubtful, fictive);
}

enum trust identity_trust(struct evidence e, bool doubtful, bool fictive)
{
	enum trust t = STATUS[e.insi][e.document];
	return identity_is_legal(t, false, doubtful, fictive) ? t : TRUST_PROV;
}

const struct choice proof_choices[] = {
	{ "CN", "National identity card" }, { "PA", "Passport" }, { "CS", "Residence permit" }, { "CE", "European card" }, { "AN", "Extract of the birth certificate" }, { "LE", "Family record book" },
	{ "AC", "Birth certificate and Vitale card with photo" }, { "DC", "Travel document of a foreign minor" }, { "CC", "Circulation booklet" }, { "CM", "Military card" },
	{ "PC", "Driving licence" }, { "TC", "Trusted third party" }, { "IE", "Electronic identification (eIDAS)" }, { NULL, NULL },
};

const struct choice method_choices[] = { { "SM", "Typed in" }, { "CV", "Vitale card" }, { "CB", "Bar code" }, { "RFID", "RFID chip" }, { NULL, NULL } };

enum proof_worth proof_worth(struct str code)
{
	static const char *const VALIDATES[] = { "PA", "CN", "AN", "LE", "CS" };
	for (size_t i = 0; i < N_OF(VALIDATES); i++)
		if (str_eq(code, VALIDATES[i]))
			return PROOF_VALIDATES;
	for (const struct choice *c = proof_choices; c->code; c++)
		if (str_eq(code, c->code))
			return PROOF_RECORDED;
	return PROOF_UNKNOWN;
}
