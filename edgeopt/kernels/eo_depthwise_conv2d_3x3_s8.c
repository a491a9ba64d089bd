#include "eo_depthwise_conv2d_3x3_s8.h"
#include "eo_depthwise_3x3.h"

/* Bytes of a row of scratch. */
#define ROW_BYTES (EO_D_ROW * 2)

/* The columns of a tile; first and second, windows: lanes from a row of its scratch. */
struct tile {
    int32_t slots;   /* lanes of the scratch before its own */
    int32_t first;   /* where the first pixel of a row goes */
    int32_t second;  /* ... and the one behind it */
    int32_t windows; /* the first column of the first output's window */
    int32_t from;    /* bytes of a row of the input before the first pixel that is needed */
    int32_t to;      /* bytes of a row of the output before the first pixel */
    int32_t pixels;  /* of a row of the input; below 1: there is nothing but padding */
    struct eo_depthwise_3x3_rows rows;
    struct eo_depthwise_3x3_sweep sweep;
};

/* The rows of a band, in scratch: first what the band before has left, then padding, the image's, and padding. */
struct band {
    int32_t kept;
    int32_t top;    /* where those of the image begin */
    int32_t bottom; /* where they end */
    int32_t count;
    int32_t from; /* bytes of the input before them */
    int32_t to;   /* bytes of the output before the first one */
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

static void make_tile(const struct eo_depthwise_conv2d_3x3_s8_params *p, int32_t index, struct tile *t) {
    const int32_t col = index * p->tile_cols, in_col = col * p->stride - p->pad_cols;
    const int32_t cols = index == p->tiles - 1 ? p->out_cols - col : p->tile_cols;
    const int32_t lead = most(0, -in_col); /* columns of padding */
    t->slots = index * slots_of(p, p->band_rows) * EO_D_ROW;
    t->windows = EO_D_STREAM - 2 - p->stride * (cols / 2);
    t->first = t->windows + lead / 2 + (lead % 2 != 0 ? EO_D_STREAM : 0);
    t->second = t->first + (lead % 2 != 0 ? 1 - EO_D_STREAM : EO_D_STREAM);
    t->from = (in_col + lead) * p->in_step;
    t->to = col * p->out_step;
    t->pixels = least(slots_of(p, cols) - lead, p->in_cols - in_col - lead);
    t->rows.in_step = p->in_step;
    t->rows.fours = t->pixels / 4;
    t->rows.rest = t->pixels % 4;
    t->rows.in_advance = p->in_pitch - t->pixels * p->in_step;
    t->rows.first_advance = ROW_BYTES - (t->pixels + 1) / 2 * 2;
    t->rows.second_advance = ROW_BYTES - t->pixels / 2 * 2;
    t->sweep.out_step = p->out_step;
    t->sweep.out_pitch = p->out_pitch;
    t->sweep.in_advance = p->stride * (2 * ROW_BYTES - (cols + 1) / 2 * 2);
    t->sweep.out_advance = 2 * p->out_pitch - cols * p->out_step;
    t->sweep.cols = cols;
}

/* The band from `row` of the output on, for all tiles. */
static void make_band(const struct eo_depthwise_conv2d_3x3_s8_params *p, int32_t row, struct tile *tiles,
                      struct band *b) {
    const int32_t in_row = row * p->stride - p->pad_rows, rows = least(p->band_rows, p->out_rows - row);
    b->kept = row > 0 ? 3 - p->stride : 0;
    b->count = slots_of(p, rows);
    b->top = least(b->count, most(b->kept, -in_row));
    b->bottom = most(b->top, least(b->count, p->in_rows - in_row));
    b->from = (in_row + b->top) * p->in_pitch;
    b->to = row * p->out_pitch;
    for (int32_t index = 0; index < p->tiles; index++) {
        tiles[index].rows.rows = b->bottom - b->top;
        tiles[index].sweep.end = rows / 2 * p->stride * 2 * ROW_BYTES;
        tiles[index].sweep.flags = tiles[index].sweep.cols % 2 + 2 * (rows % 2);
        tiles[index].sweep.rows = rows;
    }
}

/* Rows of pixels of fewer than four channels, one channel at a time. */
static void gather_one_by_one(const int8_t *in, int16_t *first, int16_t *second, const struct tile *t,
                              int32_t channels) {
    const int32_t step = t->rows.in_step;
    for (int32_t row = t->rows.rows; row > 0; row--) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const int8_t *from = in + channel;
            int16_t *even = first + channel * EO_D_CHANNEL, *odd = second + channel * EO_D_CHANNEL;
            for (int32_t pairs = t->pixels / 2; pairs > 0; pairs--, from += 2 * step) {
                *even++ = from[0];
                *odd++ = from[step];
            }
            if (t->pixels % 2 != 0) {
                *even = *from;
            }
        }
        in += t->pixels * step + t->rows.in_advance;
        first += EO_D_ROW;
        second += EO_D_ROW;
    }
}

