#include "eo_pad_s8.h"
#include "eo_walk.h"

void eo_pad_s8(const struct eo_pad_s8_params *p, const int8_t *in, int8_t *out) {
    __builtin_memset(out, (int)p->value, (size_t)p->out_count);
    struct eo_walk walk = eo_walk_start();
    out += p->first;
    for (;;) {
        __builtin_memcpy(out, in, (size_t)p->run);
        in += p->run;
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        out += p->jumps[moved];
    }
}
