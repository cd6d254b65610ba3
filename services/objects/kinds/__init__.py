"""The declaration of every served kind."""
