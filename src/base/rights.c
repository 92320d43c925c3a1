/* SPDX-License-Identifier: Apache-2.0 */
/* base/rights.c: codes and labels of roles. Codes are stored: they must never change. Called by gate, web, cli. Start at the table. */
#include "base/rights.h"
#include "base/rc.h"

#include <string.h>

static const struct { const char *code, *label; } ROLE[ROLE__END] = {
	[ROLE_NONE]       = { "",           "" },
	[ROLE_CLERK]      = { "clerk",      "Admission clerk" },
	[ROLE_NURSE]      = { "nurse",      "Nurse" },
	[ROLE_PHYSICIAN]  = { "physician",  "Physician" },
	[ROLE_PHARMACIST] = { "pharmacist", "Pharmacist" },
	[ROLE_BILLING]    = { "billing",    "Billing" },
	[ROLE_RSSI]       = { "rssi",       "Security officer" },
	[ROLE_DPO]        = { "dpo",        "Data protection officer" },
	[ROLE_ADMIN]      = { "admin",      "Administrator" },
	[ROLE_MACHINE]    = { "machine",    "Machine" },
	[ROLE_OPERATOR]   = { "operator",   "Operator" },
	[ROLE_TECHNICIAN] = { "technician", "Pharmacy technician" },
};

const char *role_code(enum role role)
{
	MUST((unsigned)role < ROLE__END);
	return ROLE[role].code;
}

enum role role_of(const char *code)
{
	for (int i = ROLE_NONE + 1; code && i < ROLE__END; i++)
		if (strcmp(code, ROLE[i].code) == 0)
			return (enum role)i;
	return ROLE_NONE;
}

const char *role_label(enum role role)
{
	MUST((unsigned)role < ROLE__END);
	return ROLE[role].label;
}
