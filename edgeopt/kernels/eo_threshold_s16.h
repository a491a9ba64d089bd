/* eo_threshold_s16 -- a bit for each int16: whether it is below a threshold.
 *
 *   bit[c] of out = (in[c] < thresholds[c]) ^ invert[c], bits behind the channels 0
 *   in    [rows][channels]               int16
 *   out   [rows][ceil(channels / 32)]    words of bits, channel c in bit c % 32 of word c / 32
 *   in and out must not overlap. */
#ifndef EO_THRESHOLD_S16_H
#define EO_THRESHOLD_S16_H

#include "eo_arch.h"

struct eo_threshold_s16_params {
    const int16_t *thresholds; /* [channels], or [2]: twice the one for all */
    const uint32_t *invert;    /* [ceil(channels / 32)], or NULL: none */
    int32_t rows;
    int32_t channels;
    int32_t per_channel; /* 1: a threshold a channel; 0: one */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_threshold_s16(const struct eo_threshold_s16_params *p, const int16_t *in, int32_t *out);
#ifdef __cplusplus
}
#endif

#endif
