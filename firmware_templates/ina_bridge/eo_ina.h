/* What the bridge knows of the chips, and how a line is written. No Arduino in here: a host compiler takes it too.
 *
 * Registers: INA219 SBOS448G section 8.6, INA226 SBOS547B section 7.1, INA228 SLYS021A section 7.6. Remembered, not
 * opened: the codes of the INA228's conversion times, its bits RSTACC and ADCRANGE, its device ID; the INA226's bit 3.
 * Each chip measures the shunt in its finest range and makes one result in less than 2 ms.
 *
 * Of an INA219 and INA226 each result becomes one row, so that no part of it is left out and none counts twice: rows
 * in a rhythm of their own would meet a load of that rhythm at one phase for ever. An INA228 adds up all its results
 * itself; its rows follow the clock, because reading its sums takes longer than a result. */
#ifndef EO_INA_H
#define EO_INA_H

#include <stdint.h>

enum EoReading { EO_READ_16, EO_READ_16_SHIFT_3, EO_READ_20 }; /* EO_READ_20: the upper 20 of 24 bits */

struct EoChip {
    const char *name;
    uint32_t shunt_lsb_pv; /* of one count of the shunt's voltage, picovolts */
    uint32_t bus_lsb_pv;
    uint8_t shunt_register;
    uint8_t bus_register;
    EoReading shunt_reading; /* signed */
    EoReading bus_reading;   /* never negative */
    bool accumulates;        /* charge and energy, INA228 only */
    uint16_t result_us;      /* that a result takes, nominally; a row follows each, or 0: rows follow the clock */
    uint8_t ready_register;  /* says whether there is a result that was not read */
    uint16_t ready_bit;
    uint8_t clear_register; /* reading it forgets that */
};

/* One register of a chip that is written when it is set up, in this order. */
struct EoSetting {
    uint8_t address;
    uint16_t value;
};

static const EoChip EO_INA219 = {"INA219",           10000000UL, 4000000000UL, 0x01, 0x02,   EO_READ_16,
                                 EO_READ_16_SHIFT_3, false,      1592,         0x02, 0x0002, 0x03};
static const EoChip EO_INA226 = {"INA226",   2500000UL, 1250000000UL, 0x01, 0x02,   EO_READ_16,
                                 EO_READ_16, false,     1304,         0x06, 0x0008, 0x06};
static const EoChip EO_INA228 = {"INA228", 78125UL, 195312500UL, 0x04, 0x05, EO_READ_20, EO_READ_20, true, 0, 0, 0, 0};

/* INA219: bus to 16 V, shunt to 40 mV (PGA 1), bus 12 bits 532 us, shunt 2 x 12 bits 1.06 ms, both for ever. */
static const EoSetting EO_INA219_SETTINGS[] = {{0x00, 0x01CF}};
/* INA226: no averaging, bus 204 us, shunt 1.1 ms, both for ever. */
static const EoSetting EO_INA226_SETTINGS[] = {{0x00, 0x4067}};
/* INA228: shunt to 40.96 mV (ADCRANGE), accumulators cleared (RSTACC); SHUNT_CAL for a current LSB of 78.125 nV over
 * the shunt: 13107.2e6 x LSB x R x 4 = 4096, whatever R is; mean of 4 x (shunt 280 us + bus 84 us), for ever. */
static const EoSetting EO_INA228_SETTINGS[] = {{0x00, 0x4010}, {0x02, 0x1000}, {0x01, 0xB2C1}};

static const uint8_t EO_RESET_REGISTER = 0x00;
static const uint16_t EO_RESET = 0x8000;
static const uint16_t EO_INA219_CONFIG = 0x399F; /* after a reset: what tells the chips apart */
static const uint16_t EO_INA226_CONFIG = 0x4127;
static const uint8_t EO_INA228_MAKER_REGISTER = 0x3E;
static const uint16_t EO_MAKER = 0x5449; /* "TI" */
static const uint8_t EO_INA228_DEVICE_REGISTER = 0x3F;
static const uint16_t EO_INA228_DEVICE = 0x228; /* its upper 12 bits */
static const uint8_t EO_ENERGY_REGISTER = 0x09;
static const uint8_t EO_CHARGE_REGISTER = 0x0A;
static const uint8_t EO_ACCUMULATOR_BYTES = 5;

