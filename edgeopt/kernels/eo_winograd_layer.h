/* eo_winograd_layer.h -- the loops of the Winograd convolutions: rows of tiles, tiles, groups of four. */
#ifndef EO_WINOGRAD_LAYER_H
#define EO_WINOGRAD_LAYER_H

#include "eo_requant.h"
#include "eo_winograd.h"

#define EO_WINOGRAD_MOST_LINES 6

struct eo_winograd_layer_params {
    const uint32_t *stream; /* eo_winograd.h */
    int32_t requant;        /* EO_WINOGRAD_PLAIN.. */
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels; /* 4 at least */
    int32_t out_height;
    int32_t out_width;
    int32_t out_channels; /* 2 at least */
    int32_t pad_top;
    int32_t pad_left;
    int32_t in_zero_point;
    int32_t clamp_low; /* -128..127 */
    int32_t clamp_high;
};

/* What tiles of one size need. A tile has size x size outputs, from lines x lines inputs, lines = size + 2. The words
 * of one pair and one column, as many as there are lines, are neighbours (`together`), or `stride` words apart. */
struct eo_winograd_form {
    int32_t size;
    int32_t together;
    /* The transform down the columns, of `words` words from `at` on of each row: [words][2] by lines. */
    void (*columns)(const int8_t *const *rows, int32_t at, uint32_t *lines, int32_t stride, int32_t words);
    /* The transform along the lines, [columns][in_pairs] by lines, of one tile: tiles[positions][in_pairs]
     * [EO_WINOGRAD_TILES], of which `tiles` is the first word of this tile. */
    void (*tile)(const uint32_t *lines, uint32_t *tiles, int32_t stride, int32_t in_pairs);
    /* All output channels of four tiles. */
    void (*group)(const struct eo_winograd_group *group);
};

struct eo_winograd_work {
    struct eo_winograd_group group;
    const struct eo_winograd_form *form;
    const struct eo_winograd_layer_params *layer;
    uint32_t *tiles;
    uint32_t *lines; /* of all columns */
    int8_t *outside; /* a row of the input's zero point */
    int32_t stride;
    int32_t column; /* words from a column to the next */
    int32_t count;  /* of tiles in the group */
};

static inline struct eo_winograd_work eo_winograd_start(const struct eo_winograd_form *form,
                                                        const struct eo_winograd_layer_params *p, void *scratch) {
    struct eo_winograd_work work;
    struct eo_winograd_group *const group = &work.group;
    const int32_t lines = form->size + 2, positions = lines * lines;
    const size_t beyond = (size_t)(uintptr_t)scratch % EO_WINOGRAD_ALIGN;
    group->sums = (int32_t *)scratch + (EO_WINOGRAD_ALIGN - beyond) % EO_WINOGRAD_ALIGN / sizeof(int32_t);
    group->sums_end = group->sums + 2 * EO_WINOGRAD_TILES * positions;
    group->stream = p->stream;
    group->in_pairs = (p->in_channels + 3) / 4 * 2;
    group->out_pairs = p->out_channels / 2;
    group->pixel = p->out_channels;
    group->row = p->out_width * p->out_channels;
    group->requant = p->requant;
    work.form = form;
    work.layer = p;
    work.tiles = (uint32_t *)group->sums_end;
    group->tiles = work.tiles;
    work.lines = work.tiles + positions * EO_WINOGRAD_TILES * group->in_pairs;
    work.stride = (p->out_width + 2) * group->in_pairs;
    work.column = group->in_pairs * (form->together ? lines : 1);
    work.outside = (int8_t *)(work.lines + lines * work.stride);
    work.count = 0;
    return work;
}

/* The transform down `count` columns from column x of the lines on; every row begins at `at`. */
static inline void eo_winograd_columns(const struct eo_winograd_work *work, const int8_t *const *rows, int32_t at,
                                       int32_t x, int32_t count) {
    const int32_t pairs = work->group.in_pairs, channels = work->layer->in_channels, column = work->column;
    uint32_t *lines = work->lines + x * column;
    if (channels % 4 == 0) {
        work->form->columns(rows, at, lines, work->stride, count * pairs / 2);
        return;
    }
    for (; count > 0; count--, at += channels, lines += column) {
        work->form->columns(rows, at, lines, work->stride, channels / 4);
        /* the last four channels; of those that were there before the weights are 0 */
        work->form->columns(rows, at + channels - 4, lines + column / pairs * (pairs - 2), work->stride, 1);
    }
}

