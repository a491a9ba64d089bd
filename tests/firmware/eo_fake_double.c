#include <stdint.h>

void eo_fake_double(const int8_t *in, int8_t *out, uint32_t count);

void eo_fake_double(const int8_t *in, int8_t *out, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        out[i] = (int8_t)(2 * in[i]);
    }
}
