"""Steps from Studies to Studies, and from Studies to what is asked of an assistant."""
