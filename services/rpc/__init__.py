"""gRPC stubs, made from proto/ by the build hook; never edited, never committed."""
