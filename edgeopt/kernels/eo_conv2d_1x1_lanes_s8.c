#include "eo_conv2d_1x1_lanes_s8.h"

/* A pixel, and how many of its row are left with it. */
struct eo_lanes_walk {
    const int8_t *x;
    int32_t left;
};

static inline const int8_t *eo_lanes_step(const struct eo_conv2d_1x1_lanes_s8_params *p, struct eo_lanes_walk *walk) {
    const int8_t *const x = walk->x;
    walk->x += p->col_step;
    if (--walk->left == 0) {
        walk->x = x + p->row_step;
        walk->left = p->cols;
    }
    return x;
}

/* The pixel's own bytes: a whole number of words that starts at the last pixels would end beyond the input. */
static const int8_t *eo_lanes_copy(const int8_t *x, int32_t count, int8_t *to) {
    for (int32_t i = 0; i < count; i++) {
        to[i] = x[i];
    }
    return to;
}

void eo_conv2d_1x1_lanes_s8(const struct eo_conv2d_1x1_lanes_s8_params *p, const int8_t *in, int8_t *out,
                            void *scratch) {
    uint32_t *const columns = (uint32_t *)scratch;
    const int32_t words = (p->in_channels + 3) / 4, together = p->pixels < 3 ? 1 : 3;
    const int32_t step = together == 3 ? p->out_channels : 0;
    /* three pixels may read on beyond their bytes as long as so many are left */
    const int32_t careful = p->in_channels % 4 == 0 ? 0 : 6;
    struct eo_lanes_walk walk = {in, p->cols};
    int8_t *to = out;
    for (int32_t left = p->pixels; left > 0;) {
        const struct eo_lanes_walk start = walk;
        const int8_t *x0 = eo_lanes_step(p, &walk), *x1 = x0, *x2 = x0;
        if (together == 3) {
            x1 = eo_lanes_step(p, &walk);
            x2 = eo_lanes_step(p, &walk);
        }
        if (left < careful) {
            int8_t *const copies = (int8_t *)(columns + 6 * words);
            x0 = eo_lanes_copy(x0, p->in_channels, copies);
            x1 = eo_lanes_copy(x1, p->in_channels, copies + 4 * words);
            x2 = eo_lanes_copy(x2, p->in_channels, copies + 8 * words);
        }
        (void)eo_lanes_columns(columns, x0, x1, x2, words);
        eo_lanes_pixels(columns, p->stream, to, step, words, p->out_channels, p->plain);
        int32_t done = together;
        if (left == p->pixels && left % together != 0) {
            /* what is no multiple of three is made up for by pixels that are computed twice */
            done = left % together;
            walk = start;
            for (int32_t i = 0; i < done; i++) {
                (void)eo_lanes_step(p, &walk);
            }
        }
        to += done * p->out_channels;
        left -= done;
    }
    eo_clamp_all(out, p->pixels * p->out_channels, p->clamp_low, p->clamp_high);
}
