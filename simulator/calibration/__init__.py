"""Calibration: what the record says about the numbers, and how firmly."""
