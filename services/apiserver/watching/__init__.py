"""The watch cache: what etcd holds, as the bytes that go out, and everybody who watches it change."""
