/* eo_batch_matmul_s8 -- products of matrices, both computed, int8.
 *   out[b][i][j] = saturate(requant(sum_k (x[b][i][k] - x_zero_point) * (y[b][k][j] - y_zero_point)) + out_zero_point)
 *   x, y     int8, each matrix with steps of its own for its rows, columns and batches (eo_walk.h); in ROM or RAM
 *   out      [batches][rows][cols] int8, may not overlap x and y
 *   scratch  4 * (rows + 5 * words) bytes, words = ceil(depth / 4), aligned to 4: sums of the rows, four columns of y,
 *            a row of x
 * Sums are modulo 2^32; with a depth of 32,768 at most, the true sum fits. */
#ifndef EO_BATCH_MATMUL_S8_H
#define EO_BATCH_MATMUL_S8_H

#include "eo_arch.h"

struct eo_batch_matmul_s8_params {
    int32_t rows;
    int32_t depth; /* 1..32,768 */
    int32_t cols;
    int32_t x_row;  /* elements of x from a row to the next */
    int32_t x_step; /* and along a row */
    int32_t y_col;  /* elements of y from a column to the next */
    int32_t y_step; /* and along a column */
    int32_t x_zero_point;
    int32_t y_zero_point;
    int32_t out_zero_point;
    int32_t multiplier;     /* in [0, 2^31) */
    int32_t shift;          /* -31..30, to the left where above 0 */
    int32_t dims;           /* of the walk over batches, 0..6 */
    const int32_t *extents; /* [dims] */
    const int32_t *x_jumps; /* [dims] */
    const int32_t *y_jumps; /* [dims] */
};

#ifdef __cplusplus
extern "C" {
#endif
void eo_batch_matmul_s8(const struct eo_batch_matmul_s8_params *p, const int8_t *x, const int8_t *y, int8_t *out,
                        void *scratch);
#ifdef __cplusplus
}
#endif

#endif
