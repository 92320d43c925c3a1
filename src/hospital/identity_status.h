/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/identity_status.h: which statuses and attributes of an identity go together, and what a status follows from. RNIV 1 v2.0 (December 2024), EXI SI 07: four
 * exclusive statuses by two questions (did INSi know these traits, was a document checked); EXI SI 09: a doubtful or fictive identity is provisional and INSi is not
 * asked about it; doubtful and fictive exclude each other; homonym goes with everything. Documents: FR Core 2.2.0, CodeSystem fr-core-cs-mode-validation-identity.
 * Pure. Private to hospital. Start at identity_trust.
 */
#ifndef HYGIE_HOSPITAL_IDENTITY_STATUS_H
#define HYGIE_HOSPITAL_IDENTITY_STATUS_H

#include "hospital/traits.h"

struct evidence { bool insi, document; };
enum trust identity_trust(struct evidence e, bool doubtful, bool fictive);
/* May these stand together? */
bool identity_is_legal(enum trust trust, bool homonym, bool doubtful, bool fictive);
bool identity_may_ask(bool doubtful, bool fictive);

/* What a document is worth. Only what FR Core names: the value set of documents for an INS (PA, CN, AN, LE), and CS, which the extension's text names beside PA and CN. The others are
 * recorded and prove nothing here: the data brings no rule for them. */
enum proof_worth { PROOF_UNKNOWN, PROOF_RECORDED, PROOF_VALIDATES };
enum proof_worth proof_worth(struct str code);
extern const struct choice proof_choices[];    /* code, label; ends with NULL */
extern const struct choice method_choices[];   /* how a document was read: fr-core-cs-method-collection but INSI */
#endif
