#include "eo_lstm_s8.h"
#include "eo_dense_layer_s8.h"
#include "eo_requant.h"
#include "eo_sigmoid_s16.h"

static int32_t limit_s16(int32_t x) {
    return eo_clamp(x, -32768, 32767);
}

/* Rows of weights by gate, and where the next unit's begin. */
struct rows {
    const uint32_t *weights;
    const int32_t *bias;
    int32_t columns;
};

/* sum[0..3] = what `x` adds to the four gates of the next unit, in Q3.12. */
static void next_sums(struct rows *rows, const int8_t *x, const int32_t *multiplier, const int8_t *shift,
                      int32_t sum[4]) {
    int32_t acc[4] = {0, 0, 0, 0};
    rows->weights = eo_dot_block(x, rows->columns, rows->weights, acc, 8);
    for (int gate = 0; gate < 4; gate++) {
        const int32_t total = eo_add_wrap(acc[gate], *rows->bias++);
        sum[gate] = limit_s16(eo_requantize(total, multiplier[2 * gate], shift[2 * gate]));
    }
}

/* The new cell state of a unit, from its four gates and the old one. */
static int32_t next_cell(const struct eo_lstm_s8_params *p, const int32_t gate[4], int32_t cell) {
    const int32_t input = eo_sigmoid_q15(p->sigmoid_nodes, 3 * gate[0]);
    const int32_t forget = eo_sigmoid_q15(p->sigmoid_nodes, 3 * gate[1]);
    const int32_t candidate = eo_tanh_q15(p->sigmoid_nodes, 3 * gate[2]);
    const int32_t kept = eo_requantize(forget * cell, (int32_t)1 << 30, -14); /* times 2^-15, rounded twice */
    const int32_t added = eo_requantize(input * candidate, p->input_multiplier, (int)p->input_shift);
    return eo_clamp(limit_s16(kept + limit_s16(added)), -p->cell_clip, p->cell_clip);
}

static int32_t next_hidden(const struct eo_lstm_s8_params *p, int32_t output_gate, int32_t cell) {
    const int32_t half = ((int32_t)1 << p->tanh_shift) >> 1;
    const int32_t squashed = eo_tanh_q15(p->sigmoid_nodes, (cell * p->tanh_multiplier + half) >> p->tanh_shift);
    const int32_t product = squashed * eo_sigmoid_q15(p->sigmoid_nodes, 3 * output_gate);
    const int32_t hidden = eo_requantize(product, p->out_multiplier, (int)p->out_shift);
    return eo_clamp(hidden + p->out_zero_point, -128, 127);
}

/* One time step. All units read the old `hidden`; `out` takes the new one. */
static void step(const struct eo_lstm_s8_params *p, const int8_t *x, const int8_t *hidden, int16_t *cell, int8_t *out) {
    struct rows input = {p->input_weights, p->input_bias, p->features};
    struct rows recurrent = {p->recurrent_weights, p->recurrent_bias, p->units};
    for (int32_t unit = 0; unit < p->units; unit++) {
        int32_t gate[4], again[4];
        next_sums(&input, x, p->gate_multiplier, p->gate_shift, gate);
        next_sums(&recurrent, hidden, p->gate_multiplier + 1, p->gate_shift + 1, again);
        for (int i = 0; i < 4; i++) {
            gate[i] = limit_s16(gate[i] + again[i]);
        }
        cell[unit] = (int16_t)next_cell(p, gate, cell[unit]);
        out[unit] = (int8_t)next_hidden(p, gate[3], cell[unit]);
    }
}

void eo_lstm_s8(const struct eo_lstm_s8_params *p, const int8_t *in, int8_t *hidden, int16_t *cell, int8_t *out) {
    const int32_t units = p->units;
    for (int32_t batch = 0; batch < p->batches; batch++, hidden += units, cell += units) {
        for (int32_t time = 0; time < p->steps; time++) {
            const int32_t vector = batch * p->batch_stride + time * p->step_stride;
            int8_t *const to = out + vector * units;
            step(p, in + vector * p->features, hidden, cell, to);
            __builtin_memcpy(hidden, to, (size_t)units);
        }
    }
}
