#include "eo_binary_weight_conv2d_3x3.h"

/* Whether the windows are neighbours, which overlap in a patch of four by four pixels, all inside of the image. */
static int is_patch(const struct eo_binary_weight_conv2d_3x3_params *p, const struct eo_quad *quad) {
    return quad->y[1] == quad->y[0] + 1 && quad->x[1] == quad->x[0] + 1 && quad->y[0] >= 0 && quad->x[0] >= 0 &&
           quad->y[0] + 4 <= p->in_height && quad->x[0] + 4 <= p->in_width && p->dilation_height == 1 &&
           p->dilation_width == 1;
}

/* The nine taps of both windows of a row, in the lanes of a word each. */
static void make_tables(uint32_t *tables, const uint32_t *taps) {
    uint32_t *const second = tables + EO_QUAD_TABLE;
    eo_quad_column(tables, taps[0], taps[1], taps[2], taps[3], 0);
    eo_quad_column(second, taps[4], taps[5], taps[6], taps[7], taps[8]);
    eo_quad_column(second + EO_QUAD_TABLE, taps[4], taps[5], taps[6], taps[7], 0u - taps[8]);
}

static void begin(const struct eo_binary_weight_conv2d_3x3_params *p, const int8_t *image, const struct eo_quad *quad,
                  void *scratch) {
    uint32_t *const tables = (uint32_t *)scratch;
    const uint32_t zero_points = eo_both_lanes(p->in_zero_point);
    uint32_t taps[18];
    const uint32_t *below = taps + 3; /* the second row of windows begins with the second row of the patch */
    if (is_patch(p, quad)) {
        const int8_t *row = image + quad->y[0] * p->in_width + quad->x[0];
        for (uint32_t *to = taps; to < taps + 12; to += 3) {
            const int8_t a = row[0], b = row[1], c = row[2], d = row[3];
            to[0] = eo_quad_lanes(a, b, zero_points);
            to[1] = eo_quad_lanes(b, c, zero_points);
            to[2] = eo_quad_lanes(c, d, zero_points);
            row += p->in_width;
        }
    } else {
        const struct eo_quad_window window = eo_quad_window_of(p);
        int8_t *const bytes = (int8_t *)scratch;
        eo_quad_gather(&window, image, quad, bytes);
        for (int32_t tap = 0; tap < 9; tap++) {
            taps[tap] = eo_quad_lanes(bytes[tap], bytes[9 + tap], zero_points);
            taps[9 + tap] = eo_quad_lanes(bytes[18 + tap], bytes[27 + tap], zero_points);
        }
        below = taps + 9;
    }
    make_tables(tables, taps);
    make_tables(tables + 1, below);
}

/* The entry at a number of bytes. */
static inline const uint32_t *entry(const uint32_t *table, uint32_t offset) {
    return (const uint32_t *)(const void *)((const char *)table + offset);
}

/* The signs of up to 16 channels. */
static const uint16_t *fire_half(const uint16_t *codes, const uint32_t *tables, int32_t channels, uint32_t *collected) {
    uint32_t collected0 = 0, collected1 = 0;
    const uint32_t *const second = tables + EO_QUAD_TABLE;
    for (int32_t left = channels; left > 0; left--) {
        const uint32_t code = *codes++;
        uint32_t start = *codes++;
        const uint32_t *const first = entry(tables, code & 0xffu), *const other = entry(second, code >> 8);
        start |= start << 16;
        collected0 = eo_collect(collected0, start + first[0] + other[0]);
        collected1 = eo_collect(collected1, start + first[1] + other[1]);
    }
    collected[0] = collected0 >> (16 - channels);
    collected[1] = collected1 >> (16 - channels);
    return codes;
}

static void fire(const struct eo_binary_weight_conv2d_3x3_params *p, const void *scratch, int32_t first_channel,
                 uint32_t *bits) {
    const uint32_t *const tables = (const uint32_t *)scratch;
    const int32_t left = p->out_channels - first_channel;
    uint32_t low[2], high[2] = {0, 0};
    const uint16_t *codes = fire_half(p->codes + 2 * first_channel, tables, eo_smaller(left, 16), low);
    if (left > 16) {
        (void)fire_half(codes, tables, eo_smaller(left - 16, 16), high);
    }
    eo_quad_bits(low, high, bits);
}

void eo_binary_weight_conv2d_3x3(const struct eo_binary_weight_conv2d_3x3_params *p, const int8_t *in, int32_t *out,
                                 void *scratch) {
    eo_binary_weight_layer(p, in, out, scratch, begin, fire);
}
