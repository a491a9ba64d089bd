#include "eo_bits_x4_window.h"

int eo_bits_x4_read(const struct eo_bits_window_params *p, const uint32_t *image, int32_t y, int32_t x, uint32_t *to) {
    const int32_t triples = p->triples, singles = p->singles;
    const int inside = eo_bits_is_inside(p, y, x);
    if (inside && (p->row_triples | p->row_singles) != 0) {
        const uint32_t *const first = image + (y * p->in_width + x) * p->in_pitch;
        eo_bits_x4_transform(first, to, p->row_triples, p->row_singles, p->kernel_height,
                             p->dilation_height * p->in_width * p->in_pitch);
        return 0;
    }
    const int count = !inside && p->pad_mask != 0 ? 2 : 1;
    uint32_t pad = 0, last_pad = 0;
    for (int i = 0; i < count; i++, to += 4 * (3 * triples + singles)) {
        eo_bits_gather(p, image, y, x, pad, last_pad, to);
        eo_bits_x4_transform(to, to, triples, singles, 1, 0);
        pad = 0xffffffffu;
        last_pad = p->pad_mask;
    }
    return count - 1;
}
