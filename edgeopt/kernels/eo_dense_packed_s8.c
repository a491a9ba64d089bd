#include "eo_dense_packed_s8.h"

#include "eo_dsp.h"
#include "eo_packed_s8.h"
#include "eo_requant.h"

/* acc + four weights times four inputs (x0, x2), (x1, x3), modulo 2^32. */
static inline int32_t add_products(uint32_t weights, const uint32_t *x, int32_t acc) {
#if EO_HAS_DSP
    return eo_smlad(eo_sxtb16_odd(weights), x[1], eo_smlad(eo_sxtb16(weights), x[0], acc));
#else
    acc = eo_add_wrap(acc, eo_byte(weights, 0) * eo_low(x[0]));
    acc = eo_add_wrap(acc, eo_byte(weights, 2) * eo_high(x[0]));
    acc = eo_add_wrap(acc, eo_byte(weights, 1) * eo_low(x[1]));
    return eo_add_wrap(acc, eo_byte(weights, 3) * eo_high(x[1]));
#endif
}

/* Up to four inputs, and the zero point behind them. */
static uint32_t last_word(const int8_t *in, int32_t count, int32_t zero_point) {
    uint32_t word = 0;
    for (int32_t i = 3; i >= 0; i--) {
        word = word << 8 | (uint8_t)(i < count ? in[i] : zero_point);
    }
    return word;
}

/* Inputs less the zero point as lanes, zeros at the end; where they end. */
static const uint32_t *prepare(const struct eo_dense_packed_s8_params *p, const int8_t *in, uint32_t *to) {
    const uint32_t less = eo_lanes(-p->in_zero_point, -p->in_zero_point);
    const int32_t count = p->in_channels;
    for (int32_t i = 0; i < ((count + EO_PACKED_GROUP - 1) & ~(EO_PACKED_GROUP - 1)); i += 4, to += 2) {
        const uint32_t word = i + 4 <= count ? eo_load_word(in + i) : last_word(in + i, count - i, p->in_zero_point);
        to[0] = eo_sxtab16(less, word);
        to[1] = eo_sxtab16_odd(less, word);
    }
    return to;
}

static inline int32_t read_bias(struct eo_packed *stream, int32_t halfwords) {
    const uint16_t *const at = stream->at;
    stream->at = at + halfwords;
    return halfwords == 1 ? (int16_t)at[0] : (int32_t)eo_packed_word(at);
}

void eo_dense_packed_s8(const struct eo_dense_packed_s8_params *p, const int8_t *in, int8_t *out, void *scratch) {
    uint32_t *const inputs = (uint32_t *)scratch;
    int8_t *to = out;
    for (int32_t batch = 0; batch < p->batches; batch++, in += p->in_channels) {
        const uint32_t *const end = prepare(p, in, inputs);
        const int32_t *multiplier = p->multiplier;
        const int8_t *shift = p->shift;
        struct eo_packed stream = eo_packed_start(p->stream);
        for (const int8_t *const last = to + p->out_channels; to != last; to++) {
            int32_t acc = read_bias(&stream, p->bias_halfwords);
            for (const uint32_t *x = inputs; x != end; x += EO_PACKED_GROUP / 2) {
                const struct eo_packed_weights weights = eo_packed_next(&stream);
                acc = add_products(weights.w0, x, acc);
                acc = add_products(weights.w1, x + 2, acc);
                acc = add_products(weights.w2, x + 4, acc);
                acc = add_products(weights.w3, x + 6, acc);
            }
            const int code = *shift;
            *to = (int8_t)(code < 0 ? eo_requantize_narrow(acc, *multiplier, eo_narrow_nudge(p->out_zero_point, -code),
                                                           -code)
                                    : eo_requantize_any(acc, *multiplier, code, p->out_zero_point));
            multiplier += p->channel_step;
            shift += p->channel_step;
        }
    }
    eo_clamp_all(out, p->batches * p->out_channels, p->clamp_low, p->clamp_high);
}
