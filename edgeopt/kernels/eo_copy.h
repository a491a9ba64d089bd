/* eo_copy -- copies bytes.
 *   in    [bytes] of any type
 *   out   [bytes]; does not overlap `in` */
#ifndef EO_COPY_H
#define EO_COPY_H

#include "eo_arch.h"

struct eo_copy_params {
    int32_t bytes;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_copy(const struct eo_copy_params *p, const void *in, void *out);
#ifdef __cplusplus
}
#endif

#endif
