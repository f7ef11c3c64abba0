"""Analysis: plans side by side, and the same month under other settings."""
