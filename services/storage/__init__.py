"""The only folder that speaks to etcd."""
