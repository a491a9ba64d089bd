/* eo_bits_window.h -- the words of an image under a window, as the patch that eo_bits.h counts with. */
#ifndef EO_BITS_WINDOW_H
#define EO_BITS_WINDOW_H

#include "eo_bits.h"

struct eo_bits_window {
    int32_t triples; /* words under the window: eo_bits.h */
    int32_t singles;
    int32_t
        row_triples; /* a kernel row's words, where they can be transformed as they lie in the image: its taps are */
    int32_t row_singles; /* neighbours, and only the last row has words behind its triples; both 0 where they cannot */
    int32_t in_height;
    int32_t in_width;
    int32_t words; /* of a pixel, those of one group of channels */
    int32_t pitch; /* words of a pixel */
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t dilation_height;
    int32_t dilation_width;
    uint32_t pad_mask; /* with zero padding: channels of a pixel's last word; 0: what lies outside is +1 */
};

#ifdef __cplusplus
extern "C" {
#endif

/* The words under the window as they are. Those outside of the image are `pad`, a pixel's last one `last_pad`. */
void eo_bits_gather(const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x, uint32_t pad,
                    uint32_t last_pad, uint32_t *to);

/* Reads the transformed words under the window whose first tap is at (y, x), 3 * triples + singles words.
 *
 * What lies outside of the image is +1, so bits of 0. Where it is to count nothing, and there is some, the result is 1
 * and a second patch lies behind the first, with bits of 1 outside: each padded product differs in just one of them. */
int eo_bits_read(const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x, uint32_t *to);

#ifdef __cplusplus
}
#endif

/* Whether all of the window whose first tap is at (y, x) is in the image. */
static inline int eo_bits_is_inside(const struct eo_bits_window *window, int32_t y, int32_t x) {
    return y >= 0 && x >= 0 && y + (window->kernel_height - 1) * window->dilation_height < window->in_height &&
           x + (window->kernel_width - 1) * window->dilation_width < window->in_width;
}

#endif
