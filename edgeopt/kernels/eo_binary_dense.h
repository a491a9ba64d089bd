/* eo_binary_dense -- fully connected layer of bits with bits, to bits or to numbers.
 *   d[o] = 2 * (products of -1)
 *   bit[o] = d[o] / 2 >= a channel's count
 *   number[o] = clamp((min(max(d, d_low), d_high) * multiplier[o] + bias[o]) >> shift)
 *   in       [batches][words] words of bits: 1 is -1, 0 is +1 and behind the last feature; words = 3 * triples +
 * singles out      [batches][ceil(out_channels / 32)] words, or [batches][out_channels] int16 or int8, may not overlap
 * `in` scratch  4 * words bytes, aligned to 4. */
#ifndef EO_BINARY_DENSE_H
#define EO_BINARY_DENSE_H

#include "eo_arch.h"

struct eo_binary_dense_params {
    const uint32_t *stream; /* [out_channels][words, count], by 32 channels: eo_bits_fire of eo_bits.h;
                             * for numbers [out_channels][words, multiplier, bias] */
    const int32_t *scale;   /* NULL; for numbers [5] d_low, d_high, shift, low, high: eo_bits_scale.h */
    int32_t bytes;          /* 0; for numbers 2 or 1, the size of each */
    int32_t triples;        /* words of the input: eo_bits.h */
    int32_t singles;
    int32_t batches;
    int32_t out_channels; /* 1 or more, as batches */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_dense(const struct eo_binary_dense_params *p, const int32_t *in, void *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
