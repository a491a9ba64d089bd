#include "eo_binary_weight_conv2d_3x3.h"

/* The signs of up to 16 channels. */
static EO_OUT_OF_LINE struct eo_signs signs_of(const uint32_t *words, const uint32_t *tables, int32_t channels) {
    const uint32_t *const fives = eo_opaque_words(tables + EO_QUAD_TABLE);
    struct eo_signs signs = {0, 0};
    for (int32_t left = channels; left > 0; left--) {
        signs = eo_collect(signs, eo_patch_sum(*words++, tables, fives));
    }
    return eo_signs_moved(signs, channels);
}

static void fire(const uint32_t *words, const uint32_t *tables, int32_t channels, uint32_t *bits) {
    struct eo_signs low = signs_of(words, tables, eo_smaller(channels, 16)), high = {0, 0};
    if (channels > 16) {
        high = signs_of(words + 16, tables, eo_smaller(channels - 16, 16));
    }
    eo_signs_unpack(low, high, bits);
}

/* A pixel beyond the output has no place of its own: the one that has it is written last. */
static void put(const uint32_t *bits, int32_t *out, int32_t right, int32_t below) {
    out[right + below] = (int32_t)bits[3];
    out[below] = (int32_t)bits[2];
    out[right] = (int32_t)bits[1];
    out[0] = (int32_t)bits[0];
}

void eo_binary_weight_conv2d_3x3(const struct eo_binary_weight_conv2d_3x3_params *p, const int8_t *in, int32_t *out,
                                 void *scratch) {
    uint32_t *const tables = (uint32_t *)scratch;
    const int32_t words = (p->out_channels + 31) / 32, pitch = p->out_width * words;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->out_height; y += 2) {
            for (int32_t x = 0; x < p->out_width; x += 2) {
                const int32_t right = x + 1 < p->out_width ? words : 0, below = y + 1 < p->out_height ? pitch : 0;
                int8_t bytes[16];
                const struct eo_patch patch = eo_patch_at(p, in, y - p->pad_top, x - p->pad_left, bytes);
                eo_patch_tables(patch.first, patch.pitch, p->in_zero_point, tables);
                for (int32_t word = 0; word < words; word++) {
                    uint32_t bits[4];
                    int32_t *const to = out + y * pitch + x * words + word;
                    fire(p->words + 32 * word, tables, p->out_channels - 32 * word, bits);
                    put(bits, to, right, below);
                }
            }
        }
        in += p->in_height * p->in_width;
        out += p->out_height * pitch;
    }
}
