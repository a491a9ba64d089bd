#include "eo_depthwise_conv2d_3x3_s8.h"
#include "eo_depthwise_3x3.h"

/* Bytes of a row of scratch. */
#define ROW_BYTES (EO_D_ROW * 2)

/* Some columns of the output, and the part of the input's columns that they need and that there is. */
struct tile {
    int32_t first; /* column of the output */
    int32_t cols;
    int32_t lane;     /* of `even`, with the first column of the window of the first output */
    int32_t in_first; /* column of the input */
    int32_t in_cols;  /* below 1: nothing but padding */
    int32_t lead;     /* columns of padding before it */
};

/* A band: rows of the output of up to four channels, and what of the input it needs that is not there yet. */
struct band {
    int32_t row;   /* of the output */
    int32_t rows;  /* likewise */
    int32_t slots; /* rows of scratch */
    int32_t kept;  /* of them filled by the band before */
    int32_t first; /* slot of the first row that is inside the image and not kept */
    int32_t inside;
};

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static struct tile tile_of(const struct eo_depthwise_conv2d_3x3_s8_params *p, int32_t index) {
    struct tile t;
    t.first = index * p->tile_cols;
    t.cols = index == p->tiles - 1 ? p->out_cols - t.first : p->tile_cols;
    t.lane = EO_D_STREAM - 1 - p->stride * (t.cols / 2);
    t.in_first = t.first * p->stride - p->pad_cols;
    t.lead = most(0, -t.in_first);
    t.in_first += t.lead;
    t.in_cols = least(p->stride * (t.cols - 1) + 3 - t.lead, p->in_cols - t.in_first);
    return t;
}

static struct band band_of(const struct eo_depthwise_conv2d_3x3_s8_params *p, int32_t row) {
    struct band b;
    b.row = row;
    b.rows = least(p->band_rows, p->out_rows - row);
    b.slots = p->stride * (b.rows - 1) + 3;
    b.kept = row > 0 ? 3 - p->stride : 0;
    const int32_t in_row = row * p->stride - p->pad_rows; /* of slot 0 */
    b.first = most(b.kept, -in_row);
    b.inside = most(0, least(b.slots, p->in_rows - in_row) - b.first);
    return b;
}

/* The first lane of a slot of a tile. */
static int16_t *slot_of(const struct eo_depthwise_conv2d_3x3_s8_params *p, int16_t *planes, int32_t tile,
                        int32_t slot) {
    return planes + (tile * (p->stride * (p->band_rows - 1) + 3) + slot) * EO_D_ROW;
}

static void fill(int16_t *lanes, int32_t count, int32_t zero_point) {
    const uint32_t pair = eo_lanes(zero_point, zero_point);
    for (; count > 0; count -= 8, lanes += 8) {
        eo_store_pair(lanes, pair);
        eo_store_pair(lanes + 2, pair);
        eo_store_pair(lanes + 4, pair);
        eo_store_pair(lanes + 6, pair);
    }
}

/* Rows of pixels of fewer than four channels, one channel at a time. */
static void gather_one_by_one(const int8_t *in, int16_t *first, int16_t *second,
                              const struct eo_depthwise_3x3_rows *rows, int32_t channels) {
    const int32_t count = 4 * rows->fours + rows->rest;
    for (int32_t row = rows->rows; row > 0; row--) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const int8_t *from = in + channel;
            for (int32_t i = 0; i < count; i += 2) {
                first[channel * EO_D_CHANNEL + i / 2] = *from;
                from += rows->in_step;
                if (i + 1 < count) {
                    second[channel * EO_D_CHANNEL + i / 2] = *from;
                    from += rows->in_step;
                }
            }
        }
        in += count * rows->in_step + rows->in_advance;
        first += EO_D_ROW;
        second += EO_D_ROW;
    }
}

