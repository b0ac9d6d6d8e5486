"""What a reader asks, answered in plain values: who is selected, who answers, which address is whose."""
