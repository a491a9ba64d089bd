#include "eo_binary_max_pool_2d.h"
#include "eo_pool.h"

/* One word of a window, `in` being its first. OR is NOT (AND of NOT): what is turned round before and after is OR. */
static uint32_t pool_word(const int32_t *in, int32_t rows, int32_t columns, int32_t row_step, int32_t words,
                          uint32_t turned) {
    uint32_t all = UINT32_MAX;
    for (; rows > 0; rows--) {
        const int32_t *word = in;
        for (int32_t x = columns; x > 0; x--) {
            all &= (uint32_t)*word ^ turned;
            word += words;
        }
        in += row_step;
    }
    return all ^ turned;
}

void eo_binary_max_pool_2d(const struct eo_binary_max_pool_2d_params *p, const int32_t *in, int32_t *out) {
    const int32_t row_step = p->in_width * p->words;
    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->out_height; y++) {
            const struct eo_span rows =
                eo_window_span(y * p->stride_height - p->pad_top, p->kernel_height, p->in_height);
            for (int32_t x = 0; x < p->out_width; x++) {
                const struct eo_span columns =
                    eo_window_span(x * p->stride_width - p->pad_left, p->kernel_width, p->in_width);
                const int32_t *const first = in + rows.first * row_step + columns.first * p->words;
                for (int32_t word = 0; word < p->words; word++) {
                    const uint32_t turned = p->any_mask == NULL ? 0u : p->any_mask[word];
                    *out++ = (int32_t)pool_word(first + word, rows.count, columns.count, row_step, p->words, turned);
                }
            }
        }
        in += p->in_height * row_step;
    }
}
