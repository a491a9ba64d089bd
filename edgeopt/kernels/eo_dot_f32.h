/* eo_dot_f32.h -- sums of products in float32, four rows of weights at a time; each sum in the order of its terms. */
#ifndef EO_DOT_F32_H
#define EO_DOT_F32_H

#include "eo_float.h"

/* acc[k] += x[i] * rows[k * step + i] for i = 0, 1 ... count - 1, k < 4. */
static inline void eo_dot_f32(const float *x, const float *rows, int32_t step, int32_t count, float acc[4]) {
    const float *w0 = rows, *w1 = w0 + step, *w2 = w1 + step, *w3 = w2 + step;
    float acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    for (; count > 0; count--) {
        const float value = *x++;
        acc0 += value * *w0++;
        acc1 += value * *w1++;
        acc2 += value * *w2++;
        acc3 += value * *w3++;
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
}

/* acc[0] += x[i] * row[i]: what is left of a number of rows that four does not divide. */
static inline void eo_dot_one_f32(const float *x, const float *row, int32_t count, float acc[4]) {
    float sum = acc[0];
    for (; count > 0; count--) {
        sum += *x++ * *row++;
    }
    acc[0] = sum;
}

#endif
