"""What AWS's advising services find in the account, by their own published rules."""
