"""Measurements that print what the README claims."""
