/* eo_average_of_sums_s8 -- the mean of each channel from its sum; input and output have one scale and zero point.
 *   out = clamp(sum / count), to nearest, halves away from zero
 *   in    [channels] int32, sums of `count` int8
 *   out   [channels] int8, does not overlap `in` */
#ifndef EO_AVERAGE_OF_SUMS_S8_H
#define EO_AVERAGE_OF_SUMS_S8_H

#include "eo_arch.h"

struct eo_average_of_sums_s8_params {
    int32_t channels;
    int32_t count;     /* at least 1 */
    int32_t low, high; /* clamp, in -128..127 */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_average_of_sums_s8(const struct eo_average_of_sums_s8_params *p, const int32_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
