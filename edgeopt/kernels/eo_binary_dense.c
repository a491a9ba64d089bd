#include "eo_binary_dense.h"
#include "eo_bits.h"

void eo_binary_dense(const struct eo_binary_dense_params *p, const int32_t *in, int32_t *out, void *scratch) {
    const int32_t words = 3 * p->triples + p->singles;
    uint32_t *const kept = (uint32_t *)scratch;
    const struct eo_bits_patch patch = {kept, p->triples, p->singles};
    for (int32_t batch = 0; batch < p->batches; batch++, in += words) {
        const uint32_t *stream = p->stream;
        eo_bits_transform((const uint32_t *)in, kept, p->triples, p->singles);
        for (int32_t left = p->out_channels; left > 0; left -= 32) {
            const int32_t channels = left < 32 ? left : 32;
            *out++ = (int32_t)eo_bits_fire(stream, &patch, channels);
            stream += channels * (words + 1);
        }
    }
}
