"""The controllers: what should exist, given what exists."""
