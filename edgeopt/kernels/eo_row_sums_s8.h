/* eo_row_sums_s8 -- sums of the pixels of some rows, per channel.
 *   out[c] = (adds ? out[c] : 0) + sum over the pixels of in[pixel][c]
 *   in    [pixels][channels] int8
 *   out   [channels] int32, aligned to 4, does not overlap `in`; a sum of 2^23 elements fits */
#ifndef EO_ROW_SUMS_S8_H
#define EO_ROW_SUMS_S8_H

#include "eo_arch.h"

struct eo_row_sums_s8_params {
    int32_t pixels; /* at least 1 */
    int32_t channels;
    int32_t adds; /* 0 or 1 */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_row_sums_s8(const struct eo_row_sums_s8_params *p, const int8_t *in, int32_t *out);
#ifdef __cplusplus
}
#endif

#endif
