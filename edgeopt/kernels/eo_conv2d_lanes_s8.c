#include "eo_conv2d_lanes_s8.h"

/* The window of an output pixel: where it begins in the image, and how many pixels of its row are left with it. */
struct eo_lanes_window {
    int32_t y;
    int32_t x;
    int32_t left;
};

/* Three windows, whose rows are `pitch` bytes apart. */
struct eo_lanes_three {
    const int8_t *x[3];
    int32_t pitch;
};

static int8_t *eo_lanes_copy(int8_t *to, const int8_t *from, int32_t count) {
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        eo_store_word(to, eo_load_word(from));
    }
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}

static int8_t *eo_lanes_fill(int8_t *to, int32_t value, int32_t count) {
    for (; count >= 4; count -= 4, to += 4) {
        eo_store_word(to, (uint32_t)(uint8_t)value * 0x01010101u);
    }
    for (; count > 0; count--) {
        *to++ = (int8_t)value;
    }
    return to;
}

/* value, but no less than 0 and no more than most. */
static inline int32_t eo_lanes_within(int32_t value, int32_t most) {
    return value < 0 ? 0 : (value > most ? most : value);
}

/* A window with what is outside of the image, one row behind the other. */
static void eo_lanes_patch(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                           const struct eo_lanes_window *window, int8_t *to) {
    const int32_t channels = p->in_channels, pitch = p->in_width * channels, row_bytes = p->kernel_width * channels;
    const int32_t top = eo_lanes_within(-window->y, p->kernel_height);
    const int32_t bottom = eo_lanes_within(p->in_height - window->y, p->kernel_height);
    const int32_t left = channels * eo_lanes_within(-window->x, p->kernel_width);
    const int32_t right = channels * eo_lanes_within(p->in_width - window->x, p->kernel_width);
    if (top >= bottom || left >= right) {
        (void)eo_lanes_fill(to, p->in_zero_point, p->kernel_height * row_bytes);
        return;
    }
    const int8_t *from = image + (window->y + top) * pitch + window->x * channels + left;
    to = eo_lanes_fill(to, p->in_zero_point, top * row_bytes);
    for (int32_t row = top; row < bottom; row++, from += pitch) {
        to = eo_lanes_fill(to, p->in_zero_point, left);
        to = eo_lanes_copy(to, from, right - left);
        to = eo_lanes_fill(to, p->in_zero_point, row_bytes - right);
    }
    (void)eo_lanes_fill(to, p->in_zero_point, (p->kernel_height - bottom) * row_bytes);
}

static inline void eo_lanes_skip(const struct eo_conv2d_lanes_s8_params *p, struct eo_lanes_window *window,
                                 int32_t count) {
    for (; count > 0; count--) {
        window->x += p->stride_width;
        if (--window->left == 0) {
            window->x = -p->pad_left;
            window->y += p->stride_height;
            window->left = p->out_width;
        }
    }
}

/* The three windows from `window` on: in the image where all are inside, in one row; or else copies. */
static inline struct eo_lanes_three eo_lanes_find(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                                                  struct eo_lanes_window window, int32_t together, int8_t *patch) {
    const int32_t step = p->stride_width * p->in_channels, pitch = p->in_width * p->in_channels;
    if (window.left >= 3 && window.y >= 0 && window.y <= p->in_height - p->kernel_height && window.x >= 0 &&
        window.x + 2 * p->stride_width <= p->in_width - p->kernel_width) {
        const int8_t *const x = image + window.y * pitch + window.x * p->in_channels;
        const struct eo_lanes_three inside = {{x, x + step, x + 2 * step}, pitch};
        return inside;
    }
    struct eo_lanes_three copies = {{patch, patch, patch}, p->kernel_width * p->in_channels};
    for (int32_t i = 0; i < together; i++, patch += 4 * p->window_words) {
        copies.x[i] = patch;
        eo_lanes_patch(p, image, &window, patch);
        eo_lanes_skip(p, &window, 1);
    }
    return copies;
}

/* The byte of each of three rows in one word. */
static inline uint32_t eo_lanes_tail(const int8_t *x, int32_t pitch) {
    return (uint32_t)(uint8_t)x[0] | (uint32_t)(uint8_t)x[pitch] << 8 | (uint32_t)(uint8_t)x[2 * pitch] << 16;
}

/* What is left of the rows of three windows behind their whole words, one behind the other. */
static inline void eo_lanes_tails(const struct eo_conv2d_lanes_s8_params *p, const struct eo_lanes_three *of,
                                  int32_t count, uint32_t *to, int32_t words) {
    const int32_t main_bytes = 4 * p->row_words;
    for (int i = 0; i < 3; i++, to += words) {
        const int8_t *from = of->x[i] + main_bytes;
        if (count == 1 && p->kernel_height == 3) { /* as three input channels have it */
            to[0] = eo_lanes_tail(from, of->pitch);
            continue;
        }
        int8_t *bytes = (int8_t *)to;
        for (int32_t row = 0; row < p->kernel_height; row++, from += of->pitch) {
            bytes = eo_lanes_copy(bytes, from, count);
        }
    }
}

/* Their columns. */
static inline void eo_lanes_gather(const struct eo_conv2d_lanes_s8_params *p, const struct eo_lanes_three *of,
                                   uint32_t *columns, uint32_t *tails) {
    const int32_t main_bytes = 4 * p->row_words, tail = p->kernel_width * p->in_channels - main_bytes;
    const int32_t words = p->words - p->row_words * p->kernel_height;
    const int8_t *const x = (const int8_t *)tails;
    if (main_bytes > 0) {
        columns = eo_lanes_columns(columns, of->x[0], of->x[1], of->x[2], p->row_words, of->pitch - main_bytes,
                                   columns + 6 * p->row_words * p->kernel_height);
    }
    if (tail > 0) {
        eo_lanes_tails(p, of, tail, tails, words);
        (void)eo_lanes_columns(columns, x, x + 4 * words, x + 8 * words, words, 0, columns + 6 * words);
    }
}

void eo_conv2d_lanes_s8(const struct eo_conv2d_lanes_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    uint32_t *const columns = (uint32_t *)scratch, *const patches = columns + 6 * p->words * p->threes;
    const int32_t pixels = p->out_height * p->out_width, together = pixels < 3 ? 1 : 3;
    const int32_t step = together == 3 ? p->out_channels : 0;
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        struct eo_lanes_window window = {-p->pad_top, -p->pad_left, p->out_width};
        for (int32_t left = pixels; left > 0;) {
            int32_t threes = 0, done = 0;
            do {
                const struct eo_lanes_three windows = eo_lanes_find(p, in, window, together, (int8_t *)patches);
                eo_lanes_gather(p, &windows, columns + 6 * p->words * threes++, patches + 3 * p->window_words);
                /* what is no multiple of three is made up for by pixels that are computed twice */
                const int32_t rest = left % together, count = rest != 0 ? rest : together;
                eo_lanes_skip(p, &window, count);
                done += count;
                left -= count;
            } while (threes < p->threes && done == 3 * threes && left > 0);
            eo_lanes_pixels(columns, p->stream, to, step, p->words, threes, p->out_channels, p->plain);
            to += done * p->out_channels;
        }
        in += p->in_height * p->in_width * p->in_channels;
    }
    eo_clamp_all(out, p->batches * pixels * p->out_channels, p->clamp_low, p->clamp_high);
}
