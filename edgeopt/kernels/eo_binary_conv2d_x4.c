#include "eo_binary_conv2d_x4.h"

/* One group of channels of an image. */
struct eo_binary_x4 {
    const struct eo_binary_conv2d_x4_params *p;
    const struct eo_bits_window *window;
    const uint32_t *image;    /* the group's first word */
    const uint32_t *first;    /* in the stream, followed by the weights */
    const uint32_t *any_mask; /* or NULL */
    uint32_t *sums;
    uint32_t *patches;
};

/* The bits of the convolution's pixel whose first tap is at (y, x), into `out`, or pooled with what is there. */
static inline void eo_binary_fire_x4(const struct eo_binary_x4 *group, int32_t y, int32_t x, int is_first,
                                     uint32_t *out) {
    const struct eo_binary_conv2d_x4_params *const p = group->p;
    const int32_t vectors = (p->group_out_channels + 3) / 4;
    struct eo_bits_patch patch = {group->patches, p->triples, p->singles};
    const uint32_t *sums = group->sums, *const weights = group->first + 4 * vectors, *any = group->any_mask;
    if (eo_bits_x4_read(group->window, group->image, y, x, group->patches)) {
        eo_bits_x4_sum(weights, &patch, vectors, -1, group->first, group->sums);
        patch.words += 4 * (3 * p->triples + p->singles);
        eo_bits_x4_sum(weights, &patch, vectors, -1, group->sums, group->sums);
    } else {
        eo_bits_x4_sum(weights, &patch, vectors, -2, group->first, group->sums);
    }
    for (int32_t left = vectors; left > 0; left -= 8, sums += 32, out++) {
        uint32_t bits = eo_bits_x4_signs(sums, left < 8 ? left : 8);
        if (!is_first) {
            const uint32_t either = *out | bits;
            bits = (*out & bits) | (any == NULL ? 0 : *any++ & either);
        }
        *out = bits;
    }
}

/* All pixels; `out` is the group's first word. */
static inline void eo_binary_convolve_x4(const struct eo_binary_x4 *group, uint32_t *out) {
    const struct eo_binary_conv2d_x4_params *const p = group->p;
    const int32_t out_words = (p->group_out_channels + 31) / 32 * p->groups;
    int32_t top = -p->pad_top;
    for (int32_t i = p->out_height; i > 0; i--, top += p->pool_height * p->stride_height) {
        int32_t left = -p->pad_left;
        for (int32_t j = p->out_width; j > 0; j--, left += p->pool_width * p->stride_width, out += out_words) {
            for (int32_t row = 0; row < p->pool_height; row++) {
                for (int32_t col = 0; col < p->pool_width; col++) {
                    eo_binary_fire_x4(group, top + row * p->stride_height, left + col * p->stride_width,
                                      (row | col) == 0, out);
                }
            }
        }
    }
}

void eo_binary_conv2d_x4(const struct eo_binary_conv2d_x4_params *p, const int32_t *in, int32_t *out, void *scratch) {
    const int32_t pitch = p->group_words * p->groups, words = 3 * p->triples + p->singles;
    const int32_t vectors = (p->group_out_channels + 3) / 4, out_words = (vectors + 7) / 8;
    const struct eo_bits_window window = {p->triples,       p->singles,      p->row_triples,     p->row_singles,
                                          p->in_height,     p->in_width,     p->group_words,     pitch,
                                          p->kernel_height, p->kernel_width, p->dilation_height, p->dilation_width,
                                          p->pad_mask};
    uint32_t *const sums = (uint32_t *)scratch;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        struct eo_binary_x4 group = {p,           &window, (const uint32_t *)in, p->stream,
                                     p->any_mask, sums,    sums + 4 * vectors};
        group.image += batch * p->in_height * p->in_width * pitch;
        for (int32_t i = 0; i < p->groups; i++) {
            eo_binary_convolve_x4(&group, (uint32_t *)out + i * out_words);
            group.image += p->group_words;
            group.first += 4 * vectors * (words + 1);
            group.any_mask = p->any_mask == NULL ? NULL : group.any_mask + out_words;
        }
        out += p->out_height * p->out_width * p->groups * out_words;
    }
}
