/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzzer includes. A property that does not hold ends the process: that is the finding. */
#ifndef HYGIE_FUZZ_H
#define HYGIE_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
