#include "eo_binary_unpack_s16.h"

void eo_binary_unpack_s16(const struct eo_binary_unpack_s16_params *p, const int32_t *in, int16_t *out) {
    const uint32_t positive = (uint32_t)p->positive, turned = positive ^ (uint32_t)p->negative;
    for (int32_t row = 0; row < p->rows; row++) {
        for (int32_t left = p->channels; left > 0; left -= 32) {
            uint32_t word = (uint32_t)*in++;
            for (int32_t count = left < 32 ? left : 32; count > 0; count--) {
                *out++ = (int16_t)(uint16_t)(positive ^ (turned & (0u - (word & 1u))));
                word >>= 1;
            }
        }
    }
}
