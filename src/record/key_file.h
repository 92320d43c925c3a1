/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/key_file.h: the instance key as a file: 64 hex digits and a line end, mode 0400. Found in $CREDENTIALS_DIRECTORY/hygie-instance-key (systemd), else in
 * the folder of keys. Must never overwrite a key that is there, nor tell anything of what a file holds. Called by keys.c only.
 */
#ifndef HYGIE_RECORD_KEY_FILE_H
#define HYGIE_RECORD_KEY_FILE_H

#include "codec/seal.h"

#define KEY_NOW  "instance.key"
#define KEY_NEXT "instance.next"
#define KEY_PATH 640

/* The key of this name. RC_NOT_FOUND when there is none; RC_BROKEN KEY_EXPOSED when others than its owner may read it, KEY_WRONG when it is no key.
 * The systemd credential stands for KEY_NOW, and for KEY_NEXT as hygie-instance-key-next; its mode is systemd's matter. */
enum rc key_file_read(const char *dir, const char *name, struct seal_key *key_r, struct problem *p) CHECKED;
/* A fresh key in a file that was not there, and its folder (0700) when that was not. Durable when this returns. RC_CONFLICT when there is one. */
enum rc key_file_make(const char *dir, const char *name, struct seal_key *key_r, struct problem *p) CHECKED;
/* instance.next takes the place of instance.key, durably; nothing when there is no instance.next. */
enum rc key_file_settle(const char *dir, struct problem *p) CHECKED;
#endif
