/* eo_binary_repack -- bits without the gaps behind the channels of each pixel: what a flattening makes of words.
 *
 *   bit piece * channels + c of out = bit c of in[piece], bits behind the last 0
 *   in    [rows][pieces][ceil(channels / 32)]     words of bits, those behind the channels 0
 *   out   [rows][ceil(pieces * channels / 32)]    words of bits
 *   in and out must not overlap. */
#ifndef EO_BINARY_REPACK_H
#define EO_BINARY_REPACK_H

#include "eo_arch.h"

struct eo_binary_repack_params {
    int32_t rows;
    int32_t pieces;
    int32_t channels;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_repack(const struct eo_binary_repack_params *p, const int32_t *in, int32_t *out);
#ifdef __cplusplus
}
#endif

#endif
