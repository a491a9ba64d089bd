#pragma once
#include <stdint.h>

struct FakeWire {
    void begin();
    void setClock(uint32_t hz);
    void beginTransmission(uint8_t address);
    void write(uint8_t byte);
    uint8_t endTransmission(bool stop = true);
    uint8_t requestFrom(uint8_t address, uint8_t count);
    int read();
};
extern FakeWire Wire;