/* What is outside of the image, rows and columns, once for all rows of tiles. */
static inline void eo_winograd_fill_outside(const struct eo_winograd_work *work) {
    const struct eo_winograd_layer_params *const p = work->layer;
    const int32_t right = p->pad_left + p->in_width, columns = p->out_width + 2;
    if (p->pad_top > 0 || p->pad_left > 0 || right < columns || p->out_height + 2 - p->pad_top > p->in_height) {
        const int8_t *rows[EO_WINOGRAD_MOST_LINES];
        for (int i = 0; i < EO_WINOGRAD_MOST_LINES; i++) {
            rows[i] = work->outside;
        }
        __builtin_memset(work->outside, (int)p->in_zero_point, (size_t)(p->in_width * p->in_channels));
        for (int32_t x = 0; x < columns; x++) {
            if (x < p->pad_left || x >= right) {
                eo_winograd_columns(work, rows, 0, x, 1);
            }
        }
    }
}

/* The lines of the tiles whose first output row is y. */
static inline void eo_winograd_row(const struct eo_winograd_work *work, const int8_t *in, int32_t y) {
    const struct eo_winograd_layer_params *const p = work->layer;
    const int8_t *rows[EO_WINOGRAD_MOST_LINES];
    for (int32_t i = 0; i < work->form->size + 2; i++) {
        const int32_t at = y + i - p->pad_top;
        rows[i] = at >= 0 && at < p->in_height ? in + at * p->in_width * p->in_channels : work->outside;
    }
    eo_winograd_columns(work, rows, 0, p->pad_left, p->in_width);
}

/* All output channels of the group; the last pair overlaps the one before where their number is odd. */
static inline void eo_winograd_finish_group(struct eo_winograd_work *work) {
    struct eo_winograd_group group = work->group;
    work->form->group(&group);
    if (group.pixel % 2) {
        const int32_t lines = work->form->size + 2;
        group.stream += group.out_pairs * (2 + 2 * lines * lines * group.in_pairs + 8);
        group.out_pairs = 1;
        for (int i = 0; i < EO_WINOGRAD_TILES; i++) {
            group.out[i] += group.pixel - 2;
        }
        work->form->group(&group);
    }
    work->count = 0;
}

/* Takes in the tile of column x, whose first output is `out`; computes the group when it is full. */
static inline void eo_winograd_add_tile(struct eo_winograd_work *work, int32_t x, int8_t *out) {
    work->form->tile(work->lines + x * work->column, work->tiles + work->count, work->stride, work->group.in_pairs);
    work->group.out[work->count++] = out;
    if (work->count == EO_WINOGRAD_TILES) {
        eo_winograd_finish_group(work);
    }
}

/* The tile that begins at `next`, or that overlaps the one before where there is no room for it. */
static inline int32_t eo_winograd_place(int32_t next, int32_t size, int32_t all) {
    return next + size <= all ? next : all - size;
}

static inline void eo_winograd_layer(const struct eo_winograd_form *form, const struct eo_winograd_layer_params *p,
                                     const int8_t *in, int8_t *out, void *scratch) {
    struct eo_winograd_work work = eo_winograd_start(form, p, scratch);
    const int32_t row = p->out_width * p->out_channels, last = p->out_width - form->size;
    int8_t *image = out, *to = out;
    eo_winograd_fill_outside(&work);
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t next_y = 0; next_y < p->out_height; next_y += form->size) {
            const int32_t y = eo_winograd_place(next_y, form->size, p->out_height);
            eo_winograd_row(&work, in, y);
            for (int32_t next_x = 0; next_x < p->out_width; next_x += form->size) {
                const int32_t x = eo_winograd_place(next_x, form->size, p->out_width);
                to = image + y * row + x * p->out_channels;
                eo_winograd_add_tile(&work, x, to);
            }
        }
        in += p->in_height * p->in_width * p->in_channels;
        image += p->out_height * row;
    }
    while (work.count > 0) {
        eo_winograd_add_tile(&work, last, to); /* the last one fills the group */
    }
    eo_clamp_all(out, p->batches * p->out_height * row, p->clamp_low, p->clamp_high);
}

#endif
