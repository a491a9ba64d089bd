#include "eo_select_s8.h"
#include "eo_walk.h"

void eo_select_s8(const struct eo_select_s8_params *p, const uint8_t *condition, const int8_t *in1, const int8_t *in2,
                  int8_t *out) {
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        const uint8_t *c = condition;
        const int8_t *x1 = in1;
        const int8_t *x2 = in2;
        for (int32_t i = p->count; i > 0; i--) {
            *out++ = *c != 0 ? *x1 : *x2;
            c += p->step;
            x1 += p->step1;
            x2 += p->step2;
        }
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        condition += p->jumps[moved];
        in1 += p->jumps1[moved];
        in2 += p->jumps2[moved];
    }
}
