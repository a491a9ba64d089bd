#include "eo_binary_weight_conv2d.h"

static int32_t taps_of(const struct eo_binary_weight_conv2d_params *p) {
    return p->kernel_height * p->kernel_width * p->in_channels;
}

static int is_inside(const struct eo_binary_weight_conv2d_params *p, const struct eo_quad *quad) {
    return quad->y[0] >= 0 && quad->x[0] >= 0 && quad->y[1] + p->kernel_height <= p->in_height &&
           quad->x[1] + p->kernel_width <= p->in_width && p->dilation_height == 1 && p->dilation_width == 1;
}

static EO_OUT_OF_LINE void begin(const struct eo_binary_weight_conv2d_params *p, const int8_t *image,
                                 const struct eo_quad *quad, void *scratch) {
    uint32_t *const tables = (uint32_t *)scratch;
    const int32_t taps = taps_of(p), row_taps = p->kernel_width * p->in_channels;
    const uint32_t zero_points = eo_both_lanes(p->in_zero_point);
    uint32_t *to = eo_quad_place(tables, taps);
    if (is_inside(p, quad)) {
        const int32_t pitch = p->in_width * p->in_channels;
        const int8_t *const left = image + quad->x[0] * p->in_channels;
        const int8_t *const right = image + quad->x[1] * p->in_channels;
        const struct eo_quad_bytes at = {{left + quad->y[0] * pitch, right + quad->y[0] * pitch,
                                          left + quad->y[1] * pitch, right + quad->y[1] * pitch}};
        for (int32_t row = 0; row < p->kernel_height; row++) {
            to = eo_quad_read(&at, row * pitch, row_taps, zero_points, to);
        }
    } else {
        const struct eo_quad_window window = eo_quad_window_of(p);
        eo_quad_gather(&window, image, quad, (int8_t *)scratch);
        const struct eo_quad_bytes at = eo_quad_gathered((const int8_t *)scratch, taps);
        (void)eo_quad_read(&at, 0, taps, zero_points, to);
    }
    eo_quad_make_tables(tables, taps, (taps + 15) / 16);
}

/* The signs of up to 16 channels. */
EO_BODY struct eo_signs signs_of(const uint16_t *codes, const uint32_t *tables, int32_t blocks, int32_t channels) {
    struct eo_signs signs = {0, 0};
    for (int32_t left = channels; left > 0; left--) {
        const uint32_t *table = tables;
        struct eo_two sum = {eo_both_lanes(*codes++), 0};
        sum.second = sum.first;
        if (EO_HAS_DSP && blocks == 2) {
            sum = eo_quad_add(&table, *codes++, sum);
            sum = eo_quad_add(&table, *codes++, sum);
        } else {
            for (const uint16_t *const end = codes + blocks; codes != end; codes++) {
                sum = eo_quad_add(&table, *codes, sum);
            }
        }
        signs = eo_collect(signs, sum);
    }
    return eo_signs_moved(signs, channels);
}

static EO_OUT_OF_LINE struct eo_signs signs_of_any(const uint16_t *codes, const uint32_t *tables, int32_t blocks,
                                                   int32_t channels) {
    /* 3 x 3 windows of three channels have 27 taps, two blocks: for them a loop without a loop in it */
    return EO_HAS_DSP && blocks == 2 ? signs_of(codes, tables, 2, channels) : signs_of(codes, tables, blocks, channels);
}

static void fire(const struct eo_binary_weight_conv2d_params *p, const void *scratch, int32_t first_channel,
                 uint32_t *bits) {
    const uint32_t *const tables = (const uint32_t *)scratch;
    const int32_t blocks = (taps_of(p) + 15) / 16, left = p->out_channels - first_channel;
    const uint16_t *const codes = p->codes + first_channel * (1 + blocks);
    struct eo_signs low = signs_of_any(codes, tables, blocks, eo_smaller(left, 16)), high = {0, 0};
    if (left > 16) {
        high = signs_of_any(codes + 16 * (1 + blocks), tables, blocks, eo_smaller(left - 16, 16));
    }
    eo_signs_unpack(low, high, bits);
}

void eo_binary_weight_conv2d(const struct eo_binary_weight_conv2d_params *p, const int8_t *in, int32_t *out,
                             void *scratch) {
    eo_binary_weight_layer(p, in, out, scratch, begin, fire);
}
