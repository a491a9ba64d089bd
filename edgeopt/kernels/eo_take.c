#include "eo_take.h"
#include "eo_run.h"

void eo_take(const struct eo_take_params *p, const void *in, void *out) {
    const uint8_t *from = (const uint8_t *)in;
    uint8_t *to = (uint8_t *)out;
    for (int32_t k = p->outer; k > 0; k--, from += p->in_step) {
        for (int32_t i = 0; i < p->row_count; i++) {
            const uint8_t *const row = from + p->rows[i];
            for (int32_t j = 0; j < p->col_count; j++, to += p->run) {
                eo_copy_run(to, row + p->cols[j], p->run);
            }
        }
    }
}
