/* eo_binary_dense_scaled_layer.h -- what eo_binary_dense_s16 and eo_binary_dense_s8 are: parameters and the loops. */
#ifndef EO_BINARY_DENSE_SCALED_LAYER_H
#define EO_BINARY_DENSE_SCALED_LAYER_H

#include "eo_bits_scale.h"

struct eo_binary_dense_scaled_layer_params {
    const uint32_t *stream; /* [out_channels][words, multiplier, bias]: eo_bits_scale.h */
    int32_t d_low;          /* 0..d_high */
    int32_t d_high;
    int32_t shift;     /* 0..31 */
    int32_t clamp_low; /* of the output's type */
    int32_t clamp_high;
    int32_t triples; /* words of the input: 3 * triples + singles, see eo_bits.h */
    int32_t singles;
    int32_t batches; /* 1 or more, as out_channels */
    int32_t out_channels;
};

/* `bytes`: of a number of the output, 2 or 1. */
EO_BODY void eo_binary_dense_scaled_layer(const struct eo_binary_dense_scaled_layer_params *p, const int32_t *in,
                                          void *out, void *scratch, int bytes) {
    const int32_t words = 3 * p->triples + p->singles;
    const struct eo_bits_scale scale = {p->d_low, p->d_high, p->shift, p->clamp_low, p->clamp_high, words + 2};
    const struct eo_bits_patch patch = {(const uint32_t *)scratch, p->triples, p->singles};
    int32_t batches = p->batches;
    do {
        const uint32_t *stream = p->stream;
        int32_t left = p->out_channels;
        eo_bits_transform((const uint32_t *)in, (uint32_t *)scratch, p->triples, p->singles);
        do {
            const int32_t channels = left < 32 ? left : 32;
            out = eo_bits_scaled(stream, &patch, &patch, channels, &scale, out, bytes);
            stream += channels * scale.step;
            left -= 32;
        } while (left > 0);
        in += words;
    } while (--batches > 0);
}

#endif
