/* eo_mark.c -- functions that do nothing, so that a simulator can see by their addresses where the program is. */
#include "eo_port.h"

/* The empty asm keeps the calls: without it the compiler sees functions without effect and drops them. */

__attribute__((noinline)) void eo_mark_begin(void) {
    __asm__ volatile("");
}

__attribute__((noinline)) void eo_mark_end(void) {
    __asm__ volatile("");
}

__attribute__((noinline)) void eo_mark_layer(int layer) {
    __asm__ volatile("" : : "r"(layer));
}
