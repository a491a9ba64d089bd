#include "eo_gather.h"
#include "eo_run.h"

void eo_gather(const struct eo_gather_params *p, const void *in, const int32_t *indices, void *out) {
    const uint8_t *from = (const uint8_t *)in;
    uint8_t *to = (uint8_t *)out;
    for (int32_t b = p->batches; b > 0; b--, indices += p->count) {
        for (int32_t k = p->outer; k > 0; k--, from += p->extent * p->run) {
            for (int32_t i = 0; i < p->count; i++, to += p->run) {
                const int32_t wanted = indices[i];
                const int32_t index = wanted < 0 ? 0 : (wanted < p->extent ? wanted : p->extent - 1);
                eo_copy_run(to, from + index * p->run, p->run);
            }
        }
    }
}