/* The rows of band `b` into scratch, of `channels` channels from `in` on. Padding of columns is there already. */
static void gather_tile(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct band *b, const struct tile *t,
                        const int8_t *in, int16_t *slots, int32_t channels) {
    const struct eo_depthwise_3x3_rows rows = {p->in_step,
                                               b->inside,
                                               t->in_cols / 4,
                                               t->in_cols % 4,
                                               p->in_pitch - t->in_cols * p->in_step,
                                               ROW_BYTES - (t->in_cols + 1) / 2 * 2,
                                               ROW_BYTES - t->in_cols / 2 * 2};
    int16_t *const lane = slots + b->first * EO_D_ROW + t->lane + t->lead / 2;
    int16_t *const first = lane + (t->lead % 2 != 0 ? EO_D_STREAM : 0);
    int16_t *const second = lane + (t->lead % 2 != 0 ? 1 : EO_D_STREAM);
    const int8_t *const from =
        in + (b->row * p->stride - p->pad_rows + b->first) * p->in_pitch + t->in_first * p->in_step;
    if (channels == 4) {
        eo_depthwise_3x3_gather(from, first, second, &rows);
    } else {
        gather_one_by_one(from, first, second, &rows, channels);
    }
}

static void prepare_band(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct band *b, const int8_t *in,
                         int16_t *planes, int32_t channels) {
    for (int32_t index = 0; index < p->tiles; index++) {
        const struct tile t = tile_of(p, index);
        int16_t *const slots = slot_of(p, planes, index, 0);
        if (b->kept > 0) {
            __builtin_memcpy(slots, slots + p->band_rows * p->stride * EO_D_ROW, (size_t)(b->kept * ROW_BYTES));
        }
        if (p->band_rows < p->out_rows) { /* else the padding is still there */
            fill(slots + b->kept * EO_D_ROW, (b->first - b->kept) * EO_D_ROW, p->in_zero_point);
            fill(slots + (b->first + b->inside) * EO_D_ROW, (b->slots - b->first - b->inside) * EO_D_ROW,
                 p->in_zero_point);
        }
        if (b->inside > 0 && t.in_cols > 0) {
            gather_tile(p, b, &t, in, slots, channels);
        }
    }
}

static void compute_band(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct band *b, int16_t *planes,
                         const uint32_t *constants, int8_t *out, int32_t channels) {
    for (int32_t index = 0; index < p->tiles; index++) {
        const struct tile t = tile_of(p, index);
        const struct eo_depthwise_3x3_sweep sweep = {p->out_step,
                                                     p->out_pitch,
                                                     p->stride * (2 * ROW_BYTES - (t.cols + 1) / 2 * 2),
                                                     2 * p->out_pitch - t.cols * p->out_step,
                                                     b->rows / 2 * p->stride * 2 * ROW_BYTES,
                                                     t.cols % 2 + 2 * (b->rows % 2),
                                                     b->rows,
                                                     t.cols};
        const int16_t *from = slot_of(p, planes, index, 0) + t.lane;
        int8_t *to = out + b->row * p->out_pitch + t.first * p->out_step;
        const uint32_t *record = constants;
        for (int32_t channel = 0; channel < channels; channel++, from += EO_D_CHANNEL, record += EO_D_RECORD, to++) {
            if ((record[2] & 0xffu) != 0) {
                eo_depthwise_3x3_sweep_any(from, record, to, &sweep, (int)p->stride, p->out_zero_point);
            } else if (p->stride == 1) {
                eo_depthwise_3x3_sweep_1(from, record, to, &sweep);
            } else {
                eo_depthwise_3x3_sweep_2(from, record, to, &sweep);
            }
        }
    }
}

void eo_depthwise_conv2d_3x3_s8(const struct eo_depthwise_conv2d_3x3_s8_params *p, const int8_t *in, int8_t *out,
                                void *scratch) {
    /* two bytes behind a multiple of 32: r0 of the assembler */
    int16_t *const planes = (int16_t *)(((uintptr_t)scratch + 28u) / 32u * 32u) + 1;
    const int32_t lanes = p->tiles * (p->stride * (p->band_rows - 1) + 3) * EO_D_ROW;
    fill(planes, lanes, p->in_zero_point);
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t channel = 0; channel < p->channels; channel += 4) {
            const int32_t channels = least(4, p->channels - channel);
            const int8_t *const from = in + batch * p->in_size + channel;
            int8_t *const to = out + batch * p->out_size + channel;
            for (int32_t row = 0; row < p->out_rows; row += p->band_rows) {
                const struct band b = band_of(p, row);
                prepare_band(p, &b, from, planes, channels);
                compute_band(p, &b, planes, p->constants + channel * EO_D_RECORD, to, channels);
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_size, p->clamp_low, p->clamp_high);
}
