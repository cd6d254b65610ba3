"""What CEL defines itself: every environment has it."""
