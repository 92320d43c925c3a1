-- SPDX-License-Identifier: Apache-2.0
-- People whose stays are all in establishments that are closed (hospital/closed_chart.c, docs/decisions/0040): no care link opens their charts.
CREATE TABLE closed_chart(
	patient bigint NOT NULL PRIMARY KEY,
	site text COLLATE "C" NOT NULL, -- the establishment whose closing took it away
	since_ms bigint NOT NULL
);
CREATE INDEX closed_chart_site ON closed_chart(site);
