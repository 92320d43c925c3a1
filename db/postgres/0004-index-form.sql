-- SPDX-License-Identifier: Apache-2.0
-- The number of the form that the rows of the by_ tables have (record/operator.c). A base that holds resources has those of the form before: they are made anew at start.
INSERT INTO state(name, value) SELECT 'index_form', CASE WHEN EXISTS(SELECT 1 FROM resource) THEN 1 ELSE 2 END;
