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

/* Copies of the pixels, for the last ones: the end of their last word is beyond that of the input. */
static void eo_lanes_copy(const struct eo_conv2d_1x1_lanes_s8_params *p, const int8_t *x[3], int8_t *to,
                          int32_t words) {
    for (int i = 0; i < 3; i++, to += 4 * words) {
        for (int32_t channel = 0; channel < p->in_channels; channel++) {
            to[channel] = x[i][channel];
        }
        x[i] = to;
    }
}

/* How many threes of pixels to do at a time, of which `left` are left and three at least may be read beyond. */
static inline int32_t eo_lanes_threes(const struct eo_conv2d_1x1_lanes_s8_params *p, int32_t left) {
    const int32_t safe = p->in_channels % 4 == 0 ? left : left - 3;
    return safe < 6 ? 1 : (safe < 3 * p->threes ? safe / 3 : p->threes);
}

void eo_conv2d_1x1_lanes_s8(const struct eo_conv2d_1x1_lanes_s8_params *p, const int8_t *in, int8_t *out,
                            void *scratch) {
    uint32_t *const columns = (uint32_t *)scratch;
    const int32_t channels = p->in_channels, words = (channels + 3) / 4;
    const int32_t together = p->pixels < 3 ? 1 : 3, step = together == 3 ? p->out_channels : 0;
    struct eo_lanes_walk walk = {in, p->cols};
    int8_t *to = out;
    for (int32_t left = p->pixels; left > 0;) {
        /* what is no multiple of three is made up for by pixels that are computed twice */
        const int32_t rest = left % together, threes = rest != 0 ? 1 : eo_lanes_threes(p, left);
        struct eo_lanes_walk ahead = walk;
        const int8_t *x[3] = {walk.x, walk.x, walk.x};
        for (int32_t i = 0; i < together; i++) {
            x[i] = eo_lanes_step(p, &ahead);
            if (i + 1 == rest || rest == 0) {
                walk = ahead;
            }
        }
        walk.x += 3 * (threes - 1) * channels;
        if (channels % 4 != 0 && left < 6) {
            eo_lanes_copy(p, x, (int8_t *)(columns + 6 * words), words);
        }
        (void)eo_lanes_columns(columns, x[0], x[1], x[2], words, 3 * channels - 4 * words,
                               columns + 6 * words * threes);
        eo_lanes_pixels(columns, p->stream, to, step, words, threes, p->out_channels, p->plain);
        const int32_t done = rest != 0 ? rest : together * threes;
        to += done * p->out_channels;
        left -= done;
    }
    eo_clamp_all(out, p->pixels * p->out_channels, p->clamp_low, p->clamp_high);
}
