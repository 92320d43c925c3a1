/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_supply.c: how much of a line for home is to be handed out: the length that its posology says, what the prescriber typed as « quantité suffisante pour », the units that its planned
 * takes need, and how often it may be renewed. Must never choose a length or a number of renewals by itself, nor say that one is allowed: no rule of it is in the data. Pure. Called by
 * prescription_basket.c (before the signature), prescription_sign.c (into the record) and prescription_home.c (onto the paper). Start at order_supply.
 */
#include "hospital/prescription.h"

#include <stdlib.h>

#include "base/numeral.h"
#include "hospital/stock.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define DAYS_MOST 366      /* as long as posology_times answers; a longer treatment says its length alone */
#define TAKES_MOST 1500    /* of one day: one a minute is 1440 */

/* Whole civil days from its beginning to its end; 0: it has no end, or none in whole days. */
static int32_t days_of_posology(const struct posology *q)
{
	int64_t end = posology_end(q);
	if (end == INT64_MAX || end <= q->start_ms)
		return 0;
	struct civil a = civil_paris(q->start_ms), b = civil_paris(end);
	int32_t days = days_of(b.year, b.month, b.day) - days_of(a.year, a.month, a.day);
	bool begun = b.hour * 60 + b.minute > a.hour * 60 + a.minute;
	return q->stop_ms ? days + begun : a.hour == b.hour && a.minute == b.minute ? days : 0;
}

static int64_t later(int64_t ms, int32_t days)
{
	struct civil c = civil_paris(ms), d = civil_of_days(days_of(c.year, c.month, c.day) + days);
	c.year = d.year;
	c.month = d.month;
	c.day = d.day;
	return civil_paris_to_ms(c);
}

/* The sum of what is due in [begin, end), by the house's own hours: how many moments a day has does not hang on them. False: on demand, continuous, or more than can be counted. */
static bool sum_of_takes(const struct posology *q, int64_t end, int64_t *micro_r)
{
	struct posology_due *due = malloc(TAKES_MOST * sizeof *due);
	bool good = due != NULL;
	*micro_r = 0;
	for (unsigned i = 0; good && i < q->n_steps; i++)
		good = q->step[i].kind != POSOLOGY_AS_NEEDED && q->step[i].kind != POSOLOGY_CONTINUOUS;
	for (int64_t from = q->start_ms; good && from < end; from += DAY_MS) {
		size_t n = posology_times(q, NULL, 0, from, from + DAY_MS < end ? from + DAY_MS : end, due, TAKES_MOST);
		good = n <= TAKES_MOST;
		for (size_t i = 0; good && i < n; i++) {
			int64_t one = posology_micro(due[i].dose);
			good = one >= 0 && !__builtin_add_overflow(*micro_r, one, micro_r);
		}
	}
	free(due);
	return good && *micro_r > 0;
}

/* What is handed out one by one: whole pieces. Drops, puffs, sprays, applications, spoons and doses are none: a pack holds many of them and no table says how many. */
static void count_units(const struct posology *q, struct order_supply *s)
{
	int64_t end = posology_end(q), most = later(q->start_ms, DAYS_MOST), micro;
	if (s->qsp_days && later(q->start_ms, s->qsp_days) < end)
		end = later(q->start_ms, s->qsp_days);
	if (!q->unit || !stock_counts(STR("unit"), str_of(q->unit)) || end > most || !sum_of_takes(q, end, &micro))
		return;
	int exponent = -6;
	for (; exponent < 0 && micro % 10 == 0; exponent++)
		micro /= 10;
	s->counted = true;
	s->units = (struct decimal){ .coefficient = (uint64_t)micro, .exponent = exponent };
	s->unit = q->unit;
}

