-- SPDX-License-Identifier: Apache-2.0
-- What one person brought before the identity cell within a day: so many open an identity to its members, and no more (docs/decisions/0044).
CREATE INDEX identity_merge_asker ON identity_merge(asked_by, asked_ms);
