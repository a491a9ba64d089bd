/* eo_string.c -- memcpy and its kin, by words where both sides are aligned. Compilers call them on their own, too. */
#include "string.h"

#include <stdint.h>

/* Without this the compiler sees that a loop copies, and replaces it by a call to the function that it is in. */
#if defined(__clang__)
#define AS_WRITTEN __attribute__((no_builtin))
#else
#define AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

typedef uint32_t __attribute__((may_alias)) word;

static int aligned(const void *pointer) {
    return ((uintptr_t)pointer & 3u) == 0;
}

AS_WRITTEN void *memcpy(void *to, const void *from, size_t bytes) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if (aligned(out) && aligned(in)) {
        for (; bytes >= 16; bytes -= 16, out += 16, in += 16) {
            const word *source = (const word *)(const void *)in;
            word *target = (word *)(void *)out;
            const word a = source[0], b = source[1], c = source[2], d = source[3];
            target[0] = a;
            target[1] = b;
            target[2] = c;
            target[3] = d;
        }
        for (; bytes >= 4; bytes -= 4, out += 4, in += 4) {
            *(word *)(void *)out = *(const word *)(const void *)in;
        }
    }
    while (bytes-- > 0) {
        *out++ = *in++;
    }
    return to;
}

AS_WRITTEN void *memmove(void *to, const void *from, size_t bytes) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= bytes) {
        return memcpy(to, from, bytes); /* forwards is safe: the target does not start inside the source */
    }
    while (bytes-- > 0) {
        out[bytes] = in[bytes];
    }
    return to;
}

AS_WRITTEN void *memset(void *to, int value, size_t bytes) {
    unsigned char *out = to;
    const uint32_t byte = (unsigned char)value;
    for (; bytes > 0 && !aligned(out); bytes--) {
        *out++ = (unsigned char)byte;
    }
    for (const uint32_t four = byte * 0x01010101u; bytes >= 4; bytes -= 4, out += 4) {
        *(word *)(void *)out = four;
    }
    while (bytes-- > 0) {
        *out++ = (unsigned char)byte;
    }
    return to;
}

AS_WRITTEN int memcmp(const void *a, const void *b, size_t bytes) {
    const unsigned char *x = a;
    const unsigned char *y = b;
    for (; bytes > 0; bytes--, x++, y++) {
        if (*x != *y) {
            return *x < *y ? -1 : 1;
        }
    }
    return 0;
}

AS_WRITTEN size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}
