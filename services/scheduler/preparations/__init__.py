"""Carries plans out: writes what a pod needs beside its node, and waits for those who do their part."""
