"""The filters of pods that bring volumes."""
