"""CloudWatch's series as functions of the ledger and the time: nothing of them is stored."""
