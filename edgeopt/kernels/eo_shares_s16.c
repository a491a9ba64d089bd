#include "eo_shares_s16.h"

/* 2^16 times 2^-t of a score that lies `below` the largest, 0..65535. */
static uint32_t count_of(const struct eo_shares_s16_params *p, int32_t below) {
    const uint32_t steps = ((uint32_t)below * (uint32_t)p->multiplier) >> p->shift;
    const uint32_t octaves = steps >> 16;
    const uint16_t *const line = p->halvings + ((steps >> 10) & 63u);
    const uint32_t count = line[0] - ((((uint32_t)line[0] - line[1]) * (steps & 1023u) + 1023u) >> 10);
    return octaves > 31 ? 0 : count >> octaves;
}

void eo_shares_s16(const struct eo_shares_s16_params *p, const int16_t *in, int16_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        int32_t largest = -32768;
        for (int32_t i = 0; i < p->classes; i++) {
            largest = in[i] > largest ? in[i] : largest;
        }
        uint32_t total = 0;
        for (int32_t i = 0; i < p->classes; i++) {
            total += count_of(p, largest - in[i]);
        }
        for (int32_t i = 0; i < p->classes; i++) {
            const uint32_t share = ((count_of(p, largest - in[i]) << 15) + (total >> 1)) / total;
            out[i] = (int16_t)(share > 32767u ? 32767u : share);
        }
        in += p->classes;
        out += p->classes;
    }
}
