#include "eo_maximum_s8.h"
#include "eo_requant.h"
#include "eo_rows.h"

static void maximum_row(const struct eo_maximum_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    const struct eo_maximum_s8_params q = *p; /* a copy cannot be what `out` writes, so it stays in registers */
    for (int32_t i = q.count; i > 0; i--) {
        const int32_t x1 = *in1 ^ q.flip;
        const int32_t x2 = *in2 ^ q.flip;
        *out++ = (int8_t)eo_clamp((x1 > x2 ? x1 : x2) ^ q.flip, q.low, q.high);
        in1 += q.step1;
        in2 += q.step2;
    }
}

void eo_maximum_s8(const struct eo_maximum_s8_params *p, const int8_t *in1, const int8_t *in2, int8_t *out) {
    struct eo_rows rows = eo_rows_start(in1, in2, out);
    do {
        maximum_row(p, rows.in1, rows.in2, rows.out);
    } while (eo_rows_next(&rows, p->count, p->dims, p->extents, p->jumps1, p->jumps2));
}
