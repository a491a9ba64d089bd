/* eo_depthwise_3x3.h -- what eo_depthwise_conv2d_3x3_s8 keeps in its scratch, and its loops: in assembler where there
 * is one (eo_depthwise_3x3_v7m.h), else in C.
 *
 * The padded input of four channels lies in scratch as int16, by rows of EO_D_ROW lanes; the input's even columns and
 * its odd ones apart, so that a word is (p0, p2) of a window:
 *
 *     row     channel 0            channel 1            channel 2   channel 3
 *     lanes   even[16] odd[16]     even[16] odd[16]     ...
 *
 * A tile is what fits into a row. Its last pairs are read from the lanes 13 and 14, whatever its width, and rows lie
 * four bytes behind a multiple of 32: behind its last pair a row's address is a multiple of 32, which ends the loop. */
#ifndef EO_DEPTHWISE_3X3_H
#define EO_DEPTHWISE_3X3_H

#include "eo_requant.h"

#include "eo_dsp.h"

#define EO_D_STREAM 16
#define EO_D_CHANNEL 32
#define EO_D_ROW 128

/* A channel's constants, six words:
 *   0  bytes w[1][0], w[0][0], w[1][2], w[0][2], the first one lowest
 *   1  bytes w[0][1], w[2][0], w[1][1], w[2][2]
 *   2  highest byte w[2][1]; lowest byte 0, or the shift code (eo_requant.h) of a channel that is requantized with two
 *      roundings
 *   3  256 * bias; with a shift code the bias as it is
 *   4  multiplier
 *   5  addend: out = int8(((256 * acc * multiplier >> 32) + addend) >> 10); nothing with a shift code */
#define EO_D_RECORD 6

/* The way of one channel over a tile, as the assembler reads it. Distances are bytes. */
struct eo_depthwise_3x3_sweep {
    int32_t out_step;    /* from an output to the next of its row */
    int32_t out_pitch;   /* from a row of the output to the next */
    int32_t in_advance;  /* from the end of a pair of rows to the next pair */
    int32_t out_advance; /* likewise */
    int32_t end;         /* all pairs of rows */
    int32_t flags;       /* bit 0: a last single column, bit 1: a last single row */
    int32_t rows;        /* of the output */
    int32_t cols;
};

/* Rows of pixels on their way into scratch, as the assembler reads it. Distances are bytes. */
struct eo_depthwise_3x3_rows {
    int32_t in_step; /* from a pixel to the next */
    int32_t rows;
    int32_t fours;          /* pixels of a row by four ... */
    int32_t rest;           /* ... and how many are left, 0..3 */
    int32_t in_advance;     /* from the end of a row to the next row */
    int32_t first_advance;  /* where the first pixel goes, the third ... */
    int32_t second_advance; /* where the second one goes ... */
};

/* A record, unpacked. */
struct eo_depthwise_3x3_constants {
    uint32_t pairs[3]; /* (256 w0, 256 w2) of each row */
    uint32_t middles[3];
    int32_t bias;
    int32_t multiplier;
    int32_t addend;
    int32_t code;
    int32_t out_zero_point;
};

static inline struct eo_depthwise_3x3_constants eo_depthwise_3x3_unpack(const uint32_t *record,
                                                                        int32_t out_zero_point) {
    const struct eo_depthwise_3x3_constants c = {
        {record[0] & 0xff00ff00u, (record[0] << 8) & 0xff00ff00u, record[1] & 0xff00ff00u},
        {(record[1] << 8) & 0xff00u, (record[1] >> 8) & 0xff00u, (record[2] >> 16) & 0xff00u},
        (int32_t)record[3],
        (int32_t)record[4],
        (int32_t)record[5],
        (int8_t)(uint8_t)record[2],
        out_zero_point};
    return c;
}

