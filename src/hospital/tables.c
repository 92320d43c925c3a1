/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/tables.c: every view and act of the house in one registry each. Must never hold a row of its own: rows live beside their functions.
 * Called by the gate. To add a view or an act: write its row in its matter's file; a new matter is named here and in matters.h.
 */
#include "hospital/matters.h"

const struct view *const hospital_views[] = { account_views, keyring_views, identity_views, duplicate_views, patient_views, chart_views, timeline_views, worklist_views, review_views, stop_views, plan_views, tell_views, cockpit_views, journal_views, export_views, special_views, rule_views, notice_views, recovery_views, life_views, directory_views, drug_views, entrust_views, special_review_views, wait_views, session_views, stock_views, stock_lot_views, stock_count_views, stock_order_views, stock_round_views, kit_views, stock_scan_views, stock_check_views, place_views, place_close_views, bed_views, occupation_views, bed_past_views, stay_views, stay_code_views, prescription_views, basket_views, pharmacy_views, order_table_views, observation_views, score_views, tall_views, transmission_views, plan_of_care_views, identity_source_views, merge_views, identity_cell_views, record_seal_views, billing_act_views, bill_views, invoice_views, payment_views, reminder_views, coding_views, pmsi_place_views, pmsi_month_views, billing_desk_views, order_set_views, agenda_views, appointment_views, agenda_wish_views, discharge_views, letter_views, letter_template_views, document_views, home_views, incoming_views, pregnancy_views, around_views, wishes_views, problem_views, note_views, NULL };
const struct act *const hospital_acts[] = { account_acts, keyring_acts, patient_acts, review_acts, stop_acts, plan_acts, tell_acts, export_acts, special_acts, rule_acts, notice_acts, recovery_acts, machine_acts, life_acts, entrust_acts, special_review_acts, wait_acts, session_acts, stock_acts, stock_lot_acts, stock_count_acts, stock_order_acts, stock_invoice_acts, stock_round_acts, kit_acts, place_acts, place_close_acts, bed_acts, stay_acts, stay_code_acts, prescription_acts, basket_acts, sign_acts, pharmacy_acts, order_table_acts, observation_acts, score_acts, score_scale_acts, tall_acts, transmission_acts, administration_acts, identity_source_acts, merge_acts, identity_cell_acts, record_seal_acts, billing_act_acts, bill_acts, invoice_acts, payment_acts, reminder_acts, coding_acts, pmsi_place_acts, billing_desk_acts, order_set_acts, allergy_acts, agenda_acts, appointment_acts, agenda_wish_acts, discharge_acts, letter_acts, letter_template_acts, letter_sign_acts, double_check_acts, incoming_acts, books_acts, pregnancy_acts, around_acts, wishes_acts, problem_acts, note_acts, NULL };

const struct view *view_find(struct str name)
{
	for (const struct view *const *table = hospital_views; *table; table++)
		for (const struct view *row = *table; row->name; row++)
			if (str_eq(name, row->name))
				return row;
	return NULL;
}

const struct act *act_find(struct str name)
{
	for (const struct act *const *table = hospital_acts; *table; table++)
		for (const struct act *row = *table; row->name; row++)
			if (str_eq(name, row->name))
				return row;
	return NULL;
}

struct str args_get(const struct args *a, const char *name)
{
	for (size_t i = 0; a && i < a->n; i++)
		if (str_eq(a->at[i].name, name))
			return a->at[i].value;
	return STR_NONE;
}
