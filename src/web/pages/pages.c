/* SPDX-License-Identifier: Apache-2.0 */
/* pages/pages.c: every screen of the house, in the order of the menus. To add an area: write its rows in its file, name it here and in meson.build. */
#include "pages/pages.h"

#include "pages/access.h"
#include "pages/account.h"
#include "pages/budget.h"
#include "pages/chart.h"
#include "pages/cockpit.h"
#include "pages/drug.h"
#include "pages/export.h"
#include "pages/glass.h"
#include "pages/help.h"
#include "pages/home.h"
#include "pages/journal.h"
#include "pages/entrust.h"
#include "pages/keyring.h"
#include "pages/tell.h"
#include "pages/notice.h"
#include "pages/patient.h"
#include "pages/plan_blanc.h"
#include "pages/prove.h"
#include "pages/recovery.h"
#include "pages/rule.h"
#include "pages/session.h"
#include "pages/special.h"
#include "pages/stock.h"
#include "pages/stop.h"
#include "pages/bed.h"
#include "pages/stay.h"
#include "pages/prescription.h"
#include "pages/administration.h"
#include "pages/observation.h"
#include "pages/transmission.h"
#include "pages/identity.h"
#include "pages/merge.h"
#include "pages/billing.h"
#include "pages/coding.h"
#include "pages/invoice.h"
#include "pages/allergy.h"
#include "pages/problem.h"
#include "pages/note.h"
#include "pages/letter.h"
#include "pages/print.h"
#include "pages/agenda.h"
#include "pages/bedside.h"

extern const struct page pages_live[];
#include "pages/incoming.h"
#include "pages/pregnancy.h"
#include "pages/around.h"

const struct page *const pages_all[] = {
	/* The day of a ward: what is done most stands first, in the menu and in the sections of a chart. */
	pages_home, pages_chart, pages_allergy, pages_problem, pages_note, pages_prescription, pages_prescribe, pages_pharmacy, pages_round, pages_administration, pages_dose, pages_observation, pages_transmission, pages_letter, pages_document, pages_incoming_patient, pages_timeline, pages_around, pages_bed, pages_occupation, pages_stay, pages_discharge,
	pages_stock, pages_stock_lot, pages_stock_count, pages_stock_order, pages_stock_round, pages_ward_kit, pages_tall_name, pages_billing, pages_reminder, pages_coding, pages_coding_files, pages_invoice, pages_patient, pages_identity, pages_merge, pages_chart_access, pages_treating, pages_entrust, pages_glass, pages_drug,
	pages_appointment, pages_agenda, pages_agenda_print, pages_incoming,
	/* Those who watch, and what is decided by several. */
	pages_prove, pages_cockpit, pages_review, pages_stop, pages_tell, pages_plan, pages_export, pages_special, pages_budget, pages_journal, pages_rule, pages_recovery, pages_account, pages_place, pages_letter_template,
	/* One's own. */
	pages_keyring, pages_notice, pages_access, pages_session, pages_help,
	pages_print,
	pages_live,
	pages_bedside,
	pages_pregnancy,
	NULL,
};
