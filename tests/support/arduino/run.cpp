/* Runs the bridge's sketch against a chip that this file plays: RUN CHIP LOOPS GONE_AFTER SIGN [COMMAND LOOP]...
 *
 * The chip's registers are of the data sheets; what it measures is: shunt 0.01 V + 0.001 V x (ms since its reset mod
 * 4), bus 3.3 V; its sums are those of the time. After GONE_AFTER reads (0: never) nothing acknowledges. Standard
 * output: what the sketch writes; standard error: each register that it wrote. */
#include "Arduino.h"
#include "Wire.h"
#include <stdlib.h>

void setup();
void loop();

FakeSerial Serial;
FakeWire Wire;

static uint64_t now_us = 4294800000ULL; /* shortly before micros() runs over */
static uint64_t reset_us;
static uint64_t results_read;
static const char *chip;
static double sign;
static unsigned long reads, gone_after;
static uint8_t sent[3], sent_count, answer[8], answer_count, answer_at;
static uint16_t words[256];
static char commands[16];
static unsigned long command_loops[16], commands_count, commands_done, loops;

unsigned long micros() {
    now_us += 8;
    return (unsigned long)(uint32_t)now_us;
}

void delay(unsigned long ms) {
    now_us += ms * 1000;
}

void pinMode(uint8_t pin, uint8_t mode) {
    (void)pin;
    (void)mode;
}

int digitalRead(uint8_t pin) {
    return pin == 2 && (now_us / 100000) % 2;
}

void FakeSerial::begin(unsigned long baud) {
    fprintf(stderr, "baud %lu\n", baud);
}

int FakeSerial::available() {
    return commands_done < commands_count && loops >= command_loops[commands_done];
}

int FakeSerial::read() {
    return commands[commands_done++];
}

size_t FakeSerial::print(const char *text) {
    now_us += strlen(text) * 2; /* into the buffer */
    fputs(text, stdout);
    return strlen(text);
}

void FakeWire::begin() {
}

void FakeWire::setClock(uint32_t hz) {
    fprintf(stderr, "wire %u\n", (unsigned)hz);
}

void FakeWire::setWireTimeout(uint32_t us, bool reset_with_timeout) {
    fprintf(stderr, "wire waits %u us%s\n", (unsigned)us, reset_with_timeout ? ", then begins anew" : "");
}

void FakeWire::beginTransmission(uint8_t address) {
    sent_count = 0;
    if (address != 0x40) {
        abort();
    }
}

void FakeWire::write(uint8_t byte) {
    if (sent_count == sizeof sent) {
        abort();
    }
    sent[sent_count++] = byte;
}

static void reset() {
    memset(words, 0, sizeof words);
    words[0x00] = !strcmp(chip, "INA219") ? 0x399F : !strcmp(chip, "INA226") ? 0x4127 : 0;
    if (!strcmp(chip, "INA228")) {
        words[0x3E] = 0x5449;
        words[0x3F] = 0x2281;
    }
    reset_us = now_us;
    results_read = 0;
}

uint8_t FakeWire::endTransmission(bool stop) {
    (void)stop;
    now_us += 25 * (sent_count + 1);
    if (!strcmp(chip, "none") || (gone_after && reads >= gone_after)) {
        return 2; /* not acknowledged */
    }
    if (sent_count == 3) {
        const uint16_t value = (uint16_t)(sent[1] << 8 | sent[2]);
        fprintf(stderr, "write %02X %04X\n", sent[0], value);
        if (sent[0] == 0 && value & 0x8000) {
            reset();
        } else {
            words[sent[0]] = value;
            if (sent[0] == 0 && strcmp(chip, "INA228")) { /* starts over */
                reset_us = now_us;
                results_read = 0;
            }
        }
    }
    return 0;
}

static void put(uint64_t value, uint8_t bytes) {
    answer_count = bytes;
    for (uint8_t i = 0; i < bytes; ++i) {
        answer[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    }
}

/* How many results there have been since the reset; INA219 1592 us each, INA226 1304 us. */
static uint64_t results() {
    return (now_us - reset_us) / (!strcmp(chip, "INA219") ? 1592 : 1304);
}

uint8_t FakeWire::requestFrom(uint8_t address, uint8_t count) {
    (void)address;
    ++reads;
    now_us += 25 * (count + 1UL);
    const double seconds = (double)(now_us - reset_us) * 1e-6;
    const double shunt_v = sign * (0.01 + 0.001 * (double)((now_us - reset_us) / 1000 % 4));
    answer_at = 0;
    put(words[sent[0]], 2);
    if (!strcmp(chip, "INA228")) {
        switch (sent[0]) {
        case 0x04:
            put((uint64_t)(int64_t)(shunt_v / 78.125e-9) << 4 & 0xFFFFFF, 3);
            break;
        case 0x05:
            put((uint64_t)(3.3 / 195.3125e-6) << 4, 3);
            break;
        case 0x09:
            put((uint64_t)(0.115 * 3.3 * seconds / (51.2 * 78.125e-8)) + 0xFFFFFFFF00ULL, 5);
            break;
        case 0x0A:
            put((uint64_t)(0.115 * seconds / 78.125e-8) + 0xFFFFFFF000ULL, 5);
            break;
        }
    } else if (sent[0] == 1) {
        const double lsb_v = !strcmp(chip, "INA219") ? 10e-6 : 2.5e-6;
        put((uint64_t)(int64_t)(shunt_v / lsb_v) & 0xFFFF, 2);
    } else if (sent[0] == 3) {
        results_read = results();
    } else if (sent[0] == 6) {
        put(results() > results_read ? 0x0008 : 0, 2);
        results_read = results();
    } else if (sent[0] == 2) {
        put(!strcmp(chip, "INA219") ? (uint64_t)(3.3 / 4e-3) << 3 | (results() > results_read ? 2 : 0)
                                    : (uint64_t)(3.3 / 1.25e-3),
            2);
    }
    return count == answer_count ? count : 0;
}

int FakeWire::read() {
    return answer[answer_at++];
}

int main(int count, char **arguments) {
    chip = arguments[1];
    gone_after = strtoul(arguments[3], 0, 10);
    sign = atof(arguments[4]);
    for (int i = 5; i + 1 < count; i += 2, ++commands_count) {
        commands[commands_count] = arguments[i][0];
        command_loops[commands_count] = strtoul(arguments[i + 1], 0, 10);
    }
    reset();
    setup();
    for (const unsigned long end = strtoul(arguments[2], 0, 10); loops < end; ++loops) {
        loop();
    }
    return 0;
}
