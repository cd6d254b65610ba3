"""Forms of objects on the wire other than JSON."""

# What the one message about all keys that a YAML text gives twice begins with; a line for each follows.
YAML_HEADING = "yaml: unmarshal errors:\n"
