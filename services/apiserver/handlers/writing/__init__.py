"""From a body to what is stored: create, update, patch, apply and delete, and the change that all of them end in."""
