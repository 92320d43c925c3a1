/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/matters.h: the rows of each file of this room, gathered in tables.c. Private to hospital. */
#ifndef HYGIE_HOSPITAL_MATTERS_H
#define HYGIE_HOSPITAL_MATTERS_H

#include "hospital/hospital.h"

extern const struct view account_views[], keyring_views[], identity_views[], duplicate_views[], patient_views[], chart_views[], timeline_views[], worklist_views[], review_views[], stop_views[], plan_views[], tell_views[], cockpit_views[], journal_views[], export_views[], special_views[], rule_views[], notice_views[], recovery_views[], life_views[], directory_views[], drug_views[], entrust_views[], prescription_views[], basket_views[], pharmacy_views[], order_table_views[], order_set_views[];
extern const struct act account_acts[], keyring_acts[], patient_acts[], review_acts[], stop_acts[], plan_acts[], tell_acts[], export_acts[], special_acts[], rule_acts[], notice_acts[], recovery_acts[], machine_acts[], life_acts[], entrust_acts[], prescription_acts[], basket_acts[], sign_acts[], pharmacy_acts[], order_table_acts[], order_set_acts[];

#endif
