"""X-NUCLEO-LPM01A (ST PowerShield): its number forms, streams, commands, and an emulator of it.

Sources: ST UM2269 Rev 6 (PowerShield firmware, pages 21 to 45; excerpts), and the help text of the firmware, as
in benchmark/runner of github mlcommons/tiny. What is only known from programs that speak with real boards says so.
"""
