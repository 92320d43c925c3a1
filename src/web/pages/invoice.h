/* SPDX-License-Identifier: Apache-2.0 */
/* pages/invoice.h: captured acts, drafts and invoices of one patient. */
#ifndef HYGIE_PAGES_INVOICE_H
#define HYGIE_PAGES_INVOICE_H

#include "pages/billing.h"

extern const struct page pages_invoice[];
#endif
