/* eo_extension_stats.c -- statistics of the inputs, where the firmware keeps them (`generate --input-stats`). */
#include <stddef.h>
#include <stdint.h>

#include "eo_config.h"
#include "eo_extension_internal.h"
#include "eo_inference.h"
#include "eo_input_stats.h"
#include "eo_model.h"
#include "eo_text.h"

#if EO_INPUT_STATS > 0

static void print_wide(uint64_t value) {
    eo_print_value((uint32_t)(value >> 32));
    eo_print_value((uint32_t)value);
}

/* stats INPUT SEEN: the type of the input (enum eo_type) and its statistics: inferences, least, most, then, the upper
 * 32 bits first, values, sum, squares, values at the ends of the type. SEEN 0 leaves them alone; another number forgets
 * them first, if they are of so many inferences: so a command that comes twice forgets nothing that the host has not
 * read. */
const char *eo_command_stats(uint32_t sequence, char *arguments) {
    uint32_t v[2];
    struct eo_input_stats *stats;
    if (!eo_take_arguments(&arguments, v, 2)) {
        return eo_bad_arguments;
    }
    if (v[0] >= (uint32_t)eo_model->inputs) {
        return eo_bad_range;
    }
    stats = eo_inference_input_stats((int)v[0]);
    if (v[1] != 0 && v[1] == stats->inferences) {
        eo_input_stats_clear(stats);
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value((uint32_t)eo_model->input_tensors[v[0]].type);
    eo_print_value(stats->inferences);
    eo_print_value((uint32_t)stats->least);
    eo_print_value((uint32_t)stats->most);
    print_wide(stats->values);
    print_wide((uint64_t)stats->sum);
    print_wide(stats->squares);
    print_wide(stats->at_ends);
    eo_print_end();
    return NULL;
}

#endif
