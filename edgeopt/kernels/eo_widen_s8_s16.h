/* eo_widen_s8_s16 -- int8 to int16 of a scale that is smaller by a power of two.
 *   out[i] = (in[i] - zero_point) * 2^shift
 *   in    [count] int8
 *   out   [count] int16, may not overlap `in` */
#ifndef EO_WIDEN_S8_S16_H
#define EO_WIDEN_S8_S16_H

#include "eo_arch.h"

struct eo_widen_s8_s16_params {
    int32_t count;
    int32_t zero_point;
    int32_t shift; /* 0..7, so that no output leaves int16 */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_widen_s8_s16(const struct eo_widen_s8_s16_params *p, const int8_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
