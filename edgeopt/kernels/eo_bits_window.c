#include "eo_bits_window.h"

void eo_bits_gather(const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x, uint32_t pad,
                    uint32_t last_pad, uint32_t *to) {
    for (int32_t row = window->kernel_height; row > 0; row--, y += window->dilation_height) {
        int32_t at = x;
        for (int32_t tap = window->kernel_width; tap > 0; tap--, at += window->dilation_width) {
            int32_t left = window->words;
            if ((uint32_t)y < (uint32_t)window->in_height && (uint32_t)at < (uint32_t)window->in_width) {
                const uint32_t *from = image + (y * window->in_width + at) * window->pitch;
                for (; left > 0; left--) {
                    *to++ = *from++;
                }
            } else {
                for (; left > 1; left--) {
                    *to++ = pad;
                }
                *to++ = last_pad;
            }
        }
    }
}

int eo_bits_read(const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x, uint32_t *to) {
    const int32_t triples = window->triples, singles = window->singles;
    const int inside = eo_bits_is_inside(window, y, x);
    if (inside && (window->row_triples | window->row_singles) != 0) {
        const int32_t row_words = 3 * window->row_triples + window->row_singles;
        const uint32_t *from = image + (y * window->in_width + x) * window->pitch;
        for (int32_t row = window->kernel_height; row > 0; row--, to += row_words) {
            eo_bits_transform(from, to, window->row_triples, window->row_singles);
            from += window->dilation_height * window->in_width * window->pitch;
        }
        return 0;
    }
    const int count = !inside && window->pad_mask != 0 ? 2 : 1;
    uint32_t pad = 0, last_pad = 0;
    for (int i = 0; i < count; i++, to += 3 * triples + singles) {
        eo_bits_gather(window, image, y, x, pad, last_pad, to);
        eo_bits_transform(to, to, triples, singles);
        pad = 0xffffffffu;
        last_pad = window->pad_mask;
    }
    return count - 1;
}
