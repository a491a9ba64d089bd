#include "eo_depthwise_conv2d_3x3_s8.h"
#include "eo_depthwise_3x3.h"

/* Bytes of a row of scratch. */
#define ROW_BYTES (EO_D_ROW * 2)

/* A tile of a band of rows: which part of the input it needs that is not in scratch yet, and which outputs it gives. */
struct pass {
    int16_t *slots;   /* its rows of scratch */
    int32_t kept;     /* rows that the band before has left */
    int32_t top;      /* where the rows inside the image begin; before them, from `kept` on, is padding */
    int32_t bottom;   /* where they end; behind them is padding */
    int32_t count;    /* rows of scratch */
    int32_t from;     /* bytes of the input before the first pixel that is needed */
    int32_t to;       /* bytes of the output before the first pixel */
    int16_t *first;   /* where the first pixel goes */
    int16_t *second;  /* ... and the one behind it */
    int16_t *windows; /* the first column of the first output's window */
    int32_t cols;     /* pixels of a row that are inside; below 1: none */
    struct eo_depthwise_3x3_rows rows;
    struct eo_depthwise_3x3_sweep sweep;
};

struct block {
    uint32_t words[8];
};

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/* Rows of scratch for so many of the output. */
static int32_t slots_of(const struct eo_depthwise_conv2d_3x3_s8_params *p, int32_t rows) {
    return p->stride * (rows - 1) + 3;
}

static void fill(int16_t *slots, int32_t count, int32_t zero_point) {
    const uint32_t pair = eo_lanes(zero_point, zero_point);
    const struct block block = {{pair, pair, pair, pair, pair, pair, pair, pair}};
    struct block *to = (struct block *)(void *)slots;
    for (count *= ROW_BYTES / (int32_t)sizeof block; count > 0; count--) {
        *to++ = block;
    }
}

static void copy(int16_t *slots, const int16_t *other_slots, int32_t count) {
    struct block *to = (struct block *)(void *)slots;
    const struct block *from = (const struct block *)(const void *)other_slots;
    for (count *= ROW_BYTES / (int32_t)sizeof *to; count > 0; count--) {
        *to++ = *from++;
    }
}

/* The part of `pass` that says what to read: rows from `row` of the output on, columns from `col` on. */
static void place_inputs(const struct eo_depthwise_conv2d_3x3_s8_params *p, int32_t row, int32_t col,
                         struct pass *pass) {
    const int32_t in_row = row * p->stride - p->pad_rows, in_col = col * p->stride - p->pad_cols;
    const int32_t lead = most(0, -in_col); /* columns of padding */
    const int32_t cols = least(slots_of(p, pass->sweep.cols) - lead, p->in_cols - in_col - lead);
    pass->kept = row > 0 ? 3 - p->stride : 0;
    pass->count = slots_of(p, pass->sweep.rows);
    pass->top = least(pass->count, most(pass->kept, -in_row));
    pass->bottom = most(pass->top, least(pass->count, p->in_rows - in_row));
    pass->from = (in_row + pass->top) * p->in_pitch + (in_col + lead) * p->in_step;
    pass->windows = pass->slots + EO_D_STREAM - 2 - p->stride * (pass->sweep.cols / 2);
    pass->first = pass->windows + pass->top * EO_D_ROW + lead / 2 + (lead % 2 != 0 ? EO_D_STREAM : 0);
    pass->second = pass->first + (lead % 2 != 0 ? 1 - EO_D_STREAM : EO_D_STREAM);
    pass->cols = cols;
    pass->rows.in_step = p->in_step;
    pass->rows.rows = pass->bottom - pass->top;
    pass->rows.fours = cols / 4;
    pass->rows.rest = cols % 4;
    pass->rows.in_advance = p->in_pitch - cols * p->in_step;
    pass->rows.first_advance = ROW_BYTES - (cols + 1) / 2 * 2;
    pass->rows.second_advance = ROW_BYTES - cols / 2 * 2;
}

static void make_pass(const struct eo_depthwise_conv2d_3x3_s8_params *p, int16_t *planes, int32_t row, int32_t tile,
                      struct pass *pass) {
    const int32_t col = tile * p->tile_cols, cols = tile == p->tiles - 1 ? p->out_cols - col : p->tile_cols;
    const int32_t rows = least(p->band_rows, p->out_rows - row);
    pass->slots = planes + tile * slots_of(p, p->band_rows) * EO_D_ROW;
    pass->to = row * p->out_pitch + col * p->out_step;
    pass->sweep.out_step = p->out_step;
    pass->sweep.out_pitch = p->out_pitch;
    pass->sweep.in_advance = p->stride * (2 * ROW_BYTES - (cols + 1) / 2 * 2);
    pass->sweep.out_advance = 2 * p->out_pitch - cols * p->out_step;
    pass->sweep.end = rows / 2 * p->stride * 2 * ROW_BYTES;
    pass->sweep.flags = cols % 2 + 2 * (rows % 2);
    pass->sweep.rows = rows;
    pass->sweep.cols = cols;
    place_inputs(p, row, col, pass);
}

