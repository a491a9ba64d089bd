/* eo_bits_window.h -- binary convolutions of one image and one group of channels: parameters, and how windows are read.
 *
 * Extents and counts are 1 or more. What lies outside of the image is +1, so bits of 0; with `pad_mask` it is 0. */
#ifndef EO_BITS_WINDOW_H
#define EO_BITS_WINDOW_H

#include "eo_bits.h"

struct eo_bits_window_params {
    const uint32_t *stream;   /* [out_channels][words, ...]: weights and what the kernel says */
    const int32_t *scale;     /* [5] d_low, d_high, shift, low, high: eo_bits_scale.h; NULL where bits come out */
    const uint32_t *any_mask; /* [ceil(out_channels / 32)] channels whose pools are an OR, or NULL: none */
    const uint32_t *odd;      /* as any_mask, of eo_binary_conv2d_zeros: channels whose least d is odd; else NULL */
    uint32_t pad_mask;        /* with zero padding the channels of a group's last word in a pixel, else 0 */
    int32_t triples;          /* words under the window: 3 * triples + singles, see eo_bits.h */
    int32_t singles;
    int32_t row_triples; /* the same for a row of it, if that lies in the image as it can be transformed: its taps */
    int32_t row_singles; /* together, triples complete but in the last row; both 0 where not */
    int32_t in_first;    /* words of the input before the image and the group */
    int32_t in_height;
    int32_t in_width;
    int32_t in_pitch;   /* words from pixel to pixel */
    int32_t in_words;   /* of a pixel, those of the group */
    int32_t out_first;  /* words or numbers of the output before the image and the group */
    int32_t out_height; /* after pooling */
    int32_t out_width;
    int32_t out_pitch; /* words or numbers from pixel to pixel */
    int32_t out_channels;
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

#ifdef __cplusplus
extern "C" {
#endif

/* The words under the window whose first tap is at (y, x), as they are. Those outside of the image are `pad`, a tap's
 * last one `last_pad`. `image` is the group's first word. */
void eo_bits_gather(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x, uint32_t pad,
                    uint32_t last_pad, uint32_t *to);

/* These words, transformed. Where padding counts nothing, and there is some, the result is 1 and a second patch lies
 * behind the first, with bits of 1 outside: each padded product differs in just one of the two. */
int eo_bits_read(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x, uint32_t *to);

#ifdef __cplusplus
}
#endif

/* Whether all of the window whose first tap is at (y, x) is in the image. */
static inline int eo_bits_is_inside(const struct eo_bits_window_params *p, int32_t y, int32_t x) {
    return y >= 0 && x >= 0 && y + (p->kernel_height - 1) * p->dilation_height < p->in_height &&
           x + (p->kernel_width - 1) * p->dilation_width < p->in_width;
}

#endif
