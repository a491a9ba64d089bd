#include "eo_binary_dense.h"
#include "eo_bits_scale.h"

void eo_binary_dense(const struct eo_binary_dense_params *p, const int32_t *in, void *out, void *scratch) {
    const int32_t words = 3 * p->triples + p->singles, step = words + (p->bytes == 0 ? 1 : 2);
    const struct eo_bits_patch patch = {(const uint32_t *)scratch, p->triples, p->singles};
    int32_t batches = p->batches;
    do {
        const uint32_t *stream = p->stream;
        int32_t left = p->out_channels;
        eo_bits_transform((const uint32_t *)in, (uint32_t *)scratch, p->triples, p->singles);
        do {
            const int32_t channels = left < 32 ? left : 32;
            if (p->bytes == 0) {
                uint32_t *const to = (uint32_t *)out;
                *to = eo_bits_fire(stream, &patch, channels);
                out = to + 1;
            } else {
                out = eo_bits_scaled(stream, &patch, &patch, channels, p->scale, out, p->bytes);
            }
            stream += channels * step;
            left -= 32;
        } while (left > 0);
        in += words;
    } while (--batches > 0);
}
