"""One file a system; the file is the registration."""
