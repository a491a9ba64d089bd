/* eo_plain_add_s16 -- elementwise sum of int16 tensors of one shape and scale, which is the output's scale too.
 *   out[i] = clamp(in1[i] + in2[i])
 *   in1, in2   [count] int16
 *   out        [count] int16, may be `in1` or `in2` */
#ifndef EO_PLAIN_ADD_S16_H
#define EO_PLAIN_ADD_S16_H

#include "eo_arch.h"

struct eo_plain_add_s16_params {
    int32_t count;
    int32_t low, high; /* clamp, in -32768..32767 */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_plain_add_s16(const struct eo_plain_add_s16_params *p, const int16_t *in1, const int16_t *in2, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
