#include "eo_conv2d_lanes_s8.h"

/* The window of an output pixel: where it begins in the image, and how many pixels of its row are left with it. */
struct eo_lanes_window {
    int32_t y;
    int32_t x;
    int32_t left;
};

static inline void eo_lanes_copy(int8_t *to, const int8_t *from, int32_t count) {
    int32_t at = 0;
    for (; at <= count - 16; at += 16) {
        const uint32_t a = eo_load_word(from + at), b = eo_load_word(from + at + 4);
        const uint32_t c = eo_load_word(from + at + 8), d = eo_load_word(from + at + 12);
        eo_store_word(to + at, a);
        eo_store_word(to + at + 4, b);
        eo_store_word(to + at + 8, c);
        eo_store_word(to + at + 12, d);
    }
    for (; at <= count - 4; at += 4) {
        eo_store_word(to + at, eo_load_word(from + at));
    }
    for (; at < count; at++) {
        to[at] = from[at];
    }
}

/* `rows` rows of `count` bytes, from `from`, each `from_pitch` behind the one before, to `to`, `to_pitch` apart. Here
 * and below what is out of line is so because it has the registers for itself. */
static EO_OUT_OF_LINE void eo_lanes_copy_rows(int8_t *to, int32_t to_pitch, const int8_t *from, int32_t from_pitch,
                                              int32_t count, int32_t rows) {
    for (; rows > 0; rows--, to += to_pitch, from += from_pitch) {
        eo_lanes_copy(to, from, count);
    }
}

static EO_OUT_OF_LINE void eo_lanes_fill(uint32_t *to, int32_t words, int32_t value) {
    const uint32_t word = (uint32_t)(uint8_t)value * 0x01010101u;
    for (; words > 0; words--) {
        *to++ = word;
    }
}

/* value, but no less than 0 and no more than most. */
static inline int32_t eo_lanes_within(int32_t value, int32_t most) {
    return value < 0 ? 0 : (value > most ? most : value);
}

/* A window with what is outside of the image, one row behind the other. */
static EO_OUT_OF_LINE void eo_lanes_patch(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                                          const struct eo_lanes_window *window, uint32_t *patch) {
    const int32_t channels = p->in_channels, pitch = p->in_width * channels, row_bytes = p->kernel_width * channels;
    const int32_t top = eo_lanes_within(-window->y, p->kernel_height);
    const int32_t rows = eo_lanes_within(p->in_height - window->y, p->kernel_height) - top;
    const int32_t left = channels * eo_lanes_within(-window->x, p->kernel_width);
    const int32_t count = channels * eo_lanes_within(p->in_width - window->x, p->kernel_width) - left;
    if (rows < p->kernel_height || count < row_bytes) {
        eo_lanes_fill(patch, p->window_words, p->in_zero_point);
    }
    if (rows > 0 && count > 0) {
        eo_lanes_copy_rows((int8_t *)patch + top * row_bytes + left, row_bytes,
                           image + (window->y + top) * pitch + window->x * channels + left, pitch, count, rows);
    }
}