/* The output whose window has its columns 0 and 2 at `pair` and its column 1 at `middle`. */
static inline int32_t eo_depthwise_3x3_output(const struct eo_depthwise_3x3_constants *c, const int16_t *pair,
                                              const int16_t *middle) {
    int32_t sum = 0;
    for (int row = 0; row < 3; row++, pair += EO_D_ROW, middle += EO_D_ROW) {
        sum = eo_smlad(eo_load_pair(pair), c->pairs[row], sum);
        sum = eo_smlabb(eo_lanes(0, *middle), c->middles[row], sum);
    }
    if (c->code != 0) {
        return eo_requantize_any(eo_add_wrap(sum >> 8, c->bias), c->multiplier, (int)c->code, c->out_zero_point);
    }
    const int32_t high = (int32_t)(((int64_t)eo_add_wrap(sum, c->bias) * c->multiplier) >> 32);
    return eo_saturate_s8((high + c->addend) >> 10);
}

/* A channel over a tile, of any constants. `in`: the row of taps of the first output, at its column. */
static EO_OUT_OF_LINE void eo_depthwise_3x3_sweep_any(const int16_t *in, const uint32_t *record, int8_t *out,
                                                      const struct eo_depthwise_3x3_sweep *sweep, int stride,
                                                      int32_t out_zero_point) {
    const struct eo_depthwise_3x3_constants constants = eo_depthwise_3x3_unpack(record, out_zero_point);
    const int32_t step = sweep->out_step, pitch = sweep->out_pitch, cols = sweep->cols;
    for (int32_t rows = sweep->rows; rows > 0; rows--, in += stride * EO_D_ROW, out += pitch) {
        int8_t *to = out;
        for (int32_t col = 0; col < cols; col++, to += step) {
            const int odd = stride == 1 && col % 2 != 0; /* the window begins with an odd column */
            const int16_t *const lane = in + (stride == 1 ? col / 2 : col);
            *to = (int8_t)eo_depthwise_3x3_output(&constants, lane + (odd ? EO_D_STREAM : 0),
                                                  lane + (odd ? 1 : EO_D_STREAM));
        }
    }
}

#include "eo_depthwise_3x3_v7m.h"

#ifndef EO_DEPTHWISE_3X3_LOOPS
static inline int32_t eo_depthwise_3x3_sweeps(const int16_t *in, const uint32_t *records, int8_t *out,
                                              const struct eo_depthwise_3x3_sweep *sweep, int32_t channels,
                                              int stride) {
    for (; channels > 0 && (records[2] & 0xffu) == 0; channels--, in += EO_D_CHANNEL, records += EO_D_RECORD, out++) {
        eo_depthwise_3x3_sweep_any(in, records, out, sweep, stride, 0);
    }
    return channels;
}

/* Channels over a tile, 1 at least, until one has a shift code; how many are left. With stride 1. */
static inline int32_t eo_depthwise_3x3_sweep_1(const int16_t *in, const uint32_t *records, int8_t *out,
                                               const struct eo_depthwise_3x3_sweep *sweep, int32_t channels) {
    return eo_depthwise_3x3_sweeps(in, records, out, sweep, channels, 1);
}

/* With stride 2. */
static inline int32_t eo_depthwise_3x3_sweep_2(const int16_t *in, const uint32_t *records, int8_t *out,
                                               const struct eo_depthwise_3x3_sweep *sweep, int32_t channels) {
    return eo_depthwise_3x3_sweeps(in, records, out, sweep, channels, 2);
}

/* Rows of pixels of four channels: the first, third ... pixel to `first`, the others to `second`. */
static inline void eo_depthwise_3x3_gather(const int8_t *in, int16_t *first, int16_t *second,
                                           const struct eo_depthwise_3x3_rows *rows) {
    const int32_t count = 4 * rows->fours + rows->rest;
    for (int32_t row = 0; row < rows->rows; row++) {
        for (int32_t i = 0; i < count; i++, in += rows->in_step) {
            int16_t *const to = (i % 2 == 0 ? first : second) + i / 2;
            for (int channel = 0; channel < 4; channel++) {
                to[channel * EO_D_CHANNEL] = in[channel];
            }
        }
        in += rows->in_advance;
        first += EO_D_ROW;
        second += EO_D_ROW;
    }
}
#endif

#endif
