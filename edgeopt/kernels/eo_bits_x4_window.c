#include "eo_bits_x4_window.h"

int eo_bits_x4_read(const struct eo_bits_window *window, const uint32_t *image, int32_t y, int32_t x, uint32_t *to) {
    const int32_t triples = window->triples, singles = window->singles;
    const int inside = eo_bits_is_inside(window, y, x);
    if (inside && (window->row_triples | window->row_singles) != 0) {
        const int32_t row_words = 3 * window->row_triples + window->row_singles;
        const uint32_t *from = image + (y * window->in_width + x) * window->pitch;
        for (int32_t row = window->kernel_height; row > 0; row--, to += 4 * row_words) {
            eo_bits_x4_transform(from, to, window->row_triples, window->row_singles);
            from += window->dilation_height * window->in_width * window->pitch;
        }
        return 0;
    }
    const int count = !inside && window->pad_mask != 0 ? 2 : 1;
    uint32_t pad = 0, last_pad = 0;
    for (int i = 0; i < count; i++, to += 4 * (3 * triples + singles)) {
        eo_bits_gather(window, image, y, x, pad, last_pad, to);
        eo_bits_x4_transform(to, to, triples, singles);
        pad = 0xffffffffu;
        last_pad = window->pad_mask;
    }
    return count - 1;
}
