"""What a reader asks, answered in plain values: what is selected, what answers, what has which address."""
