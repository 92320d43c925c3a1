/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tls.c: the certificate of a first run: self-signed, ECDSA P-256 (34,000 signatures a second against 2,400 for RSA-2048). Start at tls_make. */
#include "cli/cli.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/random.h"

#include <stdio.h>

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool good = ext != NULL && X509_add_ext(cert, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return good;
}

static bool
fill_certificate(X509 *cert, EVP_PKEY *key)
{
	uint64_t serial = random_u64() >> 1;
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) == 1 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL && X509_gmtime_adj(X509_getm_notAfter(cert), 3650L * 86400) != NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
	       add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") && add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth") && X509_sign(cert, key, EVP_sha256()) > 0;
}

static enum rc
write_pem(BIO *bio, const char *path, unsigned mode, struct problem *p)
{
	char *bytes;
	long n = BIO_get_mem_data(bio, &bytes);

	return file_write(path, (struct str){ bytes, (size_t)n }, mode, p);
}

/* As browsers take it for a passkey's house: letters, digits, dots, dashes; no address, no pattern. In lower case. */
static bool
host_name(struct str host, char *name, size_t n)
{
	bool letter = false;

	if (host.n == 0 || host.n >= n || host.p[0] == '.' || host.p[0] == '-' || host.p[host.n - 1] == '.')
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char ch = host.p[i] >= 'A' && host.p[i] <= 'Z' ? (char)(host.p[i] + 32) : host.p[i];
		bool low = ch >= 'a' && ch <= 'z';
		if (!low && !(ch >= '0' && ch <= '9') && ch != '-' && ch != '.')
			return false;
		letter = letter || low;
		name[i] = ch;
	}
	name[host.n] = '\0';
	return letter;
}

static bool
host_in(const GENERAL_NAMES *names, char *name, size_t n)
{
	for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
		if (one->type != GEN_DNS)
			continue;
		if (host_name((struct str){ (const char *)ASN1_STRING_get0_data(one->d.dNSName), (size_t)ASN1_STRING_length(one->d.dNSName) }, name, n))
			return true;
	}
	return false;
}

bool
tls_host(const char *cert_path, char *name, size_t n)
{
	FILE *f = fopen(cert_path, "re");
	X509 *cert = f != NULL ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	GENERAL_NAMES *names = cert != NULL ? X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL) : NULL;
	bool found = host_in(names, name, n);

	GENERAL_NAMES_free(names);
	X509_free(cert);
	if (f != NULL)
		fclose(f);
	return found;
}

enum rc
tls_make(const char *cert_path, const char *key_path, struct problem *p)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());
	enum rc rc;

	if (key == NULL || cert == NULL || cert_pem == NULL || key_pem == NULL || !fill_certificate(cert, key) || PEM_write_bio_X509(cert_pem, cert) != 1 ||
	    PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1)
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "tls", "certificate could not be made");
	else
		rc = write_pem(key_pem, key_path, 0600, p);
	if (rc == RC_OK)
		rc = write_pem(cert_pem, cert_path, 0644, p);
	BIO_free(cert_pem);
	BIO_free(key_pem);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}
