/* eo_binary_conv2d_layer.h -- what eo_binary_conv2d and eo_binary_conv2d_zeros are: parameters and the loops. */
#ifndef EO_BINARY_CONV2D_LAYER_H
#define EO_BINARY_CONV2D_LAYER_H

#include "eo_bits_window.h"

struct eo_binary_conv2d_layer_params {
    const uint32_t *stream;   /* [groups][group_out_channels][words, count], by 32 channels: eo_bits_fire */
    const uint32_t *any_mask; /* [ceil(groups * group_out_channels / 32)], or NULL: none */
    const uint32_t *odd;      /* bits as those of any_mask; NULL without zero padding */
    uint32_t pad_mask;        /* with zero padding the channels of a pixel's last word, else 0 */
    int32_t triples;          /* words of a window: 3 * triples + singles, see eo_bits.h */
    int32_t singles;
    int32_t row_triples; /* of a kernel row: eo_bits_window.h */
    int32_t row_singles;
    int32_t batches;
    int32_t groups;
    int32_t in_height;
    int32_t in_width;
    int32_t group_words; /* of a pixel */
    int32_t out_height;  /* after pooling */
    int32_t out_width;
    int32_t group_out_channels; /* a multiple of 32 where there are several groups */
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t pool_height;
    int32_t pool_width;
};

/* One group of channels at work. */
struct eo_binary_group {
    const struct eo_binary_conv2d_layer_params *p;
    const struct eo_bits_window *window;
    const uint32_t *image; /* the group's first word */
    const uint32_t *stream;
    int32_t first_word; /* in a pixel of the output */
    uint32_t *scratch;
};

/* eo_bits_fire where padding counts nothing, with two patches: see eo_bits_window.h. */
static inline uint32_t eo_binary_fire_padded(const uint32_t *stream, const struct eo_bits_patch *patch,
                                             int32_t channels, uint32_t odd) {
    const int32_t words = 3 * patch->triples + patch->singles;
    const struct eo_bits_patch other = {patch->words + words, patch->triples, patch->singles};
    uint32_t counts[64], bits = 0;
    eo_bits_count(stream, patch, channels, 1, counts);
    eo_bits_count(stream, &other, channels, 1, counts + 32);
    for (int32_t i = 0; i < channels; i++, stream += words + 1) {
        const uint32_t d = counts[i] + counts[32 + i];
        bits = 2 * bits + (d + ((odd >> (channels - 1 - i)) & 1u) >= 2 * stream[words]);
    }
    return bits;
}

/* The bits of the convolution's pixel whose first tap is at (y, x), into `out`, or pooled with what is there. */
static inline void eo_binary_fire_pixel(const struct eo_binary_group *group, int32_t y, int32_t x, int is_first,
                                        uint32_t *out, int zeros) {
    const struct eo_binary_conv2d_layer_params *const p = group->p;
    const struct eo_bits_patch patch = {group->scratch, p->triples, p->singles};
    const int is_padded = eo_bits_read(group->window, group->image, y, x, group->scratch) && zeros;
    const uint32_t *stream = group->stream;
    int32_t word = group->first_word;
    for (int32_t left = p->group_out_channels; left > 0; left -= 32, word++) {
        const int32_t channels = left < 32 ? left : 32;
        uint32_t bits = is_padded ? eo_binary_fire_padded(stream, &patch, channels, p->odd[word])
                                  : eo_bits_fire(stream, &patch, channels);
        if (!is_first) {
            const uint32_t any = p->any_mask == NULL ? 0 : p->any_mask[word];
            bits = (out[word] & bits) | (any & (out[word] | bits));
        }
        out[word] = bits;
        stream += channels * (3 * p->triples + p->singles + 1);
    }
}

/* The bits of the output's pixel (y, x). */
static inline void eo_binary_pool_pixel(const struct eo_binary_group *group, int32_t y, int32_t x, uint32_t *out,
                                        int zeros) {
    const struct eo_binary_conv2d_layer_params *const p = group->p;
    for (int32_t row = 0; row < p->pool_height; row++) {
        const int32_t top = (y * p->pool_height + row) * p->stride_height - p->pad_top;
        for (int32_t col = 0; col < p->pool_width; col++) {
            const int32_t left = (x * p->pool_width + col) * p->stride_width - p->pad_left;
            eo_binary_fire_pixel(group, top, left, (row | col) == 0, out, zeros);
        }
    }
}

/* `zeros`: whether there may be zero padding. */
EO_BODY void eo_binary_conv2d_layer(const struct eo_binary_conv2d_layer_params *p, const int32_t *in, int32_t *out,
                                    void *scratch, int zeros) {
    const int32_t pitch = p->group_words * p->groups;
    const struct eo_bits_window window = {p->triples,       p->singles,      p->row_triples,     p->row_singles,
                                          p->in_height,     p->in_width,     p->group_words,     pitch,
                                          p->kernel_height, p->kernel_width, p->dilation_height, p->dilation_width,
                                          p->pad_mask};
    const int32_t group_stream = p->group_out_channels * (3 * p->triples + p->singles + 1);
    const int32_t group_out_words = (p->group_out_channels + 31) / 32;
    const uint32_t *image = (const uint32_t *)in;
    uint32_t *pixel = (uint32_t *)out;
    for (int32_t batch = 0; batch < p->batches; batch++, image += p->in_height * p->in_width * pitch) {
        for (int32_t y = 0; y < p->out_height; y++) {
            for (int32_t x = 0; x < p->out_width; x++, pixel += group_out_words * p->groups) {
                struct eo_binary_group group = {p, &window, image, p->stream, 0, (uint32_t *)scratch};
                for (int32_t i = 0; i < p->groups; i++) {
                    eo_binary_pool_pixel(&group, y, x, pixel, zeros);
                    group.image += p->group_words;
                    group.stream += group_stream;
                    group.first_word += group_out_words;
                }
            }
        }
    }
}

#endif
