"""The functions that expressions can call, one module for each library; a folder says whose library it is."""