/* Rows of pixels of fewer than four channels, one channel at a time. */
static void gather_one_by_one(const int8_t *in, const struct pass *pass, int32_t channels) {
    for (int32_t channel = 0; channel < channels; channel++) {
        const int8_t *from = in + channel;
        int16_t *first = pass->first + channel * EO_D_CHANNEL, *second = pass->second + channel * EO_D_CHANNEL;
        for (int32_t row = pass->rows.rows; row > 0; row--) {
            int32_t i = 0;
            for (int32_t pairs = pass->cols / 2; pairs > 0; pairs--, i++) {
                first[i] = *from;
                from += pass->rows.in_step;
                second[i] = *from;
                from += pass->rows.in_step;
            }
            if (pass->cols % 2 != 0) {
                first[i] = *from;
                from += pass->rows.in_step;
            }
            from += pass->rows.in_advance;
            first += EO_D_ROW;
            second += EO_D_ROW;
        }
    }
}

/* What the pass needs of `channels` channels into scratch, where padding beside the image is already. */
static void prepare(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct pass *pass, const int8_t *in,
                    int32_t channels) {
    if (p->band_rows < p->out_rows) { /* else the padding above and below is there too */
        copy(pass->slots, pass->slots + p->band_rows * p->stride * EO_D_ROW, pass->kept);
        fill(pass->slots + pass->kept * EO_D_ROW, pass->top - pass->kept, p->in_zero_point);
        fill(pass->slots + pass->bottom * EO_D_ROW, pass->count - pass->bottom, p->in_zero_point);
    }
    if (pass->rows.rows <= 0 || pass->cols <= 0) {
        return;
    }
    if (channels == 4) {
        eo_depthwise_3x3_gather(in + pass->from, pass->first, pass->second, &pass->rows);
    } else {
        gather_one_by_one(in + pass->from, pass, channels);
    }
}

static void compute(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct pass *pass, const uint32_t *record,
                    int8_t *out, int32_t channels) {
    const int16_t *windows = pass->windows;
    int8_t *to = out + pass->to;
    for (; channels > 0; channels--, windows += EO_D_CHANNEL, record += EO_D_RECORD, to++) {
        if ((record[2] & 0xffu) != 0) {
            eo_depthwise_3x3_sweep_any(windows, record, to, &pass->sweep, (int)p->stride, p->out_zero_point);
        } else if (p->stride == 1) {
            eo_depthwise_3x3_sweep_1(windows, record, to, &pass->sweep);
        } else {
            eo_depthwise_3x3_sweep_2(windows, record, to, &pass->sweep);
        }
    }
}

/* All bands of up to four channels; `pass` is made already if there is one only. */
static void compute_channels(const struct eo_depthwise_conv2d_3x3_s8_params *p, int16_t *planes, struct pass *pass,
                             const uint32_t *record, const int8_t *in, int8_t *out, int32_t channels) {
    const int many = p->tiles > 1 || p->band_rows < p->out_rows;
    for (int32_t row = 0; row < p->out_rows; row += p->band_rows) {
        for (int32_t tile = 0; tile < p->tiles; tile++) {
            if (many) {
                make_pass(p, planes, row, tile, pass);
            }
            prepare(p, pass, in, channels);
        }
        for (int32_t tile = 0; tile < p->tiles; tile++) {
            if (many) {
                make_pass(p, planes, row, tile, pass);
            }
            compute(p, pass, record, out, channels);
        }
    }
}

void eo_depthwise_conv2d_3x3_s8(const struct eo_depthwise_conv2d_3x3_s8_params *p, const int8_t *in, int8_t *out,
                                void *scratch) {
    /* four bytes behind a multiple of 32: where a row of windows ends, see eo_depthwise_3x3.h */
    int16_t *const planes = (int16_t *)(((uintptr_t)scratch + 24u) / 32u * 32u + 4u);
    struct pass pass;
    fill(planes, p->tiles * slots_of(p, p->band_rows), p->in_zero_point);
    make_pass(p, planes, 0, 0, &pass);
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t channel = 0; channel < p->channels; channel += 4) {
            compute_channels(p, planes, &pass, p->constants + channel * EO_D_RECORD, in + batch * p->in_size + channel,
                             out + batch * p->out_size + channel, least(4, p->channels - channel));
        }
    }
    eo_clamp_all(out, p->batches * p->out_size, p->clamp_low, p->clamp_high);
}
