"""Outputs: values become files. They write; they decide nothing."""
