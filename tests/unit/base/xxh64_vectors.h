/* SPDX-License-Identifier: Apache-2.0 */
/* XXH64 seed 0, made with Python xxhash 4.1.0. Never change a line: indexes hold these. */
{ "", 0xef46db3751d8e999u },
{ "a", 0xd24ec4f1a98c6e5bu },
{ "abc", 0x44bc2cf5ad770999u },
{ "Dupont", 0x10d4ecfe34ccf106u },
{ "0123456", 0x97ee4fe4a0ff4dfau },
{ "01234567", 0xe4ba22a49ad89d3fu },
{ "012345678", 0x43ecc9248bc07d20u },
{ "0123456789ab", 0x862e292326b8a4fcu },
{ "0123456789abcdefghijklmnopqrstu", 0x80adfc1d42020f39u },
{ "0123456789abcdefghijklmnopqrstuv", 0xbf7c9dbe16b5c6e2u },
{ "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz", 0xe597db74e7ce323cu },
{ "éàü œuf 你好 texte assez long pour trois tours de la boucle de trente-deux octets, et un reste", 0x13a19225926191ceu },
