#include "eo_binary_unpack_s8.h"

void eo_binary_unpack_s8(const struct eo_binary_unpack_s8_params *p, const int32_t *in, int8_t *out) {
    const uint32_t positive = (uint8_t)p->positive * 0x01010101u;
    const uint32_t turned = positive ^ ((uint8_t)p->negative * 0x01010101u);
    for (int32_t row = 0; row < p->rows; row++) {
        uint32_t word = 0;
        for (int32_t channel = 0; channel < p->channels; channel += 4) {
            word = channel % 32 == 0 ? (uint32_t)*in++ : word >> 4;
            const uint32_t ones = ((word & 15u) * 0x00204081u) & 0x01010101u; /* bit i in byte i */
            const uint32_t bytes = positive ^ (turned & (ones * 255u));
            const int32_t left = p->channels - channel;
            if (left >= 4) {
                eo_store_word(out, bytes);
                out += 4;
                continue;
            }
            for (int32_t i = 0; i < left; i++) {
                *out++ = (int8_t)eo_byte(bytes, (int)i);
            }
        }
    }
}
