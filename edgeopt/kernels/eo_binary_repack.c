#include "eo_binary_repack.h"

void eo_binary_repack(const struct eo_binary_repack_params *p, const int32_t *in, int32_t *out) {
    for (int32_t row = 0; row < p->rows; row++) {
        uint32_t word = 0;
        int32_t filled = 0; /* bits of `word`, 0..31 */
        for (int32_t piece = 0; piece < p->pieces; piece++) {
            for (int32_t left = p->channels; left > 0; left -= 32) {
                const uint32_t next = (uint32_t)*in++;
                const int32_t count = left < 32 ? left : 32;
                word |= next << filled;
                if (filled + count < 32) {
                    filled += count;
                    continue;
                }
                *out++ = (int32_t)word;
                word = filled == 0 ? 0u : next >> (32 - filled);
                filled += count - 32;
            }
        }
        if (filled > 0) {
            *out++ = (int32_t)word;
        }
    }
}
