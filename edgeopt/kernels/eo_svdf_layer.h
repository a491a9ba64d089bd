/* eo_svdf_layer.h -- what eo_svdf_s8 and eo_svdf_s8_s16 are: features of the input, and filters over their history.
 *
 *   feature[f] = saturate(requant(feature_bias[f] + features[f] . in)), pushed into row f of `state`
 *   out[u]     = saturate(requant(bias[u] + sum of time[f] . state[f], f = rank u .. rank u + rank - 1) +
 * out_zero_point) in      [batches][inputs] int8, raw q state   [batches][filters][memory], the newest last; before and
 * after out     [batches][filters / rank] int8; overlaps nothing Sums over time are modulo 2^32. */
#ifndef EO_SVDF_LAYER_H
#define EO_SVDF_LAYER_H

#include "eo_dense_layer_s8.h"
#include "eo_requant.h"

struct eo_svdf_layer_params {
    const uint32_t *features;    /* [ceil(filters / 4)][ceil(inputs / 4)][4]: eo_dot_s8.h */
    const int32_t *feature_bias; /* [filters], minus zero point * sum(features) */
    const void *time;            /* [filters][memory], of the type of the state */
    const int32_t *bias;         /* [filters / rank] */
    int32_t batches;
    int32_t inputs;
    int32_t filters;
    int32_t memory;
    int32_t rank;
    int32_t feature_multiplier;
    int32_t feature_shift; /* -31..30, positive to the left */
    int32_t state_low;     /* the range of the state's type */
    int32_t state_high;
    int32_t out_multiplier;
    int32_t out_shift; /* -31..30 */
    int32_t out_zero_point;
};

/* Moves a row of the state on by one, `newest` last, and returns its product with the row of `time`. */
typedef int32_t (*eo_svdf_push)(void *row, const void *time, int32_t memory, int32_t newest);

/* One batch; `row_bytes` are those of a row of the state. */
static inline void eo_svdf_batch(const struct eo_svdf_layer_params *p, const int8_t *in, uint8_t *state, int8_t *out,
                                 int32_t row_bytes, eo_svdf_push push) {
    const uint32_t *features = p->features;
    const uint8_t *time = (const uint8_t *)p->time;
    const int32_t *bias = p->bias;
    int32_t total = *bias, left = p->rank, acc[4] = {0, 0, 0, 0};
    for (int32_t filter = 0; filter < p->filters; filter++, state += row_bytes, time += row_bytes) {
        if (filter % 4 == 0) {
            acc[0] = acc[1] = acc[2] = acc[3] = 0;
            features = eo_dot_block(in, p->inputs, features, acc, 8);
        }
        const int32_t sum = eo_add_wrap(acc[filter % 4], p->feature_bias[filter]);
        const int32_t feature = eo_requantize(sum, p->feature_multiplier, (int)p->feature_shift);
        total = eo_add_wrap(total, push(state, time, p->memory, eo_clamp(feature, p->state_low, p->state_high)));
        if (--left == 0) {
            const int32_t y =
                eo_add_wrap(eo_requantize(total, p->out_multiplier, (int)p->out_shift), p->out_zero_point);
            *out++ = (int8_t)eo_clamp(y, -128, 127);
            left = p->rank;
            total = filter + 1 < p->filters ? *++bias : 0;
        }
    }
}

static inline void eo_svdf_layer(const struct eo_svdf_layer_params *p, const int8_t *in, void *state, int8_t *out,
                                 int32_t element_bytes, eo_svdf_push push) {
    const int32_t row_bytes = p->memory * element_bytes;
    uint8_t *rows = (uint8_t *)state;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        eo_svdf_batch(p, in, rows, out, row_bytes, push);
        in += p->inputs;
        rows += p->filters * row_bytes;
        out += p->filters / p->rank;
    }
}

#endif
