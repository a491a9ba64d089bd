/* eo_input_stats.h -- exact statistics of what goes into a network, so that a drift of the data shows.
 *
 * Stand-alone: a program of your own needs this file and eo_input_stats.c, a struct an input, and one call before each
 * inference. Integers alone; one pass over the input; no heap. edgeopt's firmware has them by `generate --input-stats`.
 *
 *     static struct eo_input_stats stats;   all zero: nothing was seen
 *     eo_input_stats_s8(&stats, input, INPUT_ELEMENTS);
 *     net_invoke(...); */
#ifndef EO_INPUT_STATS_H
#define EO_INPUT_STATS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct eo_input_stats {
    uint64_t values;     /* elements that were seen */
    int64_t sum;         /* of them */
    uint64_t squares;    /* sum of their squares */
    uint64_t at_ends;    /* those equal to the least or the most of their type: saturated, as far as one can tell */
    int32_t least;       /* of all values; 0 where none was seen */
    int32_t most;        /* likewise */
    uint32_t inferences; /* calls */
};

/* Forgets everything. */
void eo_input_stats_clear(struct eo_input_stats *stats);

/* Adds the input of one inference, `count` >= 1 elements. Before a sum could overflow (2^34 values of 16 bits, or 2^32
 * - 1 inferences) they stand still: what they say stays exact, and later inputs are not in it. Any other type has none.
 */
void eo_input_stats_s8(struct eo_input_stats *stats, const int8_t *values, uint32_t count);
void eo_input_stats_u8(struct eo_input_stats *stats, const uint8_t *values, uint32_t count);
void eo_input_stats_s16(struct eo_input_stats *stats, const int16_t *values, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
