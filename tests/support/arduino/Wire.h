#pragma once
#include <stdint.h>

#define WIRE_HAS_TIMEOUT 1

struct FakeWire {
    void begin();
    void setClock(uint32_t hz);
    void setWireTimeout(uint32_t us, bool reset_with_timeout);
    void beginTransmission(uint8_t address);
    void write(uint8_t byte);
    uint8_t endTransmission(bool stop = true);
    uint8_t requestFrom(uint8_t address, uint8_t count);
    int read();
};
extern FakeWire Wire;
