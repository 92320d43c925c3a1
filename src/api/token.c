/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/token.c: how a machine gets its bearer token: an assertion signed with its own key (RFC 7523, client_credentials; SMART App Launch 2, backend services), and the
 * document by which it learns how. Must never give a reason beyond what RFC 6749 §5.2 names. Called by front through the rows in api.c. Start at token_ask.
 */
#include "api/inner.h"

#define GRANT "client_credentials"
#define ASSERTION "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* A form, each field once; none but those of the grant. */
enum rc
token_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str rest, type = str_trim(str_cut(http_header(rq->http, "Content-Type"), ';', &rest)), grant = STR_NONE, kind = STR_NONE, assertion = STR_NONE, scope = STR_NONE;
	struct pairs pairs = { 0 };
	if (!str_eq_nocase(type, "application/x-www-form-urlencoded"))
		return problem_set(p, RC_BAD_INPUT, WHY_MEDIA_TYPE, "", "token: Content-Type");
	enum rc rc = url_pairs(rq->body, 16, rq->arena, &pairs, p);
	for (size_t i = 0; rc == RC_OK && i < pairs.n; i++) {
		struct str name = pairs.at[i].name;
		struct str *to = str_eq(name, "grant_type") ? &grant : str_eq(name, "client_assertion_type") ? &kind : str_eq(name, "client_assertion") ? &assertion : str_eq(name, "scope") ? &scope : NULL;
		if (!to || to->p)
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_UNKNOWN, "", "token: field");
		*to = pairs.at[i].value;
	}
	if (rc != RC_OK)
		return rc;
	if (!str_eq(grant, GRANT) || !str_eq(kind, ASSERTION) || assertion.n == 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "", "token: grant");
	ask_act(a, "machine_token");
	ask_arg(a, "assertion", assertion);
	if (scope.n > 0)
		ask_arg(a, "scope", scope);
	return RC_OK;
}

enum rc
token_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row row = rows_first(release_rows(rel), "token");
	(void)rq;
	out->type = "application/json";
	buf_z(&out->body, "{\"access_token\":");
	json_str(&out->body, row_get(row, "token"));
	buf_z(&out->body, ",\"token_type\":\"bearer\",\"expires_in\":");
	buf_str(&out->body, row_get(row, "expires_s"));
	buf_z(&out->body, ",\"scope\":");
	json_str(&out->body, row_get(row, "scope"));
	buf_ch(&out->body, '}');
	return RC_OK;
}

void
token_fail(const struct problem *p, struct reply *out)
{
	bool ours = out->status >= 500 || out->status == 429;
	out->type = "application/json";
	out->status = p->why == WHY_CLIENT_REFUSED ? 401 : ours ? out->status : 400;
	buf_z(&out->body, "{\"error\":\"");
	buf_z(&out->body, p->why == WHY_CLIENT_REFUSED ? "invalid_client" : p->why == WHY_SCOPE_REFUSED ? "invalid_scope" : ours ? "temporarily_unavailable" : "invalid_request");
	buf_z(&out->body, "\"}");
}

enum rc
smart_configuration(const struct req *rq, struct reply *out)
{
	struct buf base;
	buf_init(&base, 512);
	api_base(rq, &base);
	struct str root = { base.p, base.n - (sizeof "/fhir" - 1) };
	out->type = "application/json";
	buf_z(&out->body, "{\"token_endpoint\":\"");
	buf_str(&out->body, root); /* the guard let only letters, digits and \".:-[]_\" through */
	buf_z(&out->body, "/auth/token\",\"grant_types_supported\":[\"" GRANT "\"],\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],"
		"\"token_endpoint_auth_signing_alg_values_supported\":[\"ES256\",\"ES384\",\"RS256\",\"RS384\"],\"scopes_supported\":[\"system/*.rs\",\"system/*.cud\",\"system/*.cruds\"],"
		"\"capabilities\":[\"client-confidential-asymmetric\",\"permission-v2\"]}");
	buf_done(&base);
	return RC_OK;
}
