#include "eo_arg_max_s8.h"

void eo_arg_max_s8(const struct eo_arg_max_s8_params *p, const int8_t *in, int32_t *out) {
    const int32_t count = p->count;
    const int32_t inner = p->inner;
    const int32_t flip = p->flip;
    for (int32_t o = p->outer; o > 0; o--) {
        for (int32_t i = 0; i < inner; i++) {
            const int8_t *x = in + i;
            int32_t largest = *x ^ flip;
            int32_t where = 0;
            for (int32_t a = 1; a < count; a++) {
                x += inner;
                if ((*x ^ flip) > largest) {
                    largest = *x ^ flip;
                    where = a;
                }
            }
            *out++ = where;
        }
        in += count * inner;
    }
}