static inline void eo_lanes_next(const struct eo_conv2d_lanes_s8_params *p, struct eo_lanes_window *window,
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

/* How many threes of windows are inside of the image and in one row, from `window` on. */
static inline int32_t eo_lanes_inside(const struct eo_conv2d_lanes_s8_params *p, const struct eo_lanes_window *window) {
    const int32_t room = p->in_width - p->kernel_width - window->x;
    if (window->y < 0 || window->y > p->in_height - p->kernel_height || window->x < 0 || room < 0) {
        return 0;
    }
    const int32_t count = room / p->stride_width + 1;
    return (count < window->left ? count : window->left) / 3;
}

/* The columns of three windows with rows `pitch` bytes apart. `tails` is room for what is left of the rows behind their
 * whole words. */
static inline void eo_lanes_gather(const struct eo_conv2d_lanes_s8_params *p, const int8_t *const x[3], int32_t pitch,
                                   uint32_t *columns, uint32_t *tails) {
    const int32_t height = p->kernel_height, main_bytes = 4 * p->row_words;
    const int32_t tail = p->kernel_width * p->in_channels - main_bytes;
    if (height == 3 && main_bytes == 8 && tail == 1) { /* windows of 3x3 with three channels */
        eo_lanes_columns_3x9(columns, x[0], x[1], x[2], pitch);
        return;
    }
    if (main_bytes > 0) {
        columns = eo_lanes_columns(columns, x[0], x[1], x[2], p->row_words, pitch - main_bytes,
                                   columns + 6 * p->row_words * height);
    }
    if (tail > 0) {
        const int32_t words = p->words - p->row_words * height;
        int8_t *to = (int8_t *)tails;
        for (int i = 0; i < 3; i++) {
            for (int32_t row = 0; row < height; row++) {
                eo_lanes_copy(to + 4 * i * words + row * tail, x[i] + main_bytes + row * pitch, tail);
            }
        }
        (void)eo_lanes_columns(columns, to, to + 4 * words, to + 8 * words, words, 0, columns + 6 * words);
    }
}

/* The columns of `most` threes of windows at most; returns how many. The window moves behind them. Where there are only
 * `together` < 3 windows, the first is taken three times. */
static int32_t eo_lanes_threes(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image,
                               struct eo_lanes_window *window, int32_t together, int32_t most, uint32_t *columns,
                               uint32_t *patches) {
    const int32_t channels = p->in_channels, step = p->stride_width * channels, inside = eo_lanes_inside(p, window);
    int32_t pitch = p->in_width * channels, threes = inside < most ? inside : most;
    const int8_t *x[3];
    if (together < 3 || inside == 0) {
        for (int32_t i = 0; i < together; i++) {
            eo_lanes_patch(p, image, window, patches + i * p->window_words);
            eo_lanes_next(p, window, 1);
        }
        x[0] = (const int8_t *)patches;
        x[1] = together < 3 ? x[0] : x[0] + 4 * p->window_words;
        x[2] = together < 3 ? x[0] : x[1] + 4 * p->window_words;
        pitch = p->kernel_width * channels;
        threes = 1;
    } else {
        x[0] = image + window->y * pitch + window->x * channels;
        x[1] = x[0] + step;
        x[2] = x[1] + step;
        window->x += (3 * threes - 1) * p->stride_width;
        window->left -= 3 * threes - 1;
        eo_lanes_next(p, window, 1);
    }
    for (int32_t i = 0; i < threes; i++, columns += 6 * p->words) {
        eo_lanes_gather(p, x, pitch, columns, patches + 3 * p->window_words);
        x[0] += 3 * step;
        x[1] += 3 * step;
        x[2] += 3 * step;
    }
    return threes;
}

static int8_t *eo_lanes_image(const struct eo_conv2d_lanes_s8_params *p, const int8_t *image, int8_t *out,
                              uint32_t *columns) {
    uint32_t *const patches = columns + 6 * p->words * p->threes;
    const int32_t pixels = p->out_height * p->out_width, together = pixels < 3 ? 1 : 3;
    const int32_t step = together == 3 ? p->out_channels : 0;
    struct eo_lanes_window window = {-p->pad_top, -p->pad_left, p->out_width};
    /* what is no multiple of three is made up for by pixels that are computed twice */
    for (int32_t left = pixels, done; left > 0; left -= done, out += done * p->out_channels) {
        const int32_t rest = left % together, threes = left / together;
        const int32_t most = rest != 0 ? 1 : (threes < p->threes ? threes : p->threes);
        struct eo_lanes_window ahead = window;
        for (int32_t i = 0; i < most;) {
            i += eo_lanes_threes(p, image, &ahead, together, most - i, columns + 6 * p->words * i, patches);
        }
        eo_lanes_pixels(columns, p->stream, out, step, p->words, most, p->out_channels, p->plain);
        done = rest != 0 ? rest : together * most;
        if (rest != 0) {
            eo_lanes_next(p, &window, rest);
        } else {
            window = ahead;
        }
    }
    return out;
}

void eo_conv2d_lanes_s8(const struct eo_conv2d_lanes_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    int8_t *end = out;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        end = eo_lanes_image(p, in, end, (uint32_t *)scratch);
        in += p->in_height * p->in_width * p->in_channels;
    }
    eo_clamp_all(out, (int32_t)(end - out), p->clamp_low, p->clamp_high);
}
