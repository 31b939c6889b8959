"""What happened: the log of events, by query, by subscription and in webhooks."""
