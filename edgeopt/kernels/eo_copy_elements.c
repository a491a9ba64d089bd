#include "eo_copy_elements.h"
#include "eo_walk.h"

/* memcpy of a known width and alignment is one load and one store, and true to any type of element. */
static inline void copy_2(uint8_t *to, const uint8_t *from) {
    __builtin_memcpy(__builtin_assume_aligned(to, 2), __builtin_assume_aligned(from, 2), 2);
}

static inline void copy_4(uint8_t *to, const uint8_t *from) {
    __builtin_memcpy(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(from, 4), 4);
}

static void copy_row(const struct eo_copy_elements_params *p, const uint8_t *from, uint8_t *to) {
    const int32_t in_step = p->in_step, out_step = p->out_step;
    int32_t left = p->count;
    if (p->width == 1) {
        for (; left > 0; left--, from += in_step, to += out_step) {
            *to = *from;
        }
    } else if (p->width == 2) {
        for (; left > 0; left--, from += in_step, to += out_step) {
            copy_2(to, from);
        }
    } else if (p->width == 4) {
        for (; left > 0; left--, from += in_step, to += out_step) {
            copy_4(to, from);
        }
    } else {
        for (; left > 0; left--, from += in_step, to += out_step) {
            copy_4(to, from);
            copy_4(to + 4, from + 4);
        }
    }
}

void eo_copy_elements(const struct eo_copy_elements_params *p, const void *in, void *out) {
    const uint8_t *from = (const uint8_t *)in + p->in_first;
    uint8_t *to = (uint8_t *)out + p->out_first;
    struct eo_walk walk = eo_walk_start();
    for (;;) {
        copy_row(p, from, to);
        const int32_t moved = eo_walk_next(&walk, p->dims, p->extents);
        if (moved < 0) {
            return;
        }
        from += p->in_jumps[moved];
        to += p->out_jumps[moved];
    }
}
