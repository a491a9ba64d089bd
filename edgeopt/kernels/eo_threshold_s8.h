/* eo_threshold_s8 -- a bit for each int8: whether it is below a threshold.
 *
 *   bit[c] of out = (in[c] < thresholds[c]) ^ invert[c], bits behind the channels 0
 *   in    [rows][channels]               int8, aligned to 4
 *   out   [rows][ceil(channels / 32)]    words of bits, channel c in bit c % 32 of word c / 32
 *   in and out must not overlap. */
#ifndef EO_THRESHOLD_S8_H
#define EO_THRESHOLD_S8_H

#include "eo_arch.h"

struct eo_threshold_s8_params {
    const uint32_t *thresholds; /* int8, four a word: [ceil(channels / 4)], or [1] of the same four for all channels */
    const uint32_t *invert;     /* [ceil(channels / 32)] */
    int32_t rows;
    int32_t channels;
    int32_t per_channel; /* 1: a threshold a channel; 0: one */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_threshold_s8(const struct eo_threshold_s8_params *p, const int8_t *in, int32_t *out);
#ifdef __cplusplus
}
#endif

#endif