/* What a tile needs of `channels` channels into its scratch, where padding beside the image is already. */
static void prepare(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct tile *t, const struct band *b,
                    const int8_t *in, int16_t *slots, int32_t channels) {
    if (p->band_rows < p->out_rows) { /* else the padding above and below is there too */
        copy(slots, slots + p->band_rows * p->stride * EO_D_ROW, b->kept);
        fill(slots + b->kept * EO_D_ROW, b->top - b->kept, p->in_zero_point);
        fill(slots + b->bottom * EO_D_ROW, b->count - b->bottom, p->in_zero_point);
    }
    if (t->rows.rows == 0 || t->pixels <= 0) {
        return;
    }
    const int8_t *const from = in + b->from + t->from;
    int16_t *const row = slots + b->top * EO_D_ROW;
    if (channels == 4) {
        eo_depthwise_3x3_gather(from, row + t->first, row + t->second, &t->rows);
    } else {
        gather_one_by_one(from, row + t->first, row + t->second, t, channels);
    }
}

/* The outputs of a tile: those of one rounding as many channels at a time as follow one another. */
static void compute(const struct eo_depthwise_conv2d_3x3_s8_params *p, const struct eo_depthwise_3x3_sweep *sweep,
                    const int16_t *windows, const uint32_t *records, int8_t *out, int32_t channels) {
    int32_t channel = 0;
    while (channel < channels) {
        const int16_t *const from = windows + channel * EO_D_CHANNEL;
        const uint32_t *const first = records + channel * EO_D_RECORD;
        const int32_t left = p->stride == 1
                                 ? eo_depthwise_3x3_sweep_1(from, first, out + channel, sweep, channels - channel)
                                 : eo_depthwise_3x3_sweep_2(from, first, out + channel, sweep, channels - channel);
        channel = channels - left;
        if (left > 0) {
            eo_depthwise_3x3_sweep_any(windows + channel * EO_D_CHANNEL, records + channel * EO_D_RECORD, out + channel,
                                       sweep, (int)p->stride, p->out_zero_point);
            channel++;
        }
    }
}

void eo_depthwise_conv2d_3x3_s8(const struct eo_depthwise_conv2d_3x3_s8_params *p, const int8_t *in, int8_t *out,
                                void *scratch) {
    struct tile *const tiles = (struct tile *)scratch;
    /* four bytes behind a multiple of 32: where a row of windows ends, see eo_depthwise_3x3.h */
    int16_t *const planes = (int16_t *)(((uintptr_t)(tiles + p->tiles) + 24u) / 32u * 32u + 4u);
    struct band band;
    fill(planes, p->tiles * slots_of(p, p->band_rows), p->in_zero_point);
    for (int32_t index = 0; index < p->tiles; index++) {
        make_tile(p, index, &tiles[index]);
    }
    make_band(p, 0, tiles, &band);
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t channel = 0; channel < p->channels; channel += 4) {
            const int32_t channels = least(4, p->channels - channel);
            const int8_t *const from = in + batch * p->in_size + channel;
            int8_t *const to = out + batch * p->out_size + channel;
            for (int32_t row = 0; row < p->out_rows; row += p->band_rows) {
                if (p->band_rows < p->out_rows) {
                    make_band(p, row, tiles, &band);
                }
                for (const struct tile *t = tiles; t < tiles + p->tiles; t++) {
                    prepare(p, t, &band, from, planes + t->slots, channels);
                }
                for (const struct tile *t = tiles; t < tiles + p->tiles; t++) {
                    compute(p, &t->sweep, planes + t->slots + t->windows, p->constants + channel * EO_D_RECORD,
                            to + band.to + t->to, channels);
                }
            }
        }
    }
    eo_clamp_all(out, p->batches * p->out_size, p->clamp_low, p->clamp_high);
}
