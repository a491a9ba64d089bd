/* eo_extension_probe.c -- commands that look into the arena in the middle of an inference.
 *
 * The host knows what must lie where before each layer, so it can tell which layer is the first that computes something
 * else. The inference runs to its end: nothing is held up, and what the network remembers goes on as after `run`. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "eo_extension_internal.h"
#include "eo_inference.h"
#include "eo_model.h"
#include "eo_protocol.h"
#include "eo_text.h"

#define REGION_WORDS 3u /* layer, offset, bytes */
#define REGIONS (EO_CHUNK_BYTES / (4u * REGION_WORDS))

/* Of the last probe or peek. */
static struct {
    uint32_t id;                         /* as eo_last_run.id, while nothing else was done */
    uint32_t regions;                    /* asked for */
    uint32_t next;                       /* the first that was not met yet */
    const uint8_t *arena;                /* asked for before: in the hook the call would look like a recursion */
    uint32_t words[EO_CHUNK_BYTES / 4u]; /* regions; word i is region i's CRC once it was met. Or the bytes of a peek */
} probed;

/* Bytes [offset, offset + bytes) of the arena before a layer of the model, or at its end; at least one. */
static int is_region(uint32_t layer, uint32_t offset, uint32_t bytes) {
    return layer <= (uint32_t)eo_model->layers && bytes != 0 && offset <= eo_model->arena_bytes &&
           bytes <= eo_model->arena_bytes - offset;
}

/* Takes the CRC of every region that is due before `layer`. Region i is read before word i is written, as 3 i >= i. */
static void probe_hook(void *user, int layer) {
    (void)user;
    while (probed.next < probed.regions && probed.words[REGION_WORDS * probed.next] == (uint32_t)layer) {
        const uint32_t *region = probed.words + REGION_WORDS * probed.next;
        const uint32_t crc = eo_crc32(0, probed.arena + region[1], region[2]);
        probed.words[probed.next] = crc;
        ++probed.next;
    }
}

/* Keeps the bytes of the only region. */
static void peek_hook(void *user, int layer) {
    (void)user;
    if (probed.next < probed.regions && probed.words[0] == (uint32_t)layer) {
        const uint32_t offset = probed.words[1];
        const uint32_t bytes = probed.words[2];
        memset(probed.words, 0, 4u * REGION_WORDS);
        memcpy(probed.words, probed.arena + offset, bytes);
        ++probed.next;
    }
}

/* One inference as `run` makes it, with a hook. */
static const char *infer(uint32_t id, uint32_t crc, uint32_t count, void (*hook)(void *user, int layer)) {
    uint32_t cycles;
    if (eo_inputs_crc() != crc) {
        return eo_bad_input;
    }
    if (eo_model->state_bytes != 0 && count != eo_inference_count()) {
        return eo_bad_state;
    }
    eo_last_run.id = 0;
    probed.next = 0;
    probed.arena = eo_model->arena();
    eo_inference_inputs_complete();
    if (eo_inference_run_hook(hook, &cycles) != 0) {
        return eo_bad_model;
    }
    probed.id = eo_last_run.id = id;
    eo_last_run.cycles = cycles;
    eo_last_run.outputs_crc = eo_outputs_crc();
    return NULL;
}

/* The regions of a `probe`: three numbers each, sorted by layer. Returns 0 where they are not, or are none. */
static int take_regions(char *arguments) {
    uint32_t count = 0;
    uint32_t layer = 0;
    uint32_t i;
    char *word;
    while ((word = eo_word(&arguments)) != NULL) {
        if (count == REGION_WORDS * REGIONS || !eo_word_hex(&word, &probed.words[count])) {
            return 0;
        }
        ++count;
    }
    probed.regions = count / REGION_WORDS;
    for (i = 0; i < probed.regions; ++i) {
        const uint32_t *region = probed.words + REGION_WORDS * i;
        if (!is_region(region[0], region[1], region[2]) || region[0] < layer) {
            return 0;
        }
        layer = region[0];
    }
    return count != 0 && count % REGION_WORDS == 0;
}

/* ID INPUTS_CRC COUNT, as both commands begin. */
static int take_run(char **arguments, uint32_t *v) {
    return eo_word_hex(arguments, &v[0]) && eo_word_hex(arguments, &v[1]) && eo_word_hex(arguments, &v[2]) && v[0] != 0;
}

static int is_repeat(uint32_t id) {
    return id == probed.id && id == eo_last_run.id;
}

static void answer(uint32_t sequence, uint32_t id, uint32_t values) {
    uint32_t i;
    eo_begin_answer(sequence, "ok");
    eo_print_value(id);
    for (i = 0; i < values; ++i) {
        eo_print_value(probed.words[i]);
    }
    eo_print_end();
}

/* probe ID INPUTS_CRC COUNT [LAYER OFFSET BYTES]...: one inference (see `run`), and the CRC-32 of each region of the
 * arena as it was just before its layer; LAYER = layers is the end. At most 16 regions, sorted by layer. Answers ID and
 * a CRC a region. */
const char *eo_command_probe(uint32_t sequence, char *arguments) {
    uint32_t v[3];
    if (!take_run(&arguments, v)) {
        return eo_bad_arguments;
    }
    if (!is_repeat(v[0])) {
        const char *reason = eo_bad_range;
        probed.id = 0; /* what it found is overwritten */
        if (take_regions(arguments)) {
            reason = infer(v[0], v[1], v[2], probe_hook);
        }
        if (reason != NULL) {
            return reason;
        }
    }
    answer(sequence, v[0], probed.next);
    return NULL;
}

/* peek ID INPUTS_CRC COUNT LAYER OFFSET BYTES: one inference (see `run`), and the bytes as they were just before the
 * layer, at most EO_CHUNK_BYTES. Answers ID and them, as little-endian words; behind the last are zeros. */
const char *eo_command_peek(uint32_t sequence, char *arguments) {
    uint32_t v[6];
    if (!eo_take_arguments(&arguments, v, 6) || v[0] == 0) {
        return eo_bad_arguments;
    }
    if (!is_region(v[3], v[4], v[5]) || v[5] > EO_CHUNK_BYTES) {
        return eo_bad_range;
    }
    if (!is_repeat(v[0])) {
        const char *reason;
        probed.id = 0;
        memset(probed.words, 0, sizeof probed.words);
        probed.regions = 1;
        memcpy(probed.words, v + 3, 4u * REGION_WORDS);
        reason = infer(v[0], v[1], v[2], peek_hook);
        if (reason != NULL) {
            return reason;
        }
    }
    answer(sequence, v[0], (v[5] + 3u) / 4u);
    return NULL;
}
