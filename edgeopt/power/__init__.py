"""Power meters, their traces, and what an inference takes: recorded, cut into windows, integrated, with uncertainty."""
