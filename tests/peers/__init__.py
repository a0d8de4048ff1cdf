"""`make peers`: the same scripts in other tools' sandboxes, on the same image, in one run."""
