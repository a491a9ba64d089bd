#include "eo_copy_runs.h"
#include "eo_run.h"
#include "eo_walk.h"

void eo_copy_runs(const struct eo_copy_runs_params *p, const void *in, void *out) {
    const uint8_t *from = (const uint8_t *)in + p->in_first;
    uint8_t *to = (uint8_t *)out + p->out_first;
    const int32_t run = p->run, in_step = p->in_step, out_step = p->out_step;
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        const uint8_t *x = from;
        uint8_t *y = to;
        for (int32_t left = p->count; left > 0; left--, x += in_step, y += out_step) {
            eo_copy_run(y, x, run);
        }
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        from += p->in_jumps[moved];
        to += p->out_jumps[moved];
    }
}
