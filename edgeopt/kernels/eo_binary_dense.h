/* eo_binary_dense -- fully connected layer of bits with bits, a threshold a channel.
 *   bit[o] = (products of -1) >= a channel's count
 *   in       [batches][3 * triples + singles] words of bits: 1 is -1, 0 is +1, 0 behind the last feature
 *   out      [batches][ceil(out_channels / 32)] words, may not overlap `in`
 *   scratch  4 * (3 * triples + singles) bytes, aligned to 4. */
#ifndef EO_BINARY_DENSE_H
#define EO_BINARY_DENSE_H

#include "eo_arch.h"

struct eo_binary_dense_params {
    const uint32_t *stream; /* [out_channels][words + 1], by 32 channels: eo_bits_fire of eo_bits.h */
    int32_t triples;        /* words of the input: eo_bits.h */
    int32_t singles;
    int32_t batches; /* 1 or more, as out_channels */
    int32_t out_channels;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_binary_dense(const struct eo_binary_dense_params *p, const int32_t *in, int32_t *out, void *scratch);
#ifdef __cplusplus
}
#endif

#endif
