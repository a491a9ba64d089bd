/* eo_lstm_s8 -- a layer of LSTM cells over a sequence, int8 with an int16 cell state; it goes on where it ended.
 *
 * Of each batch and time step, with sums requantized to Q3.12 and limited to int16, each product and each sum:
 *   gate      = requant(input_bias + input_weights . x) + requant(recurrent_bias + recurrent_weights . hidden)
 *   i, f, o   = sigmoid(gates 0, 1, 3)    g = tanh(gate 2)    in Q15
 *   cell      = clip(f * cell + requant(i * g))
 *   hidden    = requant(o * tanh(cell)) + out_zero_point      which is the output of the step
 *   in       [vectors][features] int8, raw q
 *   hidden   [batches][units] int8, before and after
 *   cell     [batches][units] int16, before and after
 *   out      [vectors][units] int8; overlaps nothing
 * Vector batch * batch_stride + step * step_stride is that of a batch and a time step. */
#ifndef EO_LSTM_S8_H
#define EO_LSTM_S8_H

#include "eo_arch.h"

struct eo_lstm_s8_params {
    const uint32_t *input_weights;     /* [units][ceil(features / 4)][4 gates]: eo_dot_s8.h */
    const int32_t *input_bias;         /* [units][4], minus zero point * sum(weights) */
    const uint32_t *recurrent_weights; /* [units][ceil(units / 4)][4 gates] */
    const int32_t *recurrent_bias;     /* [units][4], minus zero point * sum(weights) */
    const int32_t *gate_multiplier;    /* [4][2] Q31: of the input's sum and of the recurrent one */
    const int8_t *gate_shift;          /* [4][2] -31..30, positive to the left */
    const uint16_t *sigmoid_nodes;     /* [256]: eo_sigmoid_s16.h */
    int32_t batches;
    int32_t steps;
    int32_t batch_stride;
    int32_t step_stride;
    int32_t features;
    int32_t units;
    int32_t input_multiplier; /* of i * g to the scale of the cell state */
    int32_t input_shift;      /* -31..0 */
    int32_t cell_clip;        /* of |cell|; 32768: none */
    int32_t tanh_multiplier;  /* cell * tanh_multiplier / 2^tanh_shift: 256 are a node; 3 to 3 * 2^12 */
    int32_t tanh_shift;       /* 0..12 */
    int32_t out_multiplier;   /* of o * tanh(cell) */
    int32_t out_shift;        /* -31..0 */
    int32_t out_zero_point;
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_lstm_s8(const struct eo_lstm_s8_params *p, const int8_t *in, int8_t *hidden, int16_t *cell, int8_t *out);
#ifdef __cplusplus
}
#endif

#endif
