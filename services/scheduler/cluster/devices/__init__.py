"""Devices as the scheduler sees them: what drivers offer, what claims ask for, and who has what."""
