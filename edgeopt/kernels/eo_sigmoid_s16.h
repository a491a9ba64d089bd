/* eo_sigmoid_s16.h -- sigmoid and tanh of int16 with the lines between 256 nodes of TensorFlow Lite for
 * Microcontrollers.
 *
 * nodes[i] is sigmoid(i / 24) with 16 fractional bits (edgeopt/ops/_sigmoid_s16.py, its twin). Beyond node 255 the
 * functions have reached their ends. |x| is below 2^30; a Q3.12 times 3 has 512 a node for the sigmoid, 256 for tanh.
 */
#ifndef EO_SIGMOID_S16_H
#define EO_SIGMOID_S16_H

#include "eo_arch.h"

/* Where x >= 0 lies between two nodes that are 2^bits apart, with `bits` further fractional bits. */
static inline int32_t eo_between_nodes(const uint16_t *nodes, int32_t x, int bits) {
    const uint16_t *const node = nodes + (x >> bits);
    const int32_t low = node[0], high = node[1];
    return low * ((int32_t)1 << bits) + (x & (((int32_t)1 << bits) - 1)) * (high - low);
}

/* Q15 of sigmoid(x); 512 of x are one node. */
static inline int32_t eo_sigmoid_q15(const uint16_t *nodes, int32_t x) {
    const int32_t magnitude = x < 0 ? -x : x;
    const int32_t value = magnitude >> 9 >= 255 ? (int32_t)0x7fff << 10 : eo_between_nodes(nodes, magnitude, 9);
    return (x < 0 ? ((int32_t)1 << 25) - value + 511 : value + 512) >> 10;
}

/* Q15 of tanh(x) = 2 sigmoid(2x) - 1; 256 of x are one node. */
static inline int32_t eo_tanh_q15(const uint16_t *nodes, int32_t x) {
    const int32_t magnitude = x < 0 ? -x : x;
    const int32_t doubled = magnitude >> 8 >= 255 ? (int32_t)0xffff << 8 : eo_between_nodes(nodes, magnitude, 8);
    const int32_t value = doubled - ((int32_t)1 << 23);
    return (x < 0 ? 127 - value : value + 128) >> 8;
}

#endif
