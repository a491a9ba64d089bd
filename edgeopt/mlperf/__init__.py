"""The host of the official MLPerf Tiny runner: what it sends, what it expects, and what a submission consists of."""
