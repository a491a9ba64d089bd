/* eo_text.h -- the console's text: output with a running CRC-32, the words of a command, base64.
 *
 * No libc, no heap, no float; nothing here waits but eo_port_putchar(). */
#ifndef EO_TEXT_H
#define EO_TEXT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CRC-32 of IEEE 802.3 (as zlib's crc32): start with crc = 0, go on with what was returned. */
uint32_t eo_crc32(uint32_t crc, const void *bytes, uint32_t count);

/* Everything printed goes into the running CRC, from eo_print_begin() on; eo_print_end() prints a space, that CRC in 8
 * hexadecimal digits, and the end of the line. */
void eo_print_begin(void);
void eo_print_end(void);

void eo_print_char(char c);
void eo_print(const char *text);
void eo_print_decimal(uint32_t value);
void eo_print_thousandths(uint32_t value);     /* 1005 is 1.005 */
void eo_print_hex(uint32_t value, int digits); /* the lowest `digits` (1..8), lower case */
void eo_print_base64(const uint8_t *bytes, uint32_t count);

/* The next word of *cursor, words being divided by spaces; it is cut out with a NUL, and *cursor moves past it. NULL:
 * there is none. */
char *eo_word(char **cursor);
int eo_same(const char *a, const char *b);

/* 0..15, or -1 where c is not a hexadecimal digit. */
int eo_hex_digit(char c);
/* The next word as 1..8 hexadecimal digits. Returns 0, and leaves *value alone, where it is anything else. */
int eo_word_hex(char **cursor, uint32_t *value);
/* As atoi: an optional sign and the digits up to the first other character; 0 without any. Saturates at +-(2^31 - 1).
 */
int32_t eo_decimal(const char *text);

/* Decodes padded base64 into out. Returns the number of bytes, 0..capacity; -1 where text is not base64 or does not
 * fit (out may then hold part of it). */
int32_t eo_base64_decode(const char *text, uint8_t *out, uint32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
