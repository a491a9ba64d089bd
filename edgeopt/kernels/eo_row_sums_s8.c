#include "eo_row_sums_s8.h"

void eo_row_sums_s8(const struct eo_row_sums_s8_params *p, const int8_t *in, int32_t *out) {
    for (int32_t channel = 0; channel < p->channels; channel++) {
        const int8_t *x = in + channel;
        int32_t sum = p->adds != 0 ? out[channel] : 0;
        for (int32_t i = p->pixels; i > 0; i--) {
            sum += *x;
            x += p->channels;
        }
        out[channel] = sum;
    }
}
