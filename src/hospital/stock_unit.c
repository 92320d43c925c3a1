/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_unit.c: is a dose said in the unit that its product is counted in? One rule for whoever gives, dispenses by round, or says what is left of what was dispensed
 * (docs/decisions/0052). It must never guess how many units hold a dose: what is not in the table is not the same. Pure. Called through stock.h. Start at stock_counts.
 */
#include "hospital/stock.h"

/* counted: of the product (stock_counted); ucum: of a dose (posology_units). A product counted in units is counted by whole pieces; a part of a piece is none of them. */
static const struct { const char *counted, *ucum; } SAME[] = {
	{ "tablet",  "{comprime}" }, { "capsule",     "{gelule}"       }, { "capsule", "{capsule}" }, { "ampoule", "{ampoule}" }, { "vial", "{flacon}" }, { "ml", "mL" }, { "sachet", "{sachet}" },
	{ "patch",   "{patch}"    }, { "suppository", "{suppositoire}" }, { "dose",    "{dose}"    },
	{ "unit",    "{comprime}" }, { "unit",        "{gelule}"       }, { "unit",    "{capsule}" }, { "unit",    "{sachet}"  }, { "unit", "{ampoule}" }, { "unit", "{flacon}" }, { "unit", "{seringue}" },
	{ "unit",    "{poche}"    }, { "unit",        "{suppositoire}" }, { "unit",    "{ovule}"   }, { "unit",    "{patch}"   }, { "unit", "{lavement}" },
};

bool stock_counts(struct str counted, struct str ucum)
{
	for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++)
		if (str_eq(counted, SAME[i].counted) && str_eq(ucum, SAME[i].ucum))
			return true;
	return false;
}

bool stock_counts_any(struct str ucum)
{
	for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++)
		if (str_eq(ucum, SAME[i].ucum))
			return true;
	return false;
}
