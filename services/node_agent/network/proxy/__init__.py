"""Services by nftables: pure generation of the rules, and the table that carries them out."""
