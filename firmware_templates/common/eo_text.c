/* eo_text.c -- see eo_text.h. */
#include "eo_text.h"

#include <stddef.h>

#include "eo_port.h"

static uint32_t print_crc; /* of what was printed since eo_print_begin(), inverted as the CRC's register is */

/* One byte into the register of the CRC, a nibble at a time: a table of 64 bytes instead of 1 kB. */
static uint32_t crc_byte(uint32_t crc, uint8_t byte) {
    static const uint32_t table[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
        0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu, 0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu,
    };
    crc ^= byte;
    crc = (crc >> 4) ^ table[crc & 15u];
    return (crc >> 4) ^ table[crc & 15u];
}

uint32_t eo_crc32(uint32_t crc, const void *bytes, uint32_t count) {
    const uint8_t *next = (const uint8_t *)bytes;
    crc = ~crc;
    for (; count > 0; --count) {
        crc = crc_byte(crc, *next++);
    }
    return ~crc;
}

void eo_print_begin(void) {
    print_crc = ~(uint32_t)0;
}

void eo_print_end(void) {
    uint32_t crc = ~print_crc;
    eo_print_char(' ');
    eo_print_hex(crc, 8);
    eo_print("\r\n");
}

void eo_print_char(char c) {
    print_crc = crc_byte(print_crc, (uint8_t)c);
    eo_port_putchar(c);
}

void eo_print(const char *text) {
    while (*text != 0) {
        eo_print_char(*text++);
    }
}

void eo_print_decimal(uint32_t value) {
    char digits[10]; /* 2^32 - 1 has ten */
    int count = 0;
    do {
        digits[count++] = (char)('0' + (int)(value % 10u));
        value /= 10u;
    } while (value != 0);
    while (count > 0) {
        eo_print_char(digits[--count]);
    }
}

void eo_print_thousandths(uint32_t value) {
    const uint32_t decimals = value % 1000u;
    eo_print_decimal(value / 1000u);
    eo_print_char('.');
    eo_print_char((char)('0' + (int)(decimals / 100u)));
    eo_print_char((char)('0' + (int)(decimals / 10u % 10u)));
    eo_print_char((char)('0' + (int)(decimals % 10u)));
}

void eo_print_hex(uint32_t value, int digits) {
    while (digits-- > 0) {
        eo_print_char("0123456789abcdef"[(value >> (4 * digits)) & 15u]);
    }
}

/* Arithmetic, as it takes less flash than a table of 64. */
static char base64_char(uint32_t six_bits) {
    const int value = (int)(six_bits & 63u);
    if (value < 26) {
        return (char)('A' + value);
    }
    if (value < 52) {
        return (char)('a' + value - 26);
    }
    if (value < 62) {
        return (char)('0' + value - 52);
    }
    return value == 62 ? '+' : '/';
}

void eo_print_base64(const uint8_t *bytes, uint32_t count) {
    for (; count > 0; bytes += 3) {
        const uint32_t have = count < 3 ? count : 3;
        const uint32_t group =
            (uint32_t)bytes[0] << 16 | (have > 1 ? (uint32_t)bytes[1] << 8 : 0u) | (have > 2 ? (uint32_t)bytes[2] : 0u);
        eo_print_char(base64_char(group >> 18));
        eo_print_char(base64_char(group >> 12));
        eo_print_char(have > 1 ? base64_char(group >> 6) : '=');
        eo_print_char(have > 2 ? base64_char(group) : '=');
        count -= have;
    }
}

char *eo_word(char **cursor) {
    char *word;
    while (**cursor == ' ') {
        ++*cursor;
    }
    if (**cursor == 0) {
        return NULL;
    }
    word = *cursor;
    while (**cursor != 0 && **cursor != ' ') {
        ++*cursor;
    }
    if (**cursor == ' ') {
        *(*cursor)++ = 0;
    }
    return word;
}

int eo_same(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}

int eo_hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int eo_word_hex(char **cursor, uint32_t *value) {
    const char *word = eo_word(cursor);
    uint32_t result = 0;
    int count = 0;
    if (word == NULL) {
        return 0;
    }
    for (; word[count] != 0; ++count) {
        const int digit = eo_hex_digit(word[count]);
        if (digit < 0 || count == 8) {
            return 0;
        }
        result = result << 4 | (uint32_t)digit;
    }
    *value = result;
    return 1;
}

int32_t eo_decimal(const char *text) {
    const int negative = *text == '-';
    int32_t value = 0;
    if (*text == '-' || *text == '+') {
        ++text;
    }
    for (; *text >= '0' && *text <= '9'; ++text) {
        const int32_t digit = *text - '0';
        value = value > (INT32_MAX - digit) / 10 ? INT32_MAX : value * 10 + digit;
    }
    return negative ? -value : value;
}

/* 0..63, or -1 where c is not of the alphabet. */
static int32_t base64_value(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

int32_t eo_base64_decode(const char *text, uint8_t *out, uint32_t capacity) {
    uint32_t count = 0;
    while (*text != 0) {
        uint32_t group = 0;
        uint32_t bytes = 3;
        uint32_t i;
        for (i = 0; i < 4; ++i) {
            const char c = text[i];
            const int32_t value = base64_value(c);
            if (value >= 0 && bytes == 3) {
                group = group << 6 | (uint32_t)value;
            } else if (c == '=' && i >= 2) {
                group <<= 6;
                --bytes;
            } else {
                return -1; /* also at the NUL of a text whose length is not a multiple of four */
            }
        }
        if (bytes > capacity - count || (bytes < 3 && text[4] != 0)) {
            return -1; /* no room, or something follows the padding */
        }
        for (i = 0; i < bytes; ++i) {
            out[count++] = (uint8_t)(group >> (16 - 8 * i));
        }
        text += 4;
    }
    return (int32_t)count;
}
