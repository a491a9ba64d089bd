#include "eo_batch_matmul_s8.h"
#include "eo_dot_s8.h"
#include "eo_requant.h"
#include "eo_walk.h"

/* Where the parts of the scratch lie. */
struct parts {
    int32_t *row_sums; /* [rows] of raw x */
    int8_t *block;     /* four columns of y, [words][4 columns][4], zeros at their ends: eo_dot_s8.h */
    int8_t *row;       /* a row of x, zeros at its end */
};

/* `count` elements `step` apart, one behind the other; their sum. */
static int32_t gather(const int8_t *from, int32_t step, int32_t count, int8_t *to) {
    int32_t sum = 0;
    for (; count > 0; count--, from += step) {
        *to++ = *from;
        sum += *from;
    }
    return sum;
}

static int32_t sum_of(const int8_t *from, int32_t step, int32_t count) {
    int32_t sum = 0;
    for (; count > 0; count--, from += step) {
        sum += *from;
    }
    return sum;
}

/* Packs up to four columns of y, and says what each adds to its sums of raw products. */
static void pack_columns(const struct eo_batch_matmul_s8_params *p, const int8_t *y, int32_t cols, int8_t *block,
                         int32_t start[4]) {
    const int32_t constant = p->depth * p->x_zero_point * p->y_zero_point;
    for (int32_t col = 0; col < 4; col++, y += p->y_col) {
        start[col] = 0;
        if (col >= cols) {
            continue; /* what is left there is multiplied too, and dropped */
        }
        const int8_t *from = y;
        int8_t *to = block + 4 * col;
        int32_t left = p->depth, sum = 0;
        for (; left >= 4; left -= 4, to += 16) {
            sum += gather(from, p->y_step, 4, to);
            from += 4 * p->y_step;
        }
        if (left > 0) {
            to[0] = to[1] = to[2] = to[3] = 0;
            sum += gather(from, p->y_step, left, to);
        }
        start[col] = constant - p->x_zero_point * sum;
    }
}

/* Up to four columns of the output, all rows of them. */
static void multiply(const struct eo_batch_matmul_s8_params *p, const int8_t *x, int32_t cols, const int32_t start[4],
                     const struct parts *parts, int8_t *out) {
    const int32_t words = (p->depth + 3) / 4;
    const int in_place = p->x_step == 1 && p->depth % 4 == 0;
    for (int32_t i = 0; i < p->rows; i++, x += p->x_row, out += p->cols) {
        if (!in_place) {
            (void)gather(x, p->x_step, p->depth, parts->row);
        }
        int32_t acc[4] = {start[0], start[1], start[2], start[3]};
        eo_dot_1x4(in_place ? x : parts->row, (const uint32_t *)(const void *)parts->block, words, acc, 8);
        const int32_t of_row = p->y_zero_point * parts->row_sums[i];
        for (int32_t col = 0; col < cols; col++) {
            const int32_t scaled = eo_requantize(eo_add_wrap(acc[col], -of_row), p->multiplier, (int)p->shift);
            out[col] = (int8_t)eo_saturate_s8(eo_clamp(scaled, -1024, 1024) + p->out_zero_point);
        }
    }
}

void eo_batch_matmul_s8(const struct eo_batch_matmul_s8_params *p, const int8_t *x, const int8_t *y, int8_t *out,
                        void *scratch) {
    const int32_t words = (p->depth + 3) / 4;
    struct parts parts;
    parts.row_sums = (int32_t *)scratch;
    parts.block = (int8_t *)(parts.row_sums + p->rows);
    parts.row = parts.block + 16 * words;
    __builtin_memset(parts.block, 0, (size_t)(20 * words));
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        for (int32_t i = 0; i < p->rows; i++) {
            parts.row_sums[i] = p->y_zero_point == 0 ? 0 : sum_of(x + i * p->x_row, p->x_step, p->depth);
        }
        for (int32_t j = 0; j < p->cols; j += 4) {
            const int32_t cols = p->cols - j < 4 ? p->cols - j : 4;
            int32_t start[4];
            pack_columns(p, y + j * p->y_col, cols, parts.block, start);
            multiply(p, x, cols, start, &parts, out + j);
        }
        out += p->rows * p->cols;
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        x += p->x_jumps[moved];
        y += p->y_jumps[moved];
    }
}
