#include "eo_quad_sums.h"

enum { CHUNK = 64 }; /* taps whose tables there are at once: 2 kB, and sums that fit into lanes */

/* Adds a chunk's sums to those of `channels` channels, or begins them. */
static const uint16_t *add_chunk(const uint16_t *codes, const uint32_t *tables, int32_t blocks, int32_t channels,
                                 int begin, int32_t *sums) {
    for (; channels > 0; channels--) {
        const uint32_t *table = tables;
        struct eo_two lanes = {0x80008000u, 0x80008000u}; /* so that they are never negative */
        for (int32_t block = blocks; block > 0; block--) {
            lanes = eo_quad_add(&table, *codes++, lanes);
        }
        sums[0] = (begin ? -32768 : sums[0] - 32768) + (int32_t)(lanes.first & 0xffffu);
        sums[1] = (begin ? -32768 : sums[1] - 32768) + (int32_t)(lanes.first >> 16);
        sums[2] = (begin ? -32768 : sums[2] - 32768) + (int32_t)(lanes.second & 0xffffu);
        sums[3] = (begin ? -32768 : sums[3] - 32768) + (int32_t)(lanes.second >> 16);
        sums += 4;
    }
    return codes;
}

void eo_quad_sums(const struct eo_quad_window *window, const int8_t *image, const struct eo_quad *quad,
                  const uint16_t *codes, int32_t groups, int32_t out_channels, int32_t *scratch) {
    const int32_t taps = window->kernel_height * window->kernel_width * window->group_channels;
    const int32_t channels = out_channels / groups;
    const uint32_t zero_points = (uint32_t)window->zero_point * 0x00010001u;
    int32_t *sums = scratch;
    int8_t *const bytes = (int8_t *)(scratch + 4 * out_channels);
    uint32_t *const tables = (uint32_t *)scratch + 4 * out_channels + (taps + 3) / 4 * 4;
    const struct eo_quad_bytes at = eo_quad_gathered(bytes, taps);
    for (int32_t group = 0; group < groups; group++) {
        eo_quad_gather(window, image + group * window->group_channels, quad, bytes);
        for (int32_t first = 0; first < taps; first += CHUNK) {
            const int32_t count = taps - first < CHUNK ? taps - first : CHUNK;
            const int32_t blocks = (count + 15) / 16;
            (void)eo_quad_read(&at, first, count, zero_points, eo_quad_place(tables, count));
            eo_quad_make_tables(tables, count, blocks);
            codes = add_chunk(codes, tables, blocks, channels, first == 0, sums);
        }
        sums += 4 * channels;
    }
}
