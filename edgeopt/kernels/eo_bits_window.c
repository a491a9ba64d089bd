#include "eo_bits_window.h"

void eo_bits_gather(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x, uint32_t pad,
                    uint32_t last_pad, uint32_t *to) {
    int32_t rows = p->kernel_height;
    do {
        int32_t taps = p->kernel_width, at = x;
        do {
            int32_t left = p->in_words;
            if ((uint32_t)y < (uint32_t)p->in_height && (uint32_t)at < (uint32_t)p->in_width) {
                const uint32_t *from = image + (y * p->in_width + at) * p->in_pitch;
                do {
                    *to++ = *from++;
                } while (--left > 0);
            } else {
                for (; left > 1; left--) {
                    *to++ = pad;
                }
                *to++ = last_pad;
            }
            at += p->dilation_width;
        } while (--taps > 0);
        y += p->dilation_height;
    } while (--rows > 0);
}

int eo_bits_read(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x, uint32_t *to) {
    const int32_t words = 3 * p->triples + p->singles, row_words = 3 * p->row_triples + p->row_singles;
    const int is_inside = eo_bits_is_inside(p, y, x), is_padded = !is_inside && p->pad_mask != 0;
    uint32_t pad = 0, last_pad = 0;
    if (is_inside && row_words != 0) {
        const uint32_t *from = image + (y * p->in_width + x) * p->in_pitch;
        int32_t rows = p->kernel_height;
        do {
            eo_bits_transform(from, to, p->row_triples, p->row_singles);
            from += p->dilation_height * p->in_width * p->in_pitch;
            to += row_words;
        } while (--rows > 0);
        return 0;
    }
    for (int pass = 0; pass <= is_padded; pass++) {
        eo_bits_gather(p, image, y, x, pad, last_pad, to);
        eo_bits_transform(to, to, p->triples, p->singles);
        to += words;
        pad = 0xffffffffu;
        last_pad = p->pad_mask;
    }
    return is_padded;
}
