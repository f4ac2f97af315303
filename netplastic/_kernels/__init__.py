"""Compiled kernels: plain arrays in, plain arrays out, no policy, no exceptions."""
