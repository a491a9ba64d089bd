/* eo_protocol.c -- command lines, and the commands of the MLPerf Tiny device protocol.
 *
 * A command ends with '%', every line that is sent with "\r\n", every answer with "m-ready". */
#include "eo_protocol.h"

#include <stddef.h>
#include <stdint.h>

#include "eo_config.h"
#include "eo_dataset.h"
#include "eo_extension.h"
#include "eo_inference.h"
#include "eo_model.h"
#include "eo_port.h"
#include "eo_text.h"

#define FIRMWARE_VERSION "ULPMark for tinyML Firmware V0.0.1" /* what the official runner expects */

#if EO_ENERGY_MODE
#define MODE "energy"
#define STAMP "a falling edge of the timestamp pin"
#else
#define MODE "performance"
#define STAMP "the time in microseconds"
#endif

static struct {
    char line[EO_LINE_BYTES + 1];
    uint32_t length; /* characters since the last '%'; more than EO_LINE_BYTES: the command is too long */
} host;

/* Time since the start; see eo_protocol_clock(). */
static struct {
    uint32_t last;    /* eo_port_cycles() at the last update */
    uint32_t seconds; /* whole ones */
    uint32_t ticks;   /* of the second that runs, < hz */
} uptime;

void eo_protocol_clock(void) {
    const uint32_t hz = eo_port_cycles_hz();
    const uint32_t now = eo_port_cycles();
    const uint32_t passed = now - uptime.last;
    const uint32_t rest = passed % hz;
    uptime.last = now;
    uptime.seconds += passed / hz;
    if (rest >= hz - uptime.ticks) {
        uptime.ticks = rest - (hz - uptime.ticks);
        ++uptime.seconds;
    } else {
        uptime.ticks += rest;
    }
}

/* A falling edge of the timestamp pin and, but for energy mode, "m-lap-us-N", N digit by digit: no division of 64 bits,
 * which a Cortex-M0+ would fetch from a library. */
static void stamp(void) {
    const uint32_t hz = eo_port_cycles_hz();
    uint64_t rest;
    int started;
    int i;
    eo_port_pulse();
    eo_protocol_clock();
    if (EO_ENERGY_MODE) {
        return;
    }
    eo_print("m-lap-us-");
    started = uptime.seconds != 0;
    if (started) {
        eo_print_decimal(uptime.seconds);
    }
    rest = uptime.ticks;
    for (i = 0; i < 6; ++i) {
        char digit = '0';
        for (rest *= 10; rest >= hz; rest -= hz) {
            ++digit;
        }
        started = started || digit != '0' || i == 5;
        if (started) {
            eo_print_char(digit);
        }
    }
    eo_print("\r\n");
}

/* A result that cannot be trusted is an error, not a number. */
static void print_results(void) {
    switch (eo_inference_outputs()) {
    case EO_OUTPUTS_NONE:
        eo_print("e-[No results: 'infer' comes first]\r\n");
        break;
    case EO_OUTPUTS_STALE:
        eo_print("e-[No results: the input does not survive an inference, load it again]\r\n");
        break;
    case EO_OUTPUTS_VALID:
        eo_dataset_print_results();
        break;
    }
}

/* Returns 0 where the model failed. */
static int infer_repeatedly(int32_t count) {
    uint32_t cycles;
    for (; count > 0; --count) {
        if (eo_inference_run(&cycles) != 0) {
            eo_print("e-[The model returned an error]\r\n");
            return 0;
        }
        eo_protocol_clock();
    }
    return 1;
}

static void command_infer(char *arguments) {
    const char *iterations_text = eo_word(&arguments);
    const char *warmup_text = eo_word(&arguments);
    const int32_t iterations = iterations_text == NULL ? 1 : eo_decimal(iterations_text);
    const int32_t warmup = warmup_text == NULL ? 10 : eo_decimal(warmup_text);
    if (iterations <= 0) {
        eo_print("e-[Inference iterations must be >0]\r\n");
        return;
    }
    if (warmup < 0) {
        eo_print("e-[Inference warmup must be >=0]\r\n");
        return;
    }
    eo_print("m-warmup-start-");
    eo_print_decimal((uint32_t)warmup);
    eo_print("\r\n");
    if (!infer_repeatedly(warmup)) {
        return;
    }
    eo_print("m-warmup-done\r\nm-infer-start-");
    eo_print_decimal((uint32_t)iterations);
    eo_print("\r\n");
    stamp();
    if (!infer_repeatedly(iterations)) {
        return;
    }
    stamp();
    eo_print("m-infer-done\r\n");
    print_results();
}

static void command_help(void) {
    eo_print(FIRMWARE_VERSION "\r\n\r\n"
                              "help          : this text\r\n"
                              "name          : the device's name\r\n"
                              "timestamp     : " STAMP "\r\n"
                              "profile       : the protocol's version and the model's\r\n"
                              "db load N     : announce N bytes of input\r\n"
                              "db HH[HH]*    : the next bytes, hexadecimal\r\n"
                              "db print      : the announced bytes\r\n"
                              "infer N [W=10]: W inferences to warm up, then N timed ones\r\n"
                              "results       : the last inference's output\r\n"
                              "eo ...        : edgeopt's checked commands\r\n");
}

static void execute(char *line) {
    char *arguments = line;
    const char *command;
    if (line[0] == 'e' && line[1] == 'o' && line[2] == ' ') {
        eo_extension_execute(line); /* wants the line whole: a CRC guards it */
        return;
    }
    command = eo_word(&arguments);
    if (command == NULL) {
        command = "";
    }
    if (eo_same(command, "name")) {
        eo_print("m-name-dut-[" EO_VENDOR_NAME "]\r\n");
    } else if (eo_same(command, "timestamp")) {
        stamp();
    } else if (eo_same(command, "profile")) {
        eo_print("m-profile-[" FIRMWARE_VERSION "]\r\nm-model-[");
        eo_print(EO_MODEL_VERSION);
        eo_print("]\r\n");
    } else if (eo_same(command, "help")) {
        command_help();
    } else if (eo_same(command, "db")) {
        eo_protocol_db(arguments);
    } else if (eo_same(command, "infer")) {
        command_infer(arguments);
    } else if (eo_same(command, "results")) {
        print_results();
    } else {
        eo_print("e-[Unknown command: ");
        eo_print(command);
        eo_print("]\r\n");
    }
}

void eo_protocol_receive(char c) {
    if (c != '%') {
        if (host.length < EO_LINE_BYTES) {
            host.line[host.length] = c;
        }
        host.length += host.length <= EO_LINE_BYTES; /* stands still one above */
        return;
    }
    eo_protocol_clock();
    if (host.length > EO_LINE_BYTES) {
        eo_print("e-[Command too long]\r\n"); /* cut off, it could be another valid command */
    } else {
        host.line[host.length] = 0;
        execute(host.line);
    }
    host.length = 0;
    eo_print("m-ready\r\n");
}

void eo_protocol_start(void) {
    host.length = 0;
    eo_protocol_forget_load();
    uptime.last = eo_port_cycles();
    uptime.seconds = 0;
    uptime.ticks = 0;
    eo_inference_reset();
    eo_extension_reset();
    eo_print("m-timestamp-mode-" MODE "\r\n");
    stamp();
    eo_print("m-init-done\r\nm-ready\r\n");
}

void eo_protocol_run(void) {
    int c;
    eo_protocol_start();
    while ((c = eo_port_getchar()) >= 0) {
        eo_protocol_receive((char)c);
    }
}
