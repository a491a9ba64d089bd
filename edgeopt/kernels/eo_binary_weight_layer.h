/* eo_binary_weight_layer.h -- the kernels that make bits of 8-bit data and weights of a bit: parameters, and the loop
 * over quads of pixels. */
#ifndef EO_BINARY_WEIGHT_LAYER_H
#define EO_BINARY_WEIGHT_LAYER_H

#include "eo_quad_signs.h"

struct eo_binary_weight_layer_params {
    const uint16_t *codes;     /* weights, as the kernel's header says */
    const int32_t *thresholds; /* [out_channels], or NULL: they are among the weights */
    const uint32_t *any_mask;  /* [ceil(out_channels / 32)] channels with OR for AND, or NULL: none */
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t in_zero_point;
    int32_t out_height; /* after pooling */
    int32_t out_width;
    int32_t out_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t pool_height; /* of the AND over pixels; 1 and 1: none */
    int32_t pool_width;
};

/* What differs between the kernels: reading of a quad of pixels, and then the bits of up to 32 channels of the four. */
typedef void eo_quad_begin(const struct eo_binary_weight_layer_params *p, const int8_t *image,
                           const struct eo_quad *quad, void *scratch);
typedef void eo_quad_fire(const struct eo_binary_weight_layer_params *p, const void *scratch, int32_t first_channel,
                          uint32_t *bits);

static inline struct eo_quad_window eo_quad_window_of(const struct eo_binary_weight_layer_params *p) {
    const struct eo_quad_window window = {
        p->in_height,     p->in_width,     p->in_channels,     p->in_channels / p->groups,
        p->kernel_height, p->kernel_width, p->dilation_height, p->dilation_width,
        p->in_zero_point};
    return window;
}

/* Bits of four pixels. Pooled: they are added to the one output `out`, or begin it; else the four outputs from `out` on
 * are `right` and `below` words apart. */
static inline void eo_quad_put(const uint32_t *bits, int pooled, int begin, int32_t *out, int32_t right,
                               int32_t below) {
    if (pooled) {
        const uint32_t all = bits[0] & bits[1] & bits[2] & bits[3];
        *out = (int32_t)(begin ? all : all & (uint32_t)*out);
    } else {
        out[0] = (int32_t)bits[0];
        out[right] = (int32_t)bits[1];
        out[below] = (int32_t)bits[2];
        out[below + right] = (int32_t)bits[3];
    }
}

/* One image. A cell is what one word of output needs, the pixels of a pool, or else two by two pixels; where a quad
 * does not fit into it, pixels stand in it twice. */
EO_BODY void eo_binary_weight_image(const struct eo_binary_weight_layer_params *p, const int8_t *image, int32_t *out,
                                    void *scratch, eo_quad_begin *begin, eo_quad_fire *fire) {
    const int pooled = p->pool_height != 1 || p->pool_width != 1;
    const int32_t height = p->out_height * p->pool_height, width = p->out_width * p->pool_width;
    const int32_t cell_height = pooled ? p->pool_height : 2, cell_width = pooled ? p->pool_width : 2;
    const int32_t words = (p->out_channels + 31) / 32;
    for (int32_t top = 0; top < height; top += cell_height) {
        const int32_t bottom = eo_smaller(top + cell_height, height) - 1;
        for (int32_t left = 0; left < width; left += cell_width) {
            const int32_t end = eo_smaller(left + cell_width, width) - 1;
            for (int32_t y = top; y <= bottom; y += 2) {
                for (int32_t x = left; x <= end; x += 2) {
                    const int32_t down = y < bottom, right = x < end;
                    const int32_t first_y = y * p->stride_height - p->pad_top;
                    const int32_t first_x = x * p->stride_width - p->pad_left;
                    const struct eo_quad quad = {{first_y, first_y + down * p->stride_height},
                                                 {first_x, first_x + right * p->stride_width}};
                    begin(p, image, &quad, scratch);
                    for (int32_t word = 0; word < words; word++) {
                        uint32_t bits[4];
                        fire(p, scratch, 32 * word, bits);
                        eo_quad_put(bits, pooled, y == top && x == left, out + word, right * words,
                                    down * p->out_width * words);
                    }
                }
            }
            for (int32_t word = 0; pooled && p->any_mask != NULL && word < words; word++) {
                out[word] = (int32_t)((uint32_t)out[word] ^ p->any_mask[word]);
            }
            out += pooled ? words : (end - left + 1) * words;
        }
        out += pooled ? 0 : (bottom - top) * p->out_width * words;
    }
}

EO_BODY void eo_binary_weight_layer(const struct eo_binary_weight_layer_params *p, const int8_t *in, int32_t *out,
                                    void *scratch, eo_quad_begin *begin, eo_quad_fire *fire) {
    for (int32_t batch = 0; batch < p->batches; batch++) {
        eo_binary_weight_image(p, in, out, scratch, begin, fire);
        in += p->in_height * p->in_width * p->in_channels;
        out += p->out_height * p->out_width * ((p->out_channels + 31) / 32);
    }
}

#endif
