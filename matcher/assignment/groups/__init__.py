"""Assignment where elders of one group should have one volunteer: no network, so searched around one and bounded."""
