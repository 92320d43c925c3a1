/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_args.c: what the acts and views of the stock share: quantities and amounts as they are typed, and the columns of products, lots and accounts. It must never
 * round what was typed. Start at stock_milli.
 */
#include "base/decimal.h"
#include "hospital/stock_inner.h"
#include "hospital/tall_name.h"

const struct choice stock_counted[] = {
	{ "tablet", "Tablet" }, { "capsule", "Capsule" }, { "ampoule", "Ampoule" }, { "vial", "Vial" }, { "ml", "mL" }, { "sachet", "Sachet" }, { "patch", "Patch" }, { "suppository", "Suppository" },
	{ "dose", "Dose" }, { "unit", "Unit" }, { NULL, NULL },
};

int64_t stock_no(const struct args *a, const char *name)
{
	uint64_t v = 0;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

/* Plain digits with at most `places` decimals after a comma or a point, as an integer of that many places. */
static bool scaled(struct str typed, unsigned places, int64_t most, int64_t *v_r)
{
	struct str rest, whole;
	char plain[32];
	struct decimal d;
	typed = str_trim(typed);
	if (typed.n == 0 || typed.n >= sizeof plain)
		return false;
	for (size_t i = 0; i < typed.n; i++)
		plain[i] = typed.p[i] == ',' ? '.' : typed.p[i];
	whole = str_cut((struct str){ plain, typed.n }, '.', &rest);
	if (whole.n == 0 || rest.n > places || decimal_parse((struct str){ plain, typed.n }, &d) != RC_OK || d.negative || d.exponent > 0 || d.exponent < -(int)places)
		return false;
	unsigned __int128 v = d.coefficient;
	for (int e = d.exponent + (int)places; e > 0 && v <= (unsigned __int128)most; e--)
		v *= 10;
	*v_r = (int64_t)v;
	return v <= (unsigned __int128)most;
}

enum rc stock_milli(const struct args *a, const char *name, bool zero, int64_t *milli_r, struct problem *p)
{
	if (!scaled(args_get(a, name), 3, STOCK_MOST_MILLI, milli_r) || (*milli_r == 0 && !zero))
		return problem_set(p, RC_BAD_INPUT, WHY_STOCK_NUMBER, name, "no quantity");
	return RC_OK;
}

enum rc stock_cents(const struct args *a, const char *name, int64_t *cents_r, struct problem *p)
{
	*cents_r = -1;
	if (args_get(a, name).n && !scaled(args_get(a, name), 2, INT64_C(100000000000), cents_r))
		return problem_set(p, RC_BAD_INPUT, WHY_STOCK_AMOUNT, name, "no amount");
	return RC_OK;
}

enum rc stock_cis(const struct args *a, const char *name, uint32_t *cis_r, struct problem *p)
{
	struct problem absent;
	struct str typed = args_get(a, name);
	uint64_t v = 0;
	*cis_r = 0;
	if (str_u64(typed, &v) == RC_OK && v > 0 && v <= 99999999)
		*cis_r = (uint32_t)v;
	const struct drugs *base = typed.n == 13 ? drug_base(&absent) : NULL;
	const struct drug *drug = base ? drug_by_cip(base, typed) : NULL;
	*cis_r = drug ? drug->cis : *cis_r;
	return *cis_r ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_DRUG, name, "no speciality by %zu digits", typed.n);
}

void stock_cols_product(struct rows *out, const struct stock_product *product)
{
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	const struct drug *drug = base ? drug_by_cis(base, product->cis) : NULL;
	rows_col_i64(out, "cis", product->cis);
	if (drug) {
		col_medicine(out, "name", drug->name);
		col_medicine(out, "dci", drug->dci);
	}
	col(out, "ucd", product->ucd);
	rows_col(out, "counted", product->counted);
	col_flag(out, "narcotic", product->narcotic);
	col_flag(out, "unlisted", !product->listed);
}

void stock_cols_lot(struct rows *out, const struct stock_lot *lot, struct str today)
{
	rows_col_i64(out, "lot", lot->no);
	col(out, "number", lot->number);
	col(out, "serial", lot->serial);
	col(out, "expires_on", lot->expires_on);
	rows_col(out, "state", lot->state);
	col_flag(out, "own", lot->patient != 0);
	col_flag(out, "expired", lot->expires_on.n && str_cmp(lot->expires_on, today) < 0);
}

void stock_cols_account(struct rows *out, struct names *names, const struct stock_account *account)
{
	rows_col_i64(out, "store", account->no);
	rows_col(out, "kind", account->kind);
	if (account->store)
		rows_col(out, "code", account->code);
	if (account->closed_ms)
		rows_col_i64(out, "closed_at", account->closed_ms);
	if (account->of_store)
		rows_col_i64(out, "of_store", account->of_store);
	col(out, "unit", account->unit);
	if (account->unit.n)
		col(out, "unit_name", name_of(names, "Organization", account->unit));
}

void stock_col_key(struct rows *out, const struct actor *who, int64_t now_ms)
{
	struct buf b;
	buf_init(&b, STOCK_KEY);
	buf_u64(&b, who->account);
	buf_ch(&b, '-');
	buf_u64(&b, who->session);
	buf_ch(&b, '-');
	buf_i64(&b, now_ms);
	rows_set(out, "form");
	rows_row(out);
	rows_col(out, "key", buf_view(&b));
	buf_done(&b);
}

struct str stock_form_key(struct arena *a, const char *act, struct str key)
{
	struct buf b;
	buf_init(&b, 4 * STOCK_KEY);
	buf_z(&b, act);
	buf_ch(&b, ':');
	buf_str(&b, key);
	struct str made = b.failed ? STR_NONE : arena_str(a, buf_view(&b));
	buf_done(&b);
	return made;
}