/* Picoamperes that one count of the shunt's voltage stands for. */
static inline uint32_t eo_current_lsb_pa(const EoChip &chip, uint32_t shunt_microohm) {
    return (uint32_t)((uint64_t)chip.shunt_lsb_pv * 1000000UL / shunt_microohm);
}

/* Counts out of the bytes of a register, as they come: the highest first. */
static inline int32_t eo_counts(const uint8_t *bytes, EoReading reading, bool with_sign) {
    uint32_t value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16;
    uint8_t shift = 16;
    if (reading == EO_READ_20) {
        value |= (uint32_t)bytes[2] << 8;
        shift = 12;
    } else if (reading == EO_READ_16_SHIFT_3) {
        shift = 19;
    }
    if (with_sign && (value & 0x80000000UL)) {
        return -(int32_t)((~value >> shift) + 1UL); /* no right shift of a negative number: it is the compiler's own */
    }
    return (int32_t)(value >> shift);
}

static inline uint8_t eo_bytes_of(EoReading reading) {
    return reading == EO_READ_20 ? 3 : 2;
}

/* CRC-8, polynomial 0x07, from 0, over one more byte: four bits at a time. */
static inline uint8_t eo_crc8(uint8_t crc, uint8_t byte) {
    static const uint8_t NIBBLES[16] = {0x00, 0x07, 0x0E, 0x09, 0x1C, 0x1B, 0x12, 0x15,
                                        0x38, 0x3F, 0x36, 0x31, 0x24, 0x23, 0x2A, 0x2D};
    crc = (uint8_t)(crc ^ byte);
    crc = (uint8_t)((uint8_t)(crc << 4) ^ NIBBLES[crc >> 4]);
    return (uint8_t)((uint8_t)(crc << 4) ^ NIBBLES[crc >> 4]);
}

/* A line under construction; what does not fit is left out, and its CRC then tells. */
class EoLine {
  public:
    EoLine() : length_(0), crc_(0) {
    }

    void put(char c) {
        if (length_ < sizeof text_ - 5) {
            text_[length_++] = c;
            crc_ = eo_crc8(crc_, (uint8_t)c);
        }
    }

    void text(const char *string) {
        while (*string) {
            put(*string++);
        }
    }

    /* By subtraction: an AVR takes ten times as long to divide 32 bits, and a row has 45 digits and 2 ms. */
    void number(uint32_t value) {
        static const uint32_t POWERS[10] = {1000000000UL, 100000000UL, 10000000UL, 1000000UL, 100000UL,
                                            10000UL,      1000UL,      100UL,      10UL,      1UL};
        bool begun = false;
        for (uint8_t i = 0; i < 10; ++i) {
            char digit = '0';
            while (value >= POWERS[i]) {
                value -= POWERS[i];
                ++digit;
            }
            begun = begun || digit != '0' || i == 9;
            if (begun) {
                put(digit);
            }
        }
    }

    void signed_number(int32_t value) {
        if (value < 0) {
            put('-');
            number(0UL - (uint32_t)value);
        } else {
            number((uint32_t)value);
        }
    }

    /* Six digits after the point. */
    void millionths(uint32_t value) {
        number(value / 1000000UL);
        put('.');
        for (uint32_t digit = 100000UL; digit; digit /= 10) {
            put((char)('0' + value / digit % 10));
        }
    }

    /* Ends it with its CRC; -> its bytes. */
    const char *end() {
        static const char HEX_DIGITS[] = "0123456789ABCDEF";
        const uint8_t crc = crc_;
        text_[length_] = '*';
        text_[length_ + 1] = HEX_DIGITS[crc >> 4];
        text_[length_ + 2] = HEX_DIGITS[crc & 15];
        text_[length_ + 3] = '\n';
        text_[length_ + 4] = 0;
        return text_;
    }

  private:
    char text_[160];
    uint8_t length_;
    uint8_t crc_;
};

#endif
