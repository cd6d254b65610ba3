"""Services, and Endpoints that tell where their pods are."""
