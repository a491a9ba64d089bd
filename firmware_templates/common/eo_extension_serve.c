/* eo_extension_serve.c -- requests that arrive at times of the host's choice, served one after the other.
 *
 * The times between arrivals and, in their place, the response times lie in the record of eo_inference.h. The clock of
 * the arrivals goes on from one `serve` to the next as if no time lay between them: the host needs that time to send
 * further gaps and to read what was recorded. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "eo_extension_internal.h"
#include "eo_inference.h"
#include "eo_model.h"
#include "eo_port.h"
#include "eo_protocol.h"
#include "eo_text.h"

#define LONGEST                                                                                                        \
    0xffffffffu          /* a gap that is a part of the next one, without a request; a response that is no shorter     \
                          */
#define NAPS_A_SECOND 8u /* at least so often the watchdog is fed and the counter is read */
#define CHUNK_WORDS (EO_CHUNK_BYTES / 4u)

static struct {
    uint32_t id;     /* of the last `serve` */
    uint64_t asleep; /* ticks in it */
    uint32_t read;   /* eo_port_cycles() when `since` was brought up to date */
    uint64_t since;  /* ticks since the last arrival */
} serving;

/* Ticks since the last arrival; to be called at least once while the counter goes round. */
static uint64_t ticks_since_arrival(void) {
    const uint32_t now = eo_port_cycles();
    serving.since += (uint32_t)(now - serving.read);
    serving.read = now;
    return serving.since;
}

/* Sleeps until the next request is there, `gap` ticks after the last; afterwards its arrival is the last. The host has
 * nothing to say meanwhile; a byte all the same ends no wait, it only keeps the device awake. */
static void await_request(uint64_t gap) {
    const uint32_t nap = eo_port_cycles_hz() / NAPS_A_SECOND;
    uint64_t since;
    while ((since = ticks_since_arrival()) < gap) {
        const uint64_t left = gap - since;
        if (eo_port_sleep(left < nap ? (uint32_t)left : nap)) {
            serving.asleep += ticks_since_arrival() - since;
        }
        eo_port_watchdog_feed();
    }
    serving.since -= gap;
}

/* Serves the requests whose gaps are in the record; the model's status. */
static int serve(uint32_t *record, uint32_t count) {
    uint64_t gap = 0;
    uint32_t i;
    serving.asleep = 0;
    serving.read = eo_port_cycles();
    for (i = 0; i < count; ++i) {
        int status;
        uint64_t response;
        gap += record[i];
        if (record[i] == LONGEST) {
            continue;
        }
        await_request(gap);
        gap = 0;
        status = eo_inference_serve();
        if (status != 0) {
            return status;
        }
        eo_port_watchdog_feed();
        response = ticks_since_arrival();
        record[i] = response < LONGEST ? (uint32_t)response : LONGEST;
    }
    await_request(gap); /* a part of a gap that the next `serve` goes on with */
    return 0;
}

/* The inputs and, behind them, `count` gaps as they lie in memory. */
static uint32_t requests_crc(const uint32_t *record, uint32_t count) {
    return eo_crc32(eo_inputs_crc(), record, 4u * count);
}

/* gaps FIRST BASE64: little-endian words into the record, from word FIRST on. What it held is no longer there. */
const char *eo_command_gaps(uint32_t sequence, char *arguments) {
    uint32_t words[CHUNK_WORDS];
    uint32_t *record = eo_inference_record();
    uint32_t first;
    const char *base64;
    int32_t bytes;
    if (!eo_word_hex(&arguments, &first)) {
        return eo_bad_arguments;
    }
    base64 = eo_word(&arguments);
    if (base64 == NULL || eo_word(&arguments) != NULL) {
        return eo_bad_arguments;
    }
    bytes = eo_base64_decode(base64, (uint8_t *)words, sizeof words);
    if (bytes < 0 || bytes % 4 != 0 || first > EO_LAYER_WINDOW || (uint32_t)bytes / 4u > EO_LAYER_WINDOW - first) {
        return eo_bad_range;
    }
    memcpy(record + first, words, (uint32_t)bytes);
    eo_inference_recorded(0);
    eo_begin_answer(sequence, "ok");
    eo_print_end();
    return NULL;
}

/* serve ID CRC COUNT BEGIN: serves the first COUNT requests of the record, if CRC is that of the inputs and these gaps.
 * Request i arrives record[i] ticks after request i - 1. Request 0 does so after the last of the `serve` before, with
 * the time in between left out (BEGIN 0), or after the clock begins (BEGIN 1). A gap of ffffffff has no request, and is
 * a part of the next one. Then record[i] is the time from arrival to result, ffffffff for what is no shorter; `layers`
 * reads it. ID is as in `run`. Answers ID and the ticks asleep, the upper 32 bits of them first. */
const char *eo_command_serve(uint32_t sequence, char *arguments) {
    uint32_t v[4];
    uint32_t *record = eo_inference_record();
    if (!eo_take_arguments(&arguments, v, 4) || v[0] == 0 || v[3] > 1) {
        return eo_bad_arguments;
    }
    if (v[2] > EO_LAYER_WINDOW) {
        return eo_bad_range;
    }
    if (v[0] != eo_last_run.id) {
        if (requests_crc(record, v[2]) != v[1]) {
            return eo_bad_input;
        }
        if (v[3] == 0 && (eo_last_run.id == 0 || eo_last_run.id != serving.id)) {
            return eo_bad_state;
        }
        eo_last_run.id = 0;
        eo_inference_inputs_complete();
        if (v[3] == 1) {
            serving.since = 0;
        }
        if (serve(record, v[2]) != 0) {
            return eo_bad_model;
        }
        eo_inference_recorded(v[2]);
        eo_last_run.id = v[0];
        eo_last_run.outputs_crc = eo_outputs_crc();
        serving.id = v[0];
    }
    eo_begin_answer(sequence, "ok");
    eo_print_value(serving.id);
    eo_print_value((uint32_t)(serving.asleep >> 32));
    eo_print_value((uint32_t)serving.asleep);
    eo_print_end();
    return NULL;
}
