"""What a plan may be made for; `edgeopt.plan` says what each chooses."""

GOALS = ("balanced", "latency", "flash", "ram")  # the default first
