"""Bodies: the shapes that systems share. A body gives the training view, the verbs, save and load."""
