"""First visits of new pairs, and the companions who come along."""
