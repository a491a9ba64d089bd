#include "eo_conv2d_lanes_s8.h"

/* The window of an output pixel: where it begins in the image, and how many pixels of its row are left with it. */
struct eo_lanes_window {
    int32_t y;
    int32_t x;
    int32_t left;
};

/* The bytes of a window, row by row. */
struct eo_lanes_rows {
    const int8_t *x;
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

/* A window with what is outside of the image, one row behind the other. */
static void eo_lanes_patch(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                           const struct eo_lanes_window *window, int8_t *to) {
    const int32_t channels = p->in_channels, left = p->in_width - window->x;
    const int32_t first = window->x < 0 ? -window->x : 0, end = left < p->kernel_width ? left : p->kernel_width;
    for (int32_t y = window->y; y < window->y + p->kernel_height; y++) {
        if (y < 0 || y >= p->in_height || first >= end) {
            to = eo_lanes_fill(to, p->in_zero_point, p->kernel_width * channels);
            continue;
        }
        to = eo_lanes_fill(to, p->in_zero_point, first * channels);
        to = eo_lanes_copy(to, image + (y * p->in_width + window->x + first) * channels, (end - first) * channels);
        to = eo_lanes_fill(to, p->in_zero_point, (p->kernel_width - end) * channels);
    }
}

/* The rows of the window: those of the image where it is inside and they are whole words, or else a copy. */
static inline struct eo_lanes_rows eo_lanes_find(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                                                 const struct eo_lanes_window *window, int whole, int8_t *patch) {
    const int32_t row_bytes = p->kernel_width * p->in_channels;
    if (whole && window->y >= 0 && window->y <= p->in_height - p->kernel_height && window->x >= 0 &&
        window->x <= p->in_width - p->kernel_width) {
        const int32_t pitch = p->in_width * p->in_channels;
        const struct eo_lanes_rows rows = {image + window->y * pitch + window->x * p->in_channels, pitch};
        return rows;
    }
    eo_lanes_patch(p, image, window, patch);
    const struct eo_lanes_rows rows = {patch, row_bytes};
    return rows;
}

static inline void eo_lanes_next(const struct eo_conv2d_lanes_s8_params *p, struct eo_lanes_window *window) {
    window->x += p->stride_width;
    if (--window->left == 0) {
        window->x = -p->pad_left;
        window->y += p->stride_height;
        window->left = p->out_width;
    }
}

/* The columns of `together` windows from `window` on, which moves behind them; of 1, the same three times. */
static void eo_lanes_gather(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                            struct eo_lanes_window *window, int32_t together, uint32_t *columns) {
    const int whole = p->kernel_width * p->in_channels % 4 == 0;
    const int32_t rows = whole ? p->kernel_height : 1, words = whole ? p->words / rows : p->words;
    int8_t *patch = (int8_t *)(columns + 6 * p->words);
    struct eo_lanes_rows of[3];
    for (int32_t i = 0; i < 3; i++, patch += 4 * p->words) {
        if (i < together) {
            of[i] = eo_lanes_find(p, image, window, whole, patch);
            eo_lanes_next(p, window);
        } else {
            of[i] = of[0];
        }
    }
    for (int32_t row = 0; row < rows; row++) {
        columns = eo_lanes_columns(columns, of[0].x, of[1].x, of[2].x, words);
        for (int i = 0; i < 3; i++) {
            of[i].x += of[i].pitch;
        }
    }
}

void eo_conv2d_lanes_s8(const struct eo_conv2d_lanes_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    uint32_t *const columns = (uint32_t *)scratch;
    const int32_t pixels = p->out_height * p->out_width, together = pixels < 3 ? 1 : 3;
    const int32_t step = together == 3 ? p->out_channels : 0;
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        struct eo_lanes_window window = {-p->pad_top, -p->pad_left, p->out_width};
        for (int32_t left = pixels; left > 0;) {
            const struct eo_lanes_window start = window;
            eo_lanes_gather(p, in, &window, together, columns);
            eo_lanes_pixels(columns, p->stream, to, step, p->words, p->out_channels, p->plain);
            int32_t done = together;
            if (left == pixels && left % together != 0) {
                /* what is no multiple of three is made up for by pixels that are computed twice */
                done = left % together;
                window = start;
                for (int32_t i = 0; i < done; i++) {
                    eo_lanes_next(p, &window);
                }
            }
            to += done * p->out_channels;
            left -= done;
        }
        in += p->in_height * p->in_width * p->in_channels;
    }
    eo_clamp_all(out, p->batches * pixels * p->out_channels, p->clamp_low, p->clamp_high);
}
