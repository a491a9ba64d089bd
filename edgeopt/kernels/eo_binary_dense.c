#include "eo_binary_dense.h"
#include "eo_bits.h"

void eo_binary_dense(const struct eo_binary_dense_params *p, const int32_t *in, int32_t *out, void *scratch) {
    const int32_t words = 3 * p->triples + p->singles;
    uint32_t *const kept = (uint32_t *)scratch;
    const struct eo_bits_patch patch = {kept, p->triples, p->singles};
    int32_t batches = p->batches;
    do {
        const uint32_t *stream = p->stream;
        int32_t left = p->out_channels;
        eo_bits_transform((const uint32_t *)in, kept, p->triples, p->singles);
        do {
            const int32_t channels = left < 32 ? left : 32;
            *out++ = (int32_t)eo_bits_fire(stream, &patch, channels);
            stream += channels * (words + 1);
            left -= 32;
        } while (left > 0);
        in += words;
    } while (--batches > 0);
}
