/* mixed_work.c -- a program whose counts are compared with QEMU's: loops, calls through tables, divisions, 64-bit and
 * floating-point arithmetic, IT blocks, switches, recursion, copies, and code on both sides of page borders.
 * Prints a checksum by semihosting and exits with 7. */
#include <stdint.h>

static void call_host(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

__attribute__((noinline)) void eo_mark_begin(void) { __asm__ volatile(""); }
__attribute__((noinline)) void eo_mark_end(void) { __asm__ volatile(""); }
__attribute__((noinline)) void eo_mark_layer(int layer) { __asm__ volatile("" : : "r"(layer)); }

static uint32_t state = 12345;
static uint32_t random32(void) { return state = state * 1664525u + 1013904223u; }

static int8_t weights[16 * 9];
static int8_t image[18 * 18];
static int16_t sums[16 * 16];

__attribute__((noinline)) static uint32_t convolve(void) {
    uint32_t hash = 0;
    for (int y = 0; y < 16; y++) {
        for (int x = 0; x < 16; x++) {
            int32_t sum = 0;
            for (int k = 0; k < 9; k++) {
                sum += image[(y + k / 3) * 18 + x + k % 3] * weights[k + 9 * (x & 15)];
            }
            sum = sum > 127 ? 127 : sum < -128 ? -128 : sum;
            sums[y * 16 + x] = (int16_t)sum;
            hash = hash * 31u + (uint32_t)sum;
        }
    }
    return hash;
}

__attribute__((noinline)) static uint32_t divide(uint32_t turns) {
    uint32_t hash = 0;
    for (uint32_t i = 1; i < turns; i++) {
        const uint32_t a = random32(), b = (random32() >> (i & 31u)) | 1u;
        hash += a / b + a % b;
        hash ^= (uint32_t)((int64_t)(int32_t)a * (int32_t)b >> 31);
        hash += (uint32_t)((((uint64_t)a << 32) | b) / (b | 0x10001u));
    }
    return hash;
}

__attribute__((noinline)) static uint32_t floats(uint32_t turns) {
    volatile float scale = 0.37f;
    float sum = 1.0f;
    double wide = 0.5;
    for (uint32_t i = 0; i < turns; i++) {
        sum = sum * scale + (float)(random32() & 255u);
        wide = wide * 0.75 + sum / 3.0f;
    }
    return (uint32_t)sum + (uint32_t)wide;
}

__attribute__((noinline)) static uint32_t fibonacci(uint32_t n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint32_t add(uint32_t a, uint32_t b) { return a + b; }
static uint32_t subtract(uint32_t a, uint32_t b) { return a - b; }
static uint32_t either(uint32_t a, uint32_t b) { return a | b; }
static uint32_t rotate(uint32_t a, uint32_t b) { return a << (b & 31u) | a >> (-b & 31u); }
static uint32_t (*const operations[])(uint32_t, uint32_t) = {add, subtract, either, rotate};

__attribute__((noinline)) static uint32_t dispatch(uint32_t turns) {
    uint32_t hash = 1;
    for (uint32_t i = 0; i < turns; i++) {
        hash = operations[random32() >> 30](hash, i);
        switch (random32() >> 28) {
            case 0: hash += 3; break;
            case 1: hash ^= 0x55u; break;
            case 2: hash *= 5; break;
            case 3: hash -= 11; break;
            case 4: hash = ~hash; break;
            case 5: hash <<= 1; break;
            case 6: hash >>= 1; break;
            case 7: hash += i; break;
            case 8: hash = (hash & 1) != 0 ? hash * 3 + 1 : hash / 2; break;
            default: hash += 1; break;
        }
    }
    return hash;
}

/* Straight code of more than a page, so that blocks end where pages do. */
#define TEN(x) x x x x x x x x x x
__attribute__((noinline)) static uint32_t straight(uint32_t a) {
    TEN(TEN(TEN(__asm__ volatile(".syntax unified\n\tadds %0, %0, #1\n\teors %0, %1" : "+l"(a) : "l"(state) : "cc");)))
    return a;
}

static void print_number(uint32_t value) {
    char text[12];
    for (int i = 0; i < 8; i++) {
        text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15u];
    }
    text[8] = '\n';
    text[9] = '\0';
    call_host(0x04, text);
}

int main(void) {
    for (uint32_t i = 0; i < sizeof weights; i++) {
        weights[i] = (int8_t)(random32() >> 24);
    }
    for (uint32_t i = 0; i < sizeof image; i++) {
        image[i] = (int8_t)(random32() >> 24);
    }
    uint32_t hash = 0;
    for (int run = 0; run < 3; run++) {
        eo_mark_begin();
        eo_mark_layer(0);
        hash ^= convolve();
        eo_mark_layer(1);
        hash += divide(200) + floats(100);
        eo_mark_layer(2);
        hash ^= fibonacci(12) + dispatch(500) + straight(hash);
        eo_mark_layer(3);
        eo_mark_end();
    }
    print_number(hash);
    const uint32_t reason[2] = {0x20026, 7};
    call_host(0x20, reason);
    return 0;
}

/* Word by word, as the linker script gives them. */
extern uint32_t data_load[], data_begin[], data_end[], bss_end[], stack_top[];

__attribute__((noreturn)) void Reset_Handler(void) {
    uint32_t *to = data_begin;
    for (const uint32_t *from = data_load; to < data_end;) {
        *to++ = *from++;
    }
    while (to < bss_end) {
        *to++ = 0;
    }
#if defined(__ARM_FP)
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb");
#endif
    main();
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {stack_top, (const void *)Reset_Handler};
