/* eo_mean_of_sums_s8 -- mean or sum of each channel from its plain sum, requantized: the end of eo_mean_s8.
 *   out = clamp(requantize(sum + bias) + offset)
 *   in    [channels] int32
 *   out   [channels] int8, does not overlap `in` */
#ifndef EO_MEAN_OF_SUMS_S8_H
#define EO_MEAN_OF_SUMS_S8_H

#include "eo_arch.h"

struct eo_mean_of_sums_s8_params {
    int32_t channels;
    int32_t bias;       /* minus the count of a sum times the zero point of the input */
    int32_t multiplier; /* in [0, 2^31), a mean's with 1 / count in it */
    int32_t shift;      /* -31..30, to the left where above 0 */
    int32_t offset;     /* zero point of the output */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_mean_of_sums_s8(const struct eo_mean_of_sums_s8_params *p, const int32_t *in, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
