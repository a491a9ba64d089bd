#include "eo_svdf_s8_s16.h"

static int32_t push(void *row, const void *time, int32_t memory, int32_t newest) {
    int16_t *const state = (int16_t *)row;
    const int16_t *const weights = (const int16_t *)time;
    int32_t acc = 0;
    for (int32_t i = 1; i < memory; i++) {
        state[i - 1] = state[i];
        acc = eo_add_wrap(acc, (int32_t)state[i] * weights[i - 1]);
    }
    state[memory - 1] = (int16_t)newest;
    return eo_add_wrap(acc, newest * weights[memory - 1]);
}

void eo_svdf_s8_s16(const struct eo_svdf_s8_s16_params *p, const int8_t *in, int16_t *state, int8_t *out) {
    eo_svdf_layer(p, in, state, out, (int32_t)sizeof *state, push);
}
