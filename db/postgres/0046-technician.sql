-- SPDX-License-Identifier: Apache-2.0
-- The role of a pharmacy technician.
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK(role IN ('clerk', 'nurse', 'physician', 'pharmacist', 'technician', 'billing', 'rssi', 'dpo', 'admin', 'machine', 'operator'));