static void of_record(const struct json *request, struct order_supply *s)
{
	const struct json *asked = json_get(request, "dispenseRequest"), *quantity = json_get(asked, "quantity");
	uint64_t n = 0;
	const struct posology_unit *u = posology_unit_of(json_get_text(quantity, "code"));
	struct decimal units;
	if (str_u64(json_get_text(asked, "numberOfRepeatsAllowed"), &n) == RC_OK && n <= ORDER_RENEWALS_MOST)
		s->renewals = (int32_t)n;
	if (str_eq(text_at(asked, "expectedSupplyDuration.code"), "d") && str_u64(text_at(asked, "expectedSupplyDuration.value"), &n) == RC_OK && n <= DAYS_MOST)
		s->qsp_days = (int32_t)n;
	if (u && !u->rate && decimal_parse(json_get_text(quantity, "value"), &units) == RC_OK && !units.negative) {
		s->counted = true;
		s->units = units;
		s->unit = u->ucum;
	}
}

void order_supply(const struct order *o, struct order_supply *s_r)
{
	uint64_t n = 0;
	*s_r = (struct order_supply){ .days = o->posology ? days_of_posology(o->posology) : 0 };
	if (o->body) {
		of_record(o->body, s_r); /* as it was signed: nothing is counted anew */
		return;
	}
	if (!posology_days_typed(json_get_text(o->typed, "qsp"), &s_r->qsp_days))
		s_r->qsp_days = 0;
	if (str_u64(json_get_text(o->typed, "renewals"), &n) == RC_OK && n <= ORDER_RENEWALS_MOST)
		s_r->renewals = (int32_t)n;
	if (o->posology)
		count_units(o->posology, s_r);
}

void order_supply_write(struct jw *w, const struct order_supply *s)
{
	struct buf value;
	if (!s->counted && !s->qsp_days && !s->renewals)
		return;
	jw_key(w, "dispenseRequest");
	jw_object(w);
	if (s->renewals) {
		jw_key(w, "numberOfRepeatsAllowed");
		jw_i64(w, s->renewals);
	}
	if (s->counted) {
		buf_init(&value, 200);
		buf_decimal(&value, s->units);
		jw_key(w, "quantity");
		jw_object(w);
		jw_key(w, "value");
		jw_raw(w, buf_view(&value));
		jw_member(w, "unit", str_of(posology_unit_of(str_of(s->unit))->many));
		jw_member(w, "system", STR("http://unitsofmeasure.org"));
		jw_member(w, "code", str_of(s->unit));
		jw_end(w, '}');
		buf_done(&value);
	}
	if (s->qsp_days) {
		jw_key(w, "expectedSupplyDuration");
		jw_object(w);
		jw_key(w, "value");
		jw_i64(w, s->qsp_days);
		jw_member(w, "unit", STR("d"));
		jw_member(w, "system", STR("http://unitsofmeasure.org"));
		jw_member(w, "code", STR("d"));
		jw_end(w, '}');
	}
	jw_end(w, '}');
}

static void put_number(struct buf *b, int32_t n, bool letters)
{
	if (!letters || !numeral_french(b, (struct decimal){ .coefficient = (unsigned)n }, false))
		buf_fmt(b, "%d", (int)n);
}

static void put_days(struct buf *b, int32_t n, bool letters)
{
	put_number(b, n, letters);
	buf_z(b, n >= 2 ? " jours" : " jour");
}

void order_supply_text(struct buf *b, const struct order_supply *s, bool letters)
{
	size_t before = b->n;
	if (s->qsp_days || s->counted)
		buf_z(b, s->qsp_days ? "Quantité suffisante pour (QSP) " : "Quantité : ");
	else if (s->days)
		buf_z(b, "Durée : ");
	if (s->qsp_days || (!s->counted && s->days))
		put_days(b, s->qsp_days ? s->qsp_days : s->days, letters);
	if (s->counted) {
		buf_z(b, s->qsp_days ? ", soit " : "");
		if (letters)
			posology_amount_letters(b, s->units, s->unit);
		else
			posology_amount(b, s->units, s->unit);
		if (!s->qsp_days && s->days) {
			buf_z(b, " pour ");
			put_days(b, s->days, letters);
		}
	}
	if (b->n > before)
		buf_ch(b, '.');
	if (!s->renewals)
		return;
	buf_z(b, b->n > before ? " À renouveler " : "À renouveler ");
	put_number(b, s->renewals, letters);
	buf_z(b, " fois.");
}
