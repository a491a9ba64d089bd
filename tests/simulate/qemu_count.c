/* qemu_count.c -- QEMU plugin (API version 1, QEMU 6 to 8): how often each block of guest code was executed.
 *
 * Argument out=FILE. At exit the file gets a line "address instructions executions taken" for each translated block,
 * in hexadecimal, where `taken` is how often another block than the one behind it followed. One vCPU only.
 * Debian ships no qemu-plugin.h, so what is used of it is declared here.
 * Build: gcc -shared -fPIC -o qemu_count.so qemu_count.c */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*translated_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*executed_callback)(unsigned int vcpu, void *user);
typedef void (*exit_callback)(qemu_plugin_id_t, void *user);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated_callback callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, executed_callback callback,
                                          enum qemu_plugin_cb_flags flags, void *user);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_callback callback, void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

/* One a translation: code that is translated again gets another, and the reader adds them up. */
struct block {
    uint64_t address;
    uint64_t end;
    uint64_t instructions;
    uint64_t executions;
    uint64_t taken;
    struct block *next;
};

static struct block *blocks;
static struct block *running;
static const char *out_path;

/* qemu_plugin_insn_size is wrong for the last instruction of a page, behind which QEMU has peeked. */
static uint64_t size_of(const struct qemu_plugin_insn *insn) {
    const uint8_t *code = qemu_plugin_insn_data(insn); /* little-endian halfwords; from 0xE800 on there is a second */
    return code[1] >= 0xE8 ? 4 : 2;
}

static void on_executed(unsigned int vcpu, void *user) {
    struct block *block = user;
    (void)vcpu;
    if (running != NULL && running->end != block->address) {
        running->taken++;
    }
    block->executions++;
    running = block;
}

static void on_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    struct block *block = calloc(1, sizeof *block);
    (void)id;
    if (block == NULL) {
        abort();
    }
    block->address = block->end = qemu_plugin_tb_vaddr(tb);
    block->instructions = qemu_plugin_tb_n_insns(tb);
    for (size_t i = 0; i < block->instructions; i++) {
        block->end += size_of(qemu_plugin_tb_get_insn(tb, i));
    }
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_executed, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void on_exit_write(qemu_plugin_id_t id, void *user) {
    FILE *out = fopen(out_path, "w");
    (void)id;
    (void)user;
    if (out == NULL) {
        return;
    }
    for (const struct block *block = blocks; block != NULL; block = block->next) {
        fprintf(out, "%" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 "\n", block->address, block->instructions,
                block->executions, block->taken);
    }
    fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            out_path = argv[i] + 4;
        }
    }
    if (out_path == NULL) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
    return 0;
}
