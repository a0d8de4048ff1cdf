"""`make soak`: a thousand runs in a row, and what they left behind."""
