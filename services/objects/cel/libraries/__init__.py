"""The functions that expressions can call, one module for each library of cel-go and of Kubernetes."""
