"""What exists in every cluster because an apiserver runs."""
