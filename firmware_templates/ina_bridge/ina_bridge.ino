/* A bridge from an INA219, INA226 or INA228 to edgeopt: reads the chip over I2C, writes lines of CSV to the port.
 *
 * Wiring: SDA, SCL and ground of the chip to this board, its VS to this board's 3.3 or 5 V (not to the measured supply);
 * the measured supply through the shunt, from IN+ to IN-; the measured board's timestamp pin to EO_GATE_PIN, and ground
 * to ground. A board of 3.3 V must not see 5 V: the gate pin is an input without a pull-up.
 *
 * Format of the lines: docs/power_meters.md. Commands, one byte each: `?` header, `+` start from row 0, `-` stop.
 * After a reset it writes its header and starts by itself, so that any terminal can log it. */
#include <Arduino.h>
#include <Wire.h>

#include "eo_ina.h"

#ifndef EO_SHUNT_MICROOHM
#define EO_SHUNT_MICROOHM 100000UL /* the shunt's resistance: what is printed on it, or better, measured */
#endif
#ifndef EO_RATE_HZ
#define EO_RATE_HZ 500UL /* rows a second of an INA228; the others have one a result */
#endif
#ifndef EO_GATE_PIN
#define EO_GATE_PIN 2
#endif
#ifndef EO_BAUD
#define EO_BAUD 500000UL
#endif
#ifndef EO_ADDRESS
#define EO_ADDRESS 0x40
#endif

static const uint32_t PERIOD_US = 1000000UL / EO_RATE_HZ;
static const uint32_t LONGEST_US = 100000UL; /* without a result: the chip has lost its settings, or its supply */

static const EoChip *chip; /* null: none was found */
static bool running;
static uint16_t row;
static uint32_t next_us; /* when the next row is due, of rows that follow the clock */
static uint32_t last_us; /* when the last row was made, of those that follow the results */

/* Writes a register; false if nobody acknowledges. */
static bool write_register(uint8_t address, uint16_t value) {
    Wire.beginTransmission((uint8_t)EO_ADDRESS);
    Wire.write(address);
    Wire.write((uint8_t)(value >> 8));
    Wire.write((uint8_t)(value & 0xFF));
    return Wire.endTransmission() == 0;
}

/* Reads `count` bytes of a register, the highest first; false if they do not come. */
static bool read_register(uint8_t address, uint8_t *bytes, uint8_t count) {
    Wire.beginTransmission((uint8_t)EO_ADDRESS);
    Wire.write(address);
    if (Wire.endTransmission(false) != 0 || Wire.requestFrom((uint8_t)EO_ADDRESS, count) != count) {
        return false;
    }
    for (uint8_t i = 0; i < count; ++i) {
        bytes[i] = (uint8_t)Wire.read();
    }
    return true;
}

static uint16_t read_word(uint8_t address) {
    uint8_t bytes[2] = {0, 0};
    (void)read_register(address, bytes, 2);
    return (uint16_t)((uint16_t)bytes[0] << 8 | bytes[1]);
}

static bool write_settings(const EoSetting *settings, uint8_t count) {
    for (uint8_t i = 0; i < count; ++i) {
        if (!write_register(settings[i].address, settings[i].value)) {
            return false;
        }
    }
    return true;
}

/* Resets the chip, finds out which it is, and sets it up; leaves `chip` null where there is none. */
static void set_up_chip() {
    chip = 0;
    if (!write_register(EO_RESET_REGISTER, EO_RESET)) {
        return;
    }
    delay(2);
    const uint16_t config = read_word(EO_RESET_REGISTER);
    if (config == EO_INA219_CONFIG && write_settings(EO_INA219_SETTINGS, 1)) {
        chip = &EO_INA219;
    } else if (config == EO_INA226_CONFIG && write_settings(EO_INA226_SETTINGS, 1)) {
        chip = &EO_INA226;
    } else if (read_word(EO_INA228_MAKER_REGISTER) == EO_MAKER &&
               read_word(EO_INA228_DEVICE_REGISTER) >> 4 == EO_INA228_DEVICE &&
               write_settings(EO_INA228_SETTINGS, sizeof EO_INA228_SETTINGS / sizeof EO_INA228_SETTINGS[0])) {
        chip = &EO_INA228;
    }
}

static void write_error(const char *what) {
    EoLine line;
    line.text("# edgeopt-bridge v1 error=");
    line.text(what);
    Serial.print(line.end());
}

