/* eo_binary_unpack_s16 -- one of two int16 for each bit.
 *
 *   out[c] = negative where bit c is 1, positive where it is 0
 *   in    [rows][ceil(channels / 32)]    words of bits, channel c in bit c % 32 of word c / 32
 *   out   [rows][channels]               int16
 *   in and out must not overlap. */
#ifndef EO_BINARY_UNPACK_S16_H
#define EO_BINARY_UNPACK_S16_H

#include "eo_arch.h"

struct eo_binary_unpack_s16_params {
    int32_t rows;
    int32_t channels;
    int32_t positive; /* an int16 each */
    int32_t negative;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_unpack_s16(const struct eo_binary_unpack_s16_params *p, const int32_t *in, int16_t *out);
#ifdef __cplusplus
}
#endif

#endif
