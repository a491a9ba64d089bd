"""The Nordic PPK2's wire protocol: commands, metadata, samples. The driver is `meters/ppk2.py`.

Written from facts of the protocol: NordicSemiconductor/pc-nrfconnect-ppk @8da7626 and @01ae85c (what its app sends and
expects), ppk2lab 0.5.1 docs/protocol-spec.md (what was seen on one unit).
"""
