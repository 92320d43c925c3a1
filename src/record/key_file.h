/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/key_file.h: the instance key as a file: 64 hex digits and a line end, mode 0400, owned by who runs or by root, no link. Found as systemd's credential
 * $CREDENTIALS_DIRECTORY/hygie-instance-key when there is one, else in the folder of keys. Must never overwrite a key that is there, nor tell anything of what a
 * file holds; what is there and no good is refused, never passed over for another. Called by keys.c only.
 */
#ifndef HYGIE_RECORD_KEY_FILE_H
#define HYGIE_RECORD_KEY_FILE_H

#include "codec/seal.h"

#define KEY_NOW  "instance.key"
#define KEY_NEXT "instance.next"
#define KEY_PATH 640

/* Does systemd give the key? Then the next one too comes from there alone (hygie-instance-key-next), and neither is made nor moved by us. */
bool key_file_is_credential(void);
/* Where the key of this name is looked for. false: path too long. */
bool key_file_place(const char *dir, const char *name, char path[KEY_PATH]);
/* The key of this name. RC_NOT_FOUND when there is none; RC_BROKEN KEY_EXPOSED when others may read it or it is somebody else's, KEY_WRONG when it is no key or a link. */
enum rc key_file_read(const char *dir, const char *name, struct seal_key *key_r, struct problem *p) CHECKED;
/* A fresh key in a file that was not there, and its folder (0700) when that was not. Durable when this returns. RC_CONFLICT when there is one.
 * A credential that is missing is KEY_MISSING. */
enum rc key_file_make(const char *dir, const char *name, struct seal_key *key_r, struct problem *p) CHECKED;
/* instance.next takes the place of instance.key, durably; nothing when there is no instance.next. A credential's place is the operator's to change. */
enum rc key_file_settle(const char *dir, struct problem *p) CHECKED;
#endif
