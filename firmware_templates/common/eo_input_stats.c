/* eo_input_stats.c -- see eo_input_stats.h. Additions of 64 bits alone: no core fetches them from a library. */
#include "eo_input_stats.h"

/* Of one pass. */
struct pass {
    int32_t least;
    int32_t most;
    int64_t sum;
    uint64_t squares;
    uint32_t at_ends;
};

void eo_input_stats_clear(struct eo_input_stats *stats) {
    stats->values = 0;
    stats->sum = 0;
    stats->squares = 0;
    stats->at_ends = 0;
    stats->least = 0;
    stats->most = 0;
    stats->inferences = 0;
}

/* A square is at most 2^30. */
static int is_full(const struct eo_input_stats *stats, uint32_t count) {
    return stats->inferences == UINT32_MAX || stats->squares > UINT64_MAX - ((uint64_t)count << 30);
}

static void add(struct eo_input_stats *stats, const struct pass *pass, uint32_t count) {
    if (stats->inferences == 0 || pass->least < stats->least) {
        stats->least = pass->least;
    }
    if (stats->inferences == 0 || pass->most > stats->most) {
        stats->most = pass->most;
    }
    stats->sum += pass->sum;
    stats->squares += pass->squares;
    stats->at_ends += pass->at_ends;
    stats->values += count;
    ++stats->inferences;
}

/* The same for each type, whose ends are LEAST and MOST; a loop of its own, as each loads otherwise. */
#define EO_INPUT_STATS_PASS(LEAST, MOST)                                                                               \
    struct pass pass = {MOST, LEAST, 0, 0, 0};                                                                         \
    uint32_t i;                                                                                                        \
    if (is_full(stats, count)) {                                                                                       \
        return;                                                                                                        \
    }                                                                                                                  \
    for (i = 0; i < count; ++i) {                                                                                      \
        const int32_t value = values[i];                                                                               \
        pass.least = value < pass.least ? value : pass.least;                                                          \
        pass.most = value > pass.most ? value : pass.most;                                                             \
        pass.sum += value;                                                                                             \
        pass.squares += (uint32_t)(value * value);                                                                     \
        pass.at_ends += value == (LEAST) || value == (MOST) ? 1u : 0u;                                                 \
    }                                                                                                                  \
    add(stats, &pass, count)

void eo_input_stats_s8(struct eo_input_stats *stats, const int8_t *values, uint32_t count) {
    EO_INPUT_STATS_PASS(INT8_MIN, INT8_MAX);
}

void eo_input_stats_u8(struct eo_input_stats *stats, const uint8_t *values, uint32_t count) {
    EO_INPUT_STATS_PASS(0, UINT8_MAX);
}

void eo_input_stats_s16(struct eo_input_stats *stats, const int16_t *values, uint32_t count) {
    EO_INPUT_STATS_PASS(INT16_MIN, INT16_MAX);
}
