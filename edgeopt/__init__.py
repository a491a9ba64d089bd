"""edgeopt: trained models to microcontrollers and phones, bit-exact, within a power and memory budget."""

__version__ = "0.1.0"