static void write_header() {
    if (!chip) {
        write_error("no-chip");
        return;
    }
    EoLine line;
    line.text("# edgeopt-bridge v1 meter=");
    line.text(chip->name);
    line.text(" shunt_ohm=");
    line.millionths(EO_SHUNT_MICROOHM);
    line.text(" rate_hz=");
    line.number(chip->result_us ? 1000000UL / chip->result_us : EO_RATE_HZ);
    line.text(" i_lsb_pa=");
    line.number(eo_current_lsb_pa(*chip, EO_SHUNT_MICROOHM));
    line.text(" v_lsb_pv=");
    line.number(chip->bus_lsb_pv);
    Serial.print(line.end());
    EoLine columns;
    columns.text("# row,time_us,current,voltage,gpio");
    columns.text(chip->accumulates ? ",charge,energy" : "");
    Serial.print(columns.end());
}

static void start() {
    set_up_chip(); /* clears the accumulators */
    write_header();
    running = chip != 0;
    row = 0;
    last_us = (uint32_t)micros();
    next_us = last_us + PERIOD_US;
}

/* The lower 32 bits of an accumulator; differences of them are right modulo 2^32. */
static bool read_accumulator(uint8_t address, uint32_t *low) {
    uint8_t bytes[EO_ACCUMULATOR_BYTES];
    if (!read_register(address, bytes, EO_ACCUMULATOR_BYTES)) {
        return false;
    }
    *low = (uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 8 | bytes[4];
    return true;
}

static bool write_row(uint32_t now_us) {
    uint8_t shunt[3];
    uint8_t bus[3];
    uint32_t charge = 0;
    uint32_t energy = 0;
    const bool gate = digitalRead(EO_GATE_PIN) != LOW; /* at now_us, before the I2C takes its time */
    if (!read_register(chip->shunt_register, shunt, eo_bytes_of(chip->shunt_reading)) ||
        !read_register(chip->bus_register, bus, eo_bytes_of(chip->bus_reading))) {
        return false;
    }
    if (chip->accumulates &&
        (!read_accumulator(EO_CHARGE_REGISTER, &charge) || !read_accumulator(EO_ENERGY_REGISTER, &energy))) {
        return false;
    }
    EoLine line;
    line.number(row);
    line.put(',');
    line.number(now_us);
    line.put(',');
    line.signed_number(eo_counts(shunt, chip->shunt_reading, true));
    line.put(',');
    line.signed_number(eo_counts(bus, chip->bus_reading, false));
    line.put(',');
    line.put(gate ? '1' : '0');
    if (chip->accumulates) {
        line.put(',');
        line.number(charge);
        line.put(',');
        line.number(energy);
    }
    Serial.print(line.end());
    return true;
}

enum Due { NOT_YET, NOW, CHIP_GONE };

/* Rows that there was no time for: their numbers are left out. */
static void skip(uint32_t rows) {
    row = (uint16_t)(row + rows);
}

static Due due_by_clock(uint32_t now_us) {
    if ((int32_t)(now_us - next_us) < 0) {
        return NOT_YET;
    }
    const uint32_t late = (now_us - next_us) / PERIOD_US;
    next_us += (late + 1) * PERIOD_US;
    skip(late);
    return NOW;
}

static Due due_by_result(uint32_t now_us) {
    uint8_t bytes[2];
    const uint32_t passed_us = now_us - last_us;
    if (passed_us > LONGEST_US || !read_register(chip->ready_register, bytes, 2)) {
        return CHIP_GONE;
    }
    if (!(((uint16_t)bytes[0] << 8 | bytes[1]) & chip->ready_bit)) {
        return NOT_YET;
    }
    if (chip->clear_register != chip->ready_register && !read_register(chip->clear_register, bytes, 2)) {
        return CHIP_GONE;
    }
    last_us = now_us;
    if (row) {
        skip((passed_us + chip->result_us / 2) / chip->result_us - (passed_us > chip->result_us / 2));
    }
    return NOW;
}

static void obey(int command) {
    if (command == '?') {
        write_header();
    } else if (command == '+') {
        start();
    } else if (command == '-') {
        running = false;
    }
}

void setup() {
    pinMode(EO_GATE_PIN, INPUT);
    Serial.begin(EO_BAUD);
    Wire.begin();
    Wire.setClock(400000UL);
#ifdef WIRE_HAS_TIMEOUT
    Wire.setWireTimeout(25000UL, true); /* an AVR would else wait for ever for a line that is held low */
#endif
    start();
}

void loop() {
    if (Serial.available() > 0) {
        obey(Serial.read());
    }
    if (!running) {
        return;
    }
    const uint32_t now_us = (uint32_t)micros();
    const Due due = chip->result_us ? due_by_result(now_us) : due_by_clock(now_us);
    if (due == NOT_YET) {
        return;
    }
    if (due == CHIP_GONE || !write_row((uint32_t)micros())) {
        write_error("i2c");
        running = false;
        return;
    }
    ++row;
}
