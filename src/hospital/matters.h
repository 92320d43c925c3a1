/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/matters.h: the rows of each file of this room, gathered in tables.c. Private to hospital. */
#ifndef HYGIE_HOSPITAL_MATTERS_H
#define HYGIE_HOSPITAL_MATTERS_H

#include "hospital/hospital.h"

extern const struct view account_views[], keyring_views[], identity_views[], duplicate_views[], patient_views[], chart_views[], timeline_views[], worklist_views[], review_views[], stop_views[], plan_views[], tell_views[], cockpit_views[], journal_views[], export_views[], special_views[], rule_views[], notice_views[], recovery_views[], life_views[], directory_views[], drug_views[], entrust_views[], special_review_views[], wait_views[], session_views[], stock_views[], stock_lot_views[], stock_count_views[], stock_order_views[], stock_check_views[], place_views[], bed_views[], stay_views[], stay_code_views[], prescription_views[], basket_views[], pharmacy_views[], order_table_views[], observation_views[], score_views[], transmission_views[], plan_of_care_views[], identity_source_views[], merge_views[], identity_cell_views[], record_seal_views[], billing_act_views[], bill_views[], invoice_views[], payment_views[], coding_views[], billing_desk_views[], order_set_views[], letter_views[], letter_template_views[], document_views[];
extern const struct act account_acts[], keyring_acts[], patient_acts[], review_acts[], stop_acts[], plan_acts[], tell_acts[], export_acts[], special_acts[], rule_acts[], notice_acts[], recovery_acts[], machine_acts[], life_acts[], entrust_acts[], special_review_acts[], wait_acts[], session_acts[], stock_acts[], stock_lot_acts[], stock_count_acts[], stock_order_acts[], place_acts[], bed_acts[], stay_acts[], stay_code_acts[], prescription_acts[], basket_acts[], sign_acts[], pharmacy_acts[], order_table_acts[], observation_acts[], score_acts[], transmission_acts[], administration_acts[], identity_source_acts[], merge_acts[], identity_cell_acts[], record_seal_acts[], billing_act_acts[], bill_acts[], invoice_acts[], payment_acts[], coding_acts[], billing_desk_acts[], order_set_acts[], allergy_acts[], letter_acts[], letter_template_acts[], letter_sign_acts[];

#endif
